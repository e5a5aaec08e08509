package dev.ipfstee.fetcher.ipfs;

import java.util.concurrent.TimeUnit;

/**
 * A token bucket: so many requests per minute, a third of them at once. A gateway that says that
 * they are too many gets half as many; each minute in which it doesn't, twice as many again.
 * Thread-safe.
 */
final class RequestRate {
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

  /** Where slowing down begins for a gateway that had no limit. */
  private static final int FROM_UNLIMITED = 150;

  private static final int LEAST = 6;

  /** So much and more is no limit. */
  private static final int UNLIMITED = 10_000;

  private int allowed;
  private int current;
  private double tokens;
  private long filledAt;
  private long slowedAt;

  /**
   * A full bucket.
   *
   * @param perMinute 0 for no limit
   * @param now nanoseconds of a clock that never goes back
   */
  RequestRate(int perMinute, long now) {
    allowed = perMinute == 0 ? UNLIMITED : perMinute;
    current = allowed;
    tokens = burst();
    filledAt = now;
    slowedAt = now;
  }

  /** From now on there is no limit. */
  synchronized void lift() {
    allowed = UNLIMITED;
    current = UNLIMITED;
  }

  /** Takes a token, and says after how many nanoseconds it may be used. */
  synchronized long reserve(long now) {
    if (current < allowed && now - slowedAt >= MINUTE) {
      current = Math.min(allowed, 2 * current);
      slowedAt = now;
    }
    if (current >= UNLIMITED) {
      return 0;
    }
    tokens = Math.min(burst(), tokens + (double) (now - filledAt) * current / MINUTE);
    filledAt = now;
    tokens--;
    return tokens >= 0 ? 0 : Math.round(-tokens * MINUTE / current);
  }

  /** The gateway said that there were too many. */
  synchronized void slowDown(long now) {
    current = current >= UNLIMITED ? FROM_UNLIMITED : Math.max(LEAST, current / 2);
    tokens = Math.min(tokens, burst());
    filledAt = now;
    slowedAt = now;
  }

  private double burst() {
    return Math.max(1, current / 3);
  }
}
