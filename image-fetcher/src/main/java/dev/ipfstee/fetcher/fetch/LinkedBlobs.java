package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.Entity;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import java.util.List;
import java.util.Optional;

/** Blobs that name their CID themselves: {@code "urls": ["ipfs://<CID>"]} in each descriptor. */
final class LinkedBlobs implements BlobLocator {
  private static final String SCHEME = "ipfs://";

  private final IpfsContent content;

  LinkedBlobs(IpfsContent content) {
    this.content = content;
  }

  /** Whether a blob's descriptor names a CID at all, rightly or wrongly. */
  static boolean isLinked(Descriptor blob) {
    return blob.urls().stream().anyMatch(url -> url.startsWith(SCHEME));
  }

  @Override
  public BlobSource locate(Descriptor blob) {
    Cid cid = cid(blob);
    checkImpliedDigest(blob, cid);
    if (!(content.resolve(cid, List.of()) instanceof Entity.File file)) {
      throw malformed(blob, "its url leads to a directory");
    }
    BlobSizes.check(blob, file);
    return new FileSource(content, file);
  }

  /** As nerdctl writes and reads it: nothing but a CID behind the scheme. */
  private static Cid cid(Descriptor blob) {
    List<String> urls = blob.urls().stream().filter(url -> url.startsWith(SCHEME)).toList();
    if (urls.size() != 1) {
      throw malformed(blob, "expected exactly one ipfs:// url, found " + urls.size());
    }
    String text = urls.get(0).substring(SCHEME.length());
    try {
      return Cid.parse(text);
    } catch (FetchException e) {
      throw malformed(
          blob,
          "its url '"
              + Printable.escape(urls.get(0), 200)
              + "' is not ipfs://CID ("
              + e.reason().label()
              + ")");
    }
  }

  /** A raw block's hash is the blob's hash, so a descriptor that says otherwise lies. */
  private static void checkImpliedDigest(Descriptor blob, Cid cid) {
    Optional<Digest> implied =
        cid.impliedDigest().filter(digest -> digest.algorithm() == blob.digest().algorithm());
    if (implied.isPresent() && !implied.get().equals(blob.digest())) {
      throw new FetchException(
          Reason.DIGEST_MISMATCH,
          "failed to accept blob '"
              + blob.digest()
              + "': its url names the raw block "
              + cid
              + ", whose digest is "
              + implied.get());
    }
  }

  private static FetchException malformed(Descriptor blob, String cause) {
    return new FetchException(
        Reason.MALFORMED_MANIFEST,
        "failed to read the descriptor of '" + blob.digest() + "': " + cause);
  }
}
