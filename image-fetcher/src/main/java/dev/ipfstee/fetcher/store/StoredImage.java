package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * An image that is in the store, and what it was fetched for.
 *
 * @param digest the digest that pods pin: of an index or of a manifest
 * @param mediaType the media type of the document with that digest
 * @param size the document's size in bytes
 * @param cid the CID of the entity that is the image, CIDv1 in base32: the repository's name
 * @param source what was asked for, {@code ipfs://root[/path][#name]}
 * @param layout the layout in which the image was found
 * @param platforms the platforms of which every blob was stored, as {@code os/arch[/variant]}
 * @param bytes the size in bytes of all blobs of those platforms, documents included
 * @param resolved whether the CID was walked to the digest; else the digest was given, and who gave
 *     it must be trusted for that
 */
public record StoredImage(
    Digest digest,
    String mediaType,
    long size,
    String cid,
    String source,
    String layout,
    List<String> platforms,
    long bytes,
    boolean resolved) {

  private static final Pattern ROOT = Pattern.compile("ipfs://([^/#]*).*", Pattern.DOTALL);

  public StoredImage {
    Objects.requireNonNull(digest);
    Objects.requireNonNull(mediaType);
    Objects.requireNonNull(cid);
    Objects.requireNonNull(source);
    Objects.requireNonNull(layout);
    platforms = List.copyOf(platforms);
    if (size < 0 || bytes < 0) {
      throw new IllegalArgumentException("a size is negative");
    }
  }

  /** What names its index or manifest. */
  public Descriptor descriptor() {
    return new Descriptor(mediaType, digest, size);
  }

  /** An image whose CID was walked to its digest. */
  public StoredImage(
      Digest digest,
      String mediaType,
      long size,
      String cid,
      String source,
      String layout,
      List<String> platforms,
      long bytes) {
    this(digest, mediaType, size, cid, source, layout, platforms, bytes, true);
  }

  /** The CID in {@link #source}, which differs from the image's own where there is a path. */
  public String root() {
    return ROOT.matcher(source).replaceFirst("$1");
  }

  /** Whether the two are one entry of the index: the same request that led to the same digest. */
  boolean sameEntry(StoredImage other) {
    return digest.equals(other.digest)
        && source.equals(other.source)
        && layout.equals(other.layout);
  }

  /** The same image with other platforms. */
  public StoredImage with(List<String> newPlatforms, long newBytes) {
    return new StoredImage(
        digest, mediaType, size, cid, source, layout, newPlatforms, newBytes, resolved);
  }

  /** The same image, with what is known about its CID. */
  public StoredImage withResolved(boolean known) {
    return new StoredImage(digest, mediaType, size, cid, source, layout, platforms, bytes, known);
  }
}
