package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CoolDownTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0, 500",
    "0, 1, 1000",
    "1, 1, 2000",
    "3, 0.5, 6000",
    "5, 1, 32000",
    "6, 0, 30000",
    "6, 1, 60000",
    "1000, 1, 60000",
  })
  void doublesWithAShareOfChance(int before, double chance, long millis) {
    assertThat(CoolDown.after(before, null, chance)).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, 0",
    "8, 0, 8000",
    "8, 1, 10000",
    "59, 1, 60000",
    "3600, 0.5, 60000",
  })
  void keepsToWhatTheGatewayAskedForUpToAMinute(long seconds, double chance, long millis) {
    assertThat(CoolDown.after(9, Duration.ofSeconds(seconds), chance))
        .isEqualTo(Duration.ofMillis(millis));
  }
}
