package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.ContentReference;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.Platform;
import dev.ipfstee.fetcher.oci.RefName;
import dev.ipfstee.fetcher.verify.LintMode;
import java.util.List;
import java.util.Optional;

/**
 * Which image is wanted, and what it may be.
 *
 * @param reference where it is
 * @param layout the only acceptable layout; empty to recognise it
 * @param refName which of several images; empty where there is one
 * @param platforms without repetitions, at least one
 * @param anyPlatform whether those that the image lacks are left out, as long as it has one
 * @param expectedDigest what its digest must be; empty to learn it
 * @param maxBytes the most that all its platforms together may put into the store
 * @param maxLayers the most layers that one platform may have
 * @param configLint what becomes of images that look like an attack on the runtime
 */
public record FetchRequest(
    ContentReference reference,
    Optional<Layout> layout,
    Optional<RefName> refName,
    List<Platform> platforms,
    boolean anyPlatform,
    Optional<Digest> expectedDigest,
    long maxBytes,
    int maxLayers,
    LintMode configLint) {

  public FetchRequest {
    platforms = platforms.stream().distinct().toList();
    if (platforms.isEmpty() || maxBytes < 0 || maxLayers < 0) {
      throw new IllegalArgumentException("a request needs a platform and limits ≥ 0");
    }
  }

  /**
   * The most bytes that an archive may have without its compression: as many as may be received,
   * because it may hold platforms that aren't chosen.
   *
   * @param maxBytes the limit of the image
   */
  public static long archiveBytes(long maxBytes) {
    return Sizes.sum(Sizes.sum(maxBytes, maxBytes), 64L << 20);
  }

  /**
   * How the request is written in messages and in the store's index: {@code ipfs://root[/path]},
   * and where one of several images is meant, its name behind a {@code #}, which no path has.
   */
  public String source() {
    return source(reference, refName);
  }

  /** The same for a request of which only these are known. */
  public static String source(ContentReference reference, Optional<RefName> refName) {
    return reference.canonical() + refName.map(name -> "#" + name).orElse("");
  }
}
