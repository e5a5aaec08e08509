package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Digest;
import java.nio.file.Path;

/**
 * Where things are in a store. Paths only: nothing here touches the disk.
 *
 * @param root the store's directory, absolute and with its own symbolic links resolved
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/image-layout.md">OCI image
 *     layout</a>
 */
public record StoreLayout(Path root) {

  /** The file that says which version of the layout this is. */
  public Path ociLayout() {
    return root.resolve("oci-layout");
  }

  /** The list of images. */
  public Path index() {
    return root.resolve("index.json");
  }

  /** The directory of verified content. */
  public Path blobs() {
    return root.resolve("blobs");
  }

  /** The directory of verified content of one algorithm. */
  public Path blobs(Digest.Algorithm algorithm) {
    return blobs().resolve(algorithm.label());
  }

  /** Where the content with this digest belongs, whether it is there or not. */
  public Path blob(Digest digest) {
    return blobs(digest.algorithm()).resolve(digest.hex());
  }

  /** All that is not verified: the only place where a crash may leave something behind. */
  public Path ingest() {
    return root.resolve("ingest");
  }

  /** The file whose lock guards {@code index.json} and the clean-up. It is never removed. */
  public Path lock() {
    return ingest().resolve("lock");
  }

  /** The images of which a part was pulled from peers; in the form of {@code index.json}. */
  public Path pulls() {
    return ingest().resolve("pulls.json");
  }

  /** Content that turned out wrong, kept for a while so that an administrator can look at it. */
  public Path quarantine() {
    return ingest().resolve("quarantine");
  }
}
