package dev.ipfstee.fetcher.store;

import java.time.Duration;

/**
 * Bounds of a store.
 *
 * @param lockTimeout how long to wait for another process that writes the index, before {@code
 *     StoreLocked}
 * @param leftoverAge how long what a dead run or a quarantine left in {@code ingest/} is kept
 * @param leftoverBytes how many bytes of that are kept, the newest first
 */
public record StoreOptions(Duration lockTimeout, Duration leftoverAge, long leftoverBytes) {
  /** A minute for the lock, a day and a gibibyte for leftovers. */
  public static final StoreOptions DEFAULTS =
      new StoreOptions(Duration.ofMinutes(1), Duration.ofHours(24), 1L << 30);

  public StoreOptions withLockTimeout(Duration timeout) {
    return new StoreOptions(timeout, leftoverAge, leftoverBytes);
  }

  public StoreOptions withLeftoverBytes(long bytes) {
    return new StoreOptions(lockTimeout, leftoverAge, bytes);
  }
}
