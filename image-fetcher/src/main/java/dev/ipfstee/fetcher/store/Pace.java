package dev.ipfstee.fetcher.store;

import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Holds a reader to a rate. What it couldn't take in time isn't made up for. For one thread. */
final class Pace {
  private final double nanosPerByte;
  private long next = System.nanoTime();

  /**
   * @param bytesPerSecond at least 1
   */
  Pace(long bytesPerSecond) {
    if (bytesPerSecond < 1) {
      throw new IllegalArgumentException("a rate is at least 1 byte a second");
    }
    nanosPerByte = (double) TimeUnit.SECONDS.toNanos(1) / bytesPerSecond;
  }

  /** Waits until these bytes may be read. */
  void take(long bytes) throws ClosedByInterruptException {
    long now = System.nanoTime();
    long start = Math.max(now, next);
    next = start + (long) (bytes * nanosPerByte);
    while (start - now > 0) {
      LockSupport.parkNanos(start - now);
      if (Thread.currentThread().isInterrupted()) {
        throw new ClosedByInterruptException();
      }
      now = System.nanoTime();
    }
  }
}
