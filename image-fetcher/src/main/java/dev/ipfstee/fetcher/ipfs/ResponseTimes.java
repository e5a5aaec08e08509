package dev.ipfstee.fetcher.ipfs;

import java.time.Duration;
import java.util.Arrays;

/**
 * How long the answers of a run took to begin, and how long is too long by that. Thread-safe.
 *
 * <p>A fixed time would have a second gateway asked for everything where answers are slow for all.
 */
final class ResponseTimes {
  private static final int KEPT = 64;

  private final long least;
  private final long[] nanos = new long[KEPT];
  private long count;

  /**
   * @param least never less than this is too long; zero means that nothing is
   */
  ResponseTimes(Duration least) {
    this.least = least.toNanos();
  }

  synchronized void add(long taken) {
    nanos[(int) (count++ % KEPT)] = taken;
  }

  /** Nanoseconds after which an answer should have begun. */
  synchronized long patience() {
    if (least == 0) {
      return Long.MAX_VALUE;
    }
    int known = (int) Math.min(count, KEPT);
    if (known == 0) {
      return least;
    }
    long[] sorted = Arrays.copyOf(nanos, known);
    Arrays.sort(sorted);
    return Math.max(least, sorted[(known - 1) * 9 / 10]);
  }
}
