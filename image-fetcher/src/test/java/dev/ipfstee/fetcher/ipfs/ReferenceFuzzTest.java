package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.Refusal;
import dev.ipfstee.fetcher.testing.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Every input as what a user wrote to name an image, as a gateway's host and as a redirect. */
class ReferenceFuzzTest {
  static Stream<byte[]> seeds() {
    return Seeds.text("reference");
  }

  @MethodSource("seeds")
  @FuzzTest
  void namesTheSameContentInItsCanonicalForm(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    Refusal.orResult(
            () -> ContentReference.parse(text),
            Reason.INVALID_REFERENCE,
            Reason.MUTABLE_NAME,
            Reason.INVALID_CID,
            Reason.UNSUPPORTED_HASH,
            Reason.UNSUPPORTED_CODEC)
        .ifPresent(ReferenceFuzzTest::assertReadAgain);
    Refusal.orResult(() -> HostPort.parse(text), Reason.INVALID_USAGE)
        .ifPresent(host -> assertThat(HostPort.parse(host.toString())).isEqualTo(host));
  }

  private static void assertReadAgain(ContentReference reference) {
    String canonical = reference.canonical();
    assertThat(canonical).matches("ipfs://b[a-z2-7]+[!-~]*");
    ContentReference again = ContentReference.parse(canonical);
    assertThat(again.root()).isEqualTo(reference.root());
    assertThat(again.path()).isEqualTo(reference.path());
    assertThat(again.canonical()).isEqualTo(canonical);
    for (String name : reference.path()) {
      assertThat(name).isNotEmpty().isNotIn(".", "..").doesNotContain("/", "\0");
    }
    reference
        .gatewayHint()
        .ifPresent(
            hint -> {
              assertThat(hint.getScheme()).isIn("http", "https");
              assertThat(hint.getHost()).as(hint.toString()).isNotEmpty();
              assertThat(hint.getRawUserInfo()).isNull();
              assertThat(hint.getRawPath()).isEmpty();
              assertThat(HostPort.of(hint).toString()).isNotEmpty();
            });
  }
}
