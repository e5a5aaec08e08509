package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.Refusal;
import dev.ipfstee.fetcher.testing.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Every input as the text of a CID and as its bytes. */
class CidFuzzTest {
  private static final Reason[] REFUSALS = {
    Reason.INVALID_CID, Reason.UNSUPPORTED_HASH, Reason.UNSUPPORTED_CODEC, Reason.MUTABLE_NAME
  };

  static Stream<byte[]> seeds() {
    return Stream.concat(
        Seeds.text("cid"),
        Seeds.text("cid")
            .map(text -> new String(text, StandardCharsets.UTF_8))
            .filter(text -> text.matches("f([0-9a-f]{2})+"))
            .map(text -> HexFormat.of().parseHex(text.substring(1))));
  }

  @MethodSource("seeds")
  @FuzzTest
  void readsWhatItWrites(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    Refusal.orResult(() -> Cid.parse(text), REFUSALS).ifPresent(CidFuzzTest::assertReadAgain);
    Optional<Cid> binary = Refusal.orResult(() -> Cid.fromBytes(input), REFUSALS);
    binary.ifPresent(
        cid -> {
          assertReadAgain(cid);
          byte[] bytes = cid.toBytes();
          boolean v0 = input[0] == 0x12;
          assertThat(input).isEqualTo(v0 ? Arrays.copyOfRange(bytes, 2, bytes.length) : bytes);
        });
  }

  private static void assertReadAgain(Cid cid) {
    assertThat(Cid.parse(cid.toString())).isEqualTo(cid).hasToString(cid.toString());
    assertThat(Cid.fromBytes(cid.toBytes())).isEqualTo(cid).hasSameHashCodeAs(cid);
    assertThat(cid.toString()).matches("b[a-z2-7]+");
    cid.impliedDigest().ifPresent(digest -> assertThat(Cid.raw(digest)).isEqualTo(cid));
  }
}
