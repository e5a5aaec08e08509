package dev.ipfstee.fetcher.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ipfstee.fetcher.fetch.MinFree;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class QuantitiesTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1048576, 1048576",
    "1k, 1000",
    "500M, 500000000",
    "1G, 1000000000",
    "1Ki, 1024",
    "10Gi, 10737418240",
    "0.5Gi, 536870912",
    "1.5k, 1500",
    "0.1, 1",
    "1e3, 1000",
    "2E3, 2000",
    "2E, 2000000000000000000",
    "7Ei, 8070450532247928832",
  })
  void readsSizesAsKubernetesDoes(String text, long bytes) {
    assertThat(Quantities.size(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " 1",
        "1 Gi",
        "-1",
        "+1",
        "Gi",
        "1GiB",
        "1gi",
        "1K",
        "1m",
        "0x10",
        "1,5G",
        "1e",
        "1.",
        ".5",
        "8Ei",
        "1e99",
        "99999999999999999999",
        "1Gi\n",
        "٣"
      })
  void refusesWhatIsNoSize(String text) {
    assertThatThrownBy(() -> Quantities.size(text)).isInstanceOf(TypeConversionException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "20s, PT20S",
    "5m, PT5M",
    "1h30m, PT1H30M",
    "1h0m5s, PT1H5S",
    "90m, PT1H30M",
  })
  void readsDurationsAsGoDoes(String text, Duration duration) {
    assertThat(Quantities.duration(text)).isEqualTo(duration);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0s",
        "0h0m",
        "5",
        "5M",
        "-5s",
        "1m1h",
        "5s5s",
        "1.5h",
        "1 h",
        "1d",
        "9999999h"
      })
  void refusesWhatIsNoDuration(String text) {
    assertThatThrownBy(() -> Quantities.duration(text)).isInstanceOf(TypeConversionException.class);
  }

  @Test
  void readsWhatStaysFreeAsAShareOrASize() {
    assertThat(Quantities.minFree("20%")).isEqualTo(new MinFree(0.2, 0));
    assertThat(Quantities.minFree("0%")).isEqualTo(new MinFree(0, 0));
    assertThat(Quantities.minFree("5Gi")).isEqualTo(new MinFree(0, 5L << 30));
  }

  @ParameterizedTest
  @ValueSource(strings = {"100%", "-1%", "%", "1e1%", "20 %"})
  void refusesWhatIsNoShare(String text) {
    assertThatThrownBy(() -> Quantities.minFree(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("20%");
  }
}
