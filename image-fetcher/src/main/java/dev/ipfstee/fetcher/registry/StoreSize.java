package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.store.StoreReader;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;

/** The store's size, measured at most twice a minute. */
final class StoreSize {
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final StoreReader store;
  private double bytes = Double.NaN;
  private long measuredAt;

  StoreSize(StoreReader store) {
    this.store = store;
  }

  /** Of all blobs; NaN while the store can't be read. */
  synchronized double bytes() {
    if (Double.isNaN(bytes) || System.nanoTime() - measuredAt > FRESH_NANOS) {
      bytes = measure();
      measuredAt = System.nanoTime();
    }
    return bytes;
  }

  /** What the volume can still take; NaN while the store can't be read. */
  double usableBytes() {
    try {
      return Files.getFileStore(store.layout().root()).getUsableSpace();
    } catch (IOException notThere) {
      return Double.NaN;
    }
  }

  /** The whole volume; NaN while the store can't be read. */
  double totalBytes() {
    try {
      return Files.getFileStore(store.layout().root()).getTotalSpace();
    } catch (IOException notThere) {
      return Double.NaN;
    }
  }

  private double measure() {
    double sum = 0;
    try {
      for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
        Path directory = store.layout().blobs(algorithm);
        if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
          try (DirectoryStream<Path> blobs = Files.newDirectoryStream(directory)) {
            for (Path blob : blobs) {
              sum +=
                  Files.readAttributes(blob, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                      .size();
            }
          }
        }
      }
      return sum;
    } catch (IOException changing) {
      return Double.NaN;
    }
  }
}
