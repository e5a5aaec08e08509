package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ResponseTimesTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  @Test
  void isAsPatientAsToldWhereAnswersAreQuick() {
    ResponseTimes times = new ResponseTimes(Duration.ofSeconds(1));

    assertThat(times.patience()).isEqualTo(SECOND);
    times.add(SECOND / 10);
    assertThat(times.patience()).isEqualTo(SECOND);
  }

  @Test
  void isAsPatientAsNineOfTenAnswersNeed() {
    ResponseTimes times = new ResponseTimes(Duration.ofSeconds(1));
    for (int i = 1; i <= 10; i++) {
      times.add(i * SECOND);
    }

    assertThat(times.patience()).isEqualTo(9 * SECOND);
  }

  @Test
  void forgetsWhatIsLongAgo() {
    ResponseTimes times = new ResponseTimes(Duration.ofSeconds(1));
    times.add(100 * SECOND);
    for (int i = 0; i < 64; i++) {
      times.add(2 * SECOND);
    }

    assertThat(times.patience()).isEqualTo(2 * SECOND);
  }

  @Test
  void waitsForEverIfTold() {
    assertThat(new ResponseTimes(Duration.ZERO).patience()).isEqualTo(Long.MAX_VALUE);
  }
}
