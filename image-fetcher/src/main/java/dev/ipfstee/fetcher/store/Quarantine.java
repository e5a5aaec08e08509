package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Where wrong blobs go: out of everyone's sight, but not lost before someone could look at them.
 */
final class Quarantine {
  private final StoreLayout layout;
  private final StoreOptions options;
  private final IngestSession session;

  Quarantine(StoreLayout layout, StoreOptions options, IngestSession session) {
    this.layout = layout;
    this.options = options;
    this.session = session;
  }

  /**
   * Takes away what stands in a blob's place, unless another process has already put a right one
   * there.
   *
   * @param wrong the key of the file that was found wrong; null when it isn't even a file
   */
  void take(Digest digest, Object wrong) throws IOException {
    DurableFiles.ensureDirectory(layout.quarantine());
    Path blob = layout.blob(digest);
    String name =
        session.newFile(digest.algorithm().label() + "-" + digest.hex()).getFileName()
            + "."
            + session.id();
    Path taken = layout.quarantine().resolve(name);
    try {
      Files.move(blob, taken, StandardCopyOption.ATOMIC_MOVE);
      if (wrong != null
          && !wrong.equals(StoreReader.attributes(taken).fileKey())
          && !Files.exists(blob, LinkOption.NOFOLLOW_LINKS)) {
        Files.move(taken, blob, StandardCopyOption.ATOMIC_MOVE);
      }
      DurableFiles.syncDirectory(blob.getParent());
    } catch (NoSuchFileException gone) {
      return;
    }
    StoreLock.holding(
        layout.lock(),
        options.lockTimeout(),
        () -> {
          new IngestCleaner(layout, options).clean();
          return null;
        });
  }
}
