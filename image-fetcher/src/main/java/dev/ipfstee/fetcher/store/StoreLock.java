package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The store's lock, held for the milliseconds of an index write or a clean-up, never during a
 * download. It works across processes and containers (the kernel drops it when a holder is killed)
 * and across the threads of one process.
 */
final class StoreLock {
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  // POSIX drops all of a process's locks on a file when the process closes any descriptor of it.
  // So within the process only the holder of this lock may open the lock file at all.
  private static final ConcurrentMap<Path, ReentrantLock> WITHIN_PROCESS =
      new ConcurrentHashMap<>();

  private StoreLock() {}

  /** What is done while the lock is held. */
  interface Action<T> {
    T run() throws IOException;
  }

  /**
   * Waits for the lock, does something, and gives the lock back.
   *
   * @throws IOException what the action throws
   * @throws FetchException {@link Reason#STORE_LOCKED} when the lock isn't free in time, {@link
   *     Reason#CANCELLED} when interrupted, {@link Reason#IO_ERROR} when it can't be taken
   */
  static <T> T holding(Path file, Duration timeout, Action<T> action) throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    ReentrantLock withinProcess =
        WITHIN_PROCESS.computeIfAbsent(file, unused -> new ReentrantLock());
    try {
      if (!withinProcess.tryLock(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        throw locked(file, timeout);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw cancelled(file, interrupted);
    }
    // The descriptor is closed before the process-wide lock is given back.
    try {
      try (FileChannel channel = open(file)) {
        waitFor(channel, file, deadline, timeout);
        return action.run();
      }
    } finally {
      withinProcess.unlock();
    }
  }

  private static FileChannel open(Path file) {
    try {
      return DurableFiles.openOrCreate(file);
    } catch (IOException cause) {
      throw StoreErrors.of("lock", file, cause);
    }
  }

  private static void waitFor(FileChannel channel, Path file, long deadline, Duration timeout)
      throws IOException {
    while (channel.tryLock() == null) {
      if (System.nanoTime() >= deadline) {
        throw locked(file, timeout);
      }
      LockSupport.parkNanos(POLL_NANOS);
      if (Thread.currentThread().isInterrupted()) {
        throw cancelled(file, null);
      }
    }
  }

  private static FetchException locked(Path file, Duration timeout) {
    return new FetchException(
        Reason.STORE_LOCKED,
        "failed to lock '"
            + file
            + "': another process has held it for "
            + timeout.toMillis()
            + " ms; see which one with 'lsof "
            + file
            + "' and try again");
  }

  private static FetchException cancelled(Path file, Throwable cause) {
    return new FetchException(
        Reason.CANCELLED, "failed to lock '" + file + "': interrupted", cause);
  }
}
