package dev.ipfstee.fetcher.store;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Has the disk write what there is of a large file while the rest of it is still coming. Left to
 * itself, the kernel keeps it all in memory until the sync at the end, which then waits for the
 * disk alone. Thread-safe.
 */
final class Writeback {
  /** Smaller files are synced once only. */
  static final long EVERY = 32 << 20;

  /** One at a time: the disk has nothing from more. */
  private static final Executor THREAD =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("writeback-", 0).factory());

  /** Waits until the disk has what was written before. */
  interface Sync {
    void run() throws IOException;
  }

  private final Sync sync;
  private final AtomicLong waiting = new AtomicLong();
  private volatile CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

  Writeback(Sync sync) {
    this.sync = sync;
  }

  /** So many bytes more were written. */
  void wrote(long count) {
    if (waiting.addAndGet(count) >= EVERY && last.isDone()) {
      begin();
    }
  }

  private synchronized void begin() {
    if (last.isDone() && !last.isCompletedExceptionally()) {
      waiting.set(0);
      last = CompletableFuture.runAsync(this::syncNow, THREAD);
    }
  }

  private void syncNow() {
    try {
      sync.run();
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  /**
   * Waits for what is under way, and syncs the rest.
   *
   * @throws IOException also for what failed before: the kernel tells a failure once only
   */
  void finish() throws IOException {
    try {
      last.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
    }
    sync.run();
  }
}
