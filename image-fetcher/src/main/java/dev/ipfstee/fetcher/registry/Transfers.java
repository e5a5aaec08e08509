package dev.ipfstee.fetcher.registry;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Bounds how many large blobs are sent, so that a node that everybody asks at once serves a few
 * quickly, and those serve the others: some at a time, and each blob to a few in a minute, unless
 * who asks has been turned away for a while. Thread-safe.
 */
final class Transfers {
  /** Smaller ones take less time than asking again. */
  private static final long LARGE = 1 << 20;

  private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final int MAX_REMEMBERED = 1_000;

  private final int most;
  private final Map<Path, Given> given = new HashMap<>();
  private int current;

  private record Given(int times, long since) {
    boolean isOld() {
      return System.nanoTime() - since > MINUTE_NANOS;
    }
  }

  private Transfers(int most) {
    this.most = most;
  }

  static Transfers unbounded() {
    return new Transfers(Integer.MAX_VALUE);
  }

  /**
   * @param most at a time, and of each blob in a minute
   */
  static Transfers atMost(int most) {
    return new Transfers(most);
  }

  /**
   * Whether one more may begin.
   *
   * @param insists whether who asks has been turned away for a while
   */
  synchronized boolean mayBegin(Path blob, long bytes, boolean insists) {
    if (bytes < LARGE || most == Integer.MAX_VALUE) {
      return true;
    }
    Given before = given.get(blob);
    boolean enough = before != null && !before.isOld() && before.times() >= most;
    return current < most && (insists || !enough);
  }

  /** Counts one that begins; if it does, {@link #end()} must follow. */
  synchronized boolean begin(Path blob, long bytes) {
    if (bytes < LARGE || most == Integer.MAX_VALUE) {
      return false;
    }
    current++;
    if (given.size() >= MAX_REMEMBERED) {
      given.values().removeIf(Given::isOld);
    }
    if (given.size() < MAX_REMEMBERED || given.containsKey(blob)) {
      given.merge(
          blob,
          new Given(1, System.nanoTime()),
          (old, one) -> old.isOld() ? one : new Given(old.times() + 1, old.since()));
    }
    return true;
  }

  synchronized void end() {
    current--;
  }
}
