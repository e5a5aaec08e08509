package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.ipfstee.fetcher.testing.Refusal;
import dev.ipfstee.fetcher.testing.Seeds;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** A varint has one form: what is read is written again as the same bytes, and nothing else is. */
class VarintFuzzTest {
  static Stream<byte[]> seeds() {
    return Seeds.hex("varint");
  }

  @MethodSource("seeds")
  @FuzzTest
  void readsOnlyWhatItWouldWrite(byte[] input) {
    Optional<Long> value = Refusal.orMalformed(() -> Varint.read(input, 0, input.length));
    if (value.isEmpty()) {
      return;
    }
    byte[] written = new byte[Varint.length(value.get())];
    assertThat(value.get()).isNotNegative();
    assertThat(Varint.write(value.get(), written, 0)).isEqualTo(written.length).isLessThan(10);
    assertThat(input).startsWith(written);
    assertThat(Refusal.orMalformed(() -> Varint.read(input, 0, written.length - 1))).isEmpty();
    assertThat(Varint.read(Arrays.copyOf(written, 16), 0, 16)).isEqualTo(value.get());
  }
}
