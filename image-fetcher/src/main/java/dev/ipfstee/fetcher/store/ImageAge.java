package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Instant;

/**
 * When an image was last fetched, or found whole by a fetch: the time of modification of its index
 * or manifest. A store that was filled before that rule has the time when the document was stored.
 */
final class ImageAge {
  private ImageAge() {}

  /** The image is as young as can be; one that isn't there has no age. */
  static void renew(StoreReader store, Digest root) throws IOException {
    if (store.blob(root).isEmpty()) {
      return;
    }
    try {
      Files.getFileAttributeView(
              store.layout().blob(root), BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .setTimes(FileTime.from(Instant.now()), null, null);
    } catch (NoSuchFileException gone) {
      // A sweep was faster.
    }
  }
}
