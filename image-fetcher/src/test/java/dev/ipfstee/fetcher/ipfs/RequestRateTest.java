package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RequestRateTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  @Test
  void letsAThirdOfAMinutesRequestsGoAtOnceAndThenEachInItsTurn() {
    RequestRate rate = new RequestRate(150, 0);

    assertThat(waits(rate, 50, 0)).containsOnly(0);
    assertThat(rate.reserve(0)).isCloseTo(400_000_000, within(1000L));
    assertThat(rate.reserve(0)).isCloseTo(800_000_000, within(1000L));
  }

  @Test
  void neverLetsMoreThanTwoHundredGoInAMinuteByDefault() {
    RequestRate rate = new RequestRate(GatewayTuning.DEFAULTS.requestsPerMinute(), 0);
    int sent = 0;
    while (rate.reserve(0) <= 60 * SECOND) {
      sent++;
    }

    assertThat(sent).isEqualTo(200);
  }

  @Test
  void fillsUpAgainButNoFurther() {
    RequestRate rate = new RequestRate(60, 0);
    waits(rate, 20, 0);

    assertThat(waits(rate, 5, 5 * SECOND)).containsOnly(0);
    assertThat(rate.reserve(5 * SECOND)).isPositive();
    assertThat(waits(rate, 20, 500 * SECOND)).containsOnly(0);
    assertThat(rate.reserve(500 * SECOND)).isPositive();
  }

  @Test
  void halvesWhenToldThatItIsTooMuchAndRecoversMinuteByMinute() {
    RequestRate rate = new RequestRate(120, 0);
    rate.slowDown(0);
    waits(rate, 20, 0);
    assertThat(rate.reserve(0)).isEqualTo(SECOND);

    rate.slowDown(0);
    assertThat(rate.reserve(0)).isGreaterThan(2 * SECOND);

    waits(rate, 10, 61 * SECOND);
    waits(rate, 200, 122 * SECOND);
    long first = rate.reserve(122 * SECOND);
    assertThat(rate.reserve(122 * SECOND) - first).isEqualTo(SECOND / 2);
  }

  @Test
  void neverStopsAltogether() {
    RequestRate rate = new RequestRate(150, 0);
    for (int i = 0; i < 100; i++) {
      rate.slowDown(0);
    }
    waits(rate, 50, 0);
    long first = rate.reserve(0);

    assertThat(rate.reserve(0) - first).isEqualTo(10 * SECOND);
  }

  @Test
  void hasNoLimitWhereThereIsNoneUntilAGatewayComplains() {
    RequestRate none = new RequestRate(0, 0);
    RequestRate lifted = new RequestRate(3, 0);
    lifted.lift();

    assertThat(waits(none, 10_000, 0)).containsOnly(0);
    assertThat(waits(lifted, 10_000, 0)).containsOnly(0);
    none.slowDown(0);
    waits(none, 50, 0);
    assertThat(none.reserve(0)).isPositive();
  }

  private static long[] waits(RequestRate rate, int requests, long now) {
    long[] waits = new long[requests];
    for (int i = 0; i < requests; i++) {
      waits[i] = rate.reserve(now);
    }
    return waits;
  }
}
