package dev.ipfstee.fetcher.ipfs;

import java.time.Duration;

/**
 * How long a gateway is left alone after it failed: as long as it asked for, else twice as long
 * each time. A share of chance keeps the nodes of a cluster, which fail together, from coming back
 * together.
 */
final class CoolDown {
  static final Duration FIRST = Duration.ofSeconds(1);
  static final Duration MAX = Duration.ofSeconds(60);

  /** More failures in a row than this change nothing: 2 to this power is over {@link #MAX}. */
  private static final int MAX_DOUBLINGS = 6;

  private CoolDown() {}

  /**
   * The time, at most {@link #MAX}.
   *
   * @param before how many failures in a row came before this one
   * @param asked what the gateway asked for, kept to or exceeded by up to a quarter; or null: then
   *     it is half to all of the doubled time
   * @param chance 0 to 1
   */
  static Duration after(int before, Duration asked, double chance) {
    Duration pause;
    if (asked == null) {
      long doubled = FIRST.toMillis() << Math.min(before, MAX_DOUBLINGS);
      pause = Duration.ofMillis(Math.round(Math.min(doubled, MAX.toMillis()) * (1 + chance) / 2));
    } else {
      Duration bounded = asked.compareTo(MAX) > 0 ? MAX : asked;
      pause = bounded.plusMillis(Math.round(bounded.toMillis() * chance / 4));
    }
    return pause.compareTo(MAX) > 0 ? MAX : pause;
  }
}
