package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.BlobStore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps a part of the volume free: before a download for all of it, and while it runs, because
 * others write to the volume too. Thread-safe.
 */
public final class DiskBudget {
  /** So often the volume is looked at. */
  private static final long INTERVAL = 64L << 20;

  private final BlobStore store;
  private final long keptFree;
  private final AtomicLong written = new AtomicLong();

  public DiskBudget(BlobStore store, MinFree minFree) {
    this.store = store;
    this.keptFree = minFree.of(store.totalBytes());
  }

  /**
   * Checks that there is room for this many bytes.
   *
   * @throws FetchException {@link Reason#DISK_FULL}
   */
  public void require(long bytes) {
    long free = store.usableBytes();
    if (bytes > 0 && free - keptFree < bytes) {
      throw new FetchException(
          Reason.DISK_FULL,
          "failed to store "
              + bytes
              + " bytes: "
              + free
              + " bytes are free, "
              + keptFree
              + " of them are kept free; make room on the store's volume or lower --min-free");
    }
  }

  /** Tells that bytes are about to be written. */
  public void spend(int bytes) {
    long after = written.addAndGet(bytes);
    if ((after - bytes) / INTERVAL != after / INTERVAL) {
      require(bytes);
    }
  }
}
