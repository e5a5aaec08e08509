package dev.ipfstee.operator.ipfsimage;

import static dev.ipfstee.operator.ipfsimage.Fixtures.CID;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.check.Finding;
import dev.ipfstee.operator.check.Next;
import dev.ipfstee.operator.credential.SecretView;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpfsImageChecksTest {
  private final Fixtures world = new Fixtures().empty("a");

  @Test
  void saysNothingWhenAllIsWell() {
    assertThat(findings()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ipns://example.org/image", "/ipns/example.org", "https://one.example/ipns/k51q"})
  void refusesANameWhoseContentCanChange(String uri) {
    world.spec(uri, "");

    assertThat(findings())
        .containsExactly(
            Finding.needsUser(
                Reason.MUTABLE_NAME,
                "source.uri is an IPNS name, whose content can change: use the CID that it points"
                    + " to"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sha256:abc",
        "sha512:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      })
  void refusesADigestThatIsNone(String digest) {
    world.spec("expected: {digest: \"%s\"}".formatted(digest));

    assertThat(findings())
        .containsExactly(
            Finding.needsUser(
                Reason.INVALID_USAGE,
                "expected.digest must be sha256: and 64, or sha512: and 128 lower-case hex"
                    + " digits"));
  }

  @Test
  void takesADigestOfEitherHash() {
    world.spec("expected: {digest: \"sha256:%s\"}".formatted("0a".repeat(32)));
    assertThat(findings()).isEmpty();

    world.spec("expected: {digest: \"sha512:%s\"}".formatted("0a".repeat(64)));
    assertThat(findings()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://one.example",
        "https://one.example/",
        "HTTPS://One.Example:443",
        "https://two.example"
      })
  void takesAGatewayOfTheListHoweverItIsWritten(String url) {
    world.spec("gateways: [{url: \"%s\"}]".formatted(url));

    assertThat(findings()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://elsewhere.example",
        "http://one.example",
        "https://one.example:8443",
        "https://one.example.evil.example",
        "https://one.example/path",
        "no url at all"
      })
  void refusesAnyOtherGatewayAndNamesTheList(String url) {
    world.spec("gateways: [{url: \"https://one.example\"}, {url: \"%s\"}]".formatted(url));

    assertThat(findings())
        .containsExactly(
            Finding.needsUser(
                Reason.GATEWAY_NOT_ALLOWED,
                "gateways '"
                    + url
                    + "' aren't in the administrator's list (https://one.example,"
                    + " https://two.example): use one of these, or have it added"));
  }

  @Test
  void tellsOfEveryGatewayThatLacksWhatItDemands() {
    world
        .spec(
            """
            gateways:
              - {url: "https://one.example", tokenSecretRef: {name: gone}}
              - {url: "https://two.example", caSecretRef: {name: closed}}
            """)
        .secret("wallets", "gone", new SecretView.Missing())
        .secret("wallets", "closed", new SecretView.Forbidden());

    assertThat(findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.reason()).isEqualTo(Reason.SECRET_FORBIDDEN);
              assertThat(finding.message()).contains("'wallets/gone'", "; ", "'wallets/closed'");
            });
  }

  @ParameterizedTest
  @CsvSource({"0, 5", "6, 6", "59, 59", "3600, 60"})
  void looksForAMissingSecretAfterLongerAndLongerWaits(long passed, long wait) {
    world
        .spec("gateways: [{url: \"https://one.example\", tokenSecretRef: {name: gone}}]")
        .secret("wallets", "gone", new SecretView.Missing())
        .reported(Reason.SECRET_NOT_FOUND, "gone")
        .after(Duration.ofSeconds(passed));

    assertThat(findings())
        .extracting(Finding::next)
        .containsExactly(new Next.WaitFor(Duration.ofSeconds(wait)));
  }

  @Test
  void waitsForANodeAndTellsWhereToLook() {
    world.withoutRegistry("a");

    assertThat(findings())
        .containsExactly(
            Finding.waitFor(
                Reason.NO_SEED_NODE,
                "no node carries a ready registry: see kubectl -n ipfs-tee-nodes get"
                    + " daemonset,pods",
                Duration.ofMinutes(5)));
  }

  @Test
  void tellsAllErrorsOfTheUserAtOnceAndNothingElse() {
    world
        .withoutRegistry("a")
        .spec(
            "ipns://" + CID,
            """
            expected: {digest: "sha256:abc"}
            gateways: [{url: "https://three.example"}, {url: "https://four.example"}]
            """);

    assertThat(findings())
        .extracting(Finding::reason)
        .containsExactly(
            Reason.MUTABLE_NAME,
            Reason.INVALID_USAGE,
            Reason.GATEWAY_NOT_ALLOWED,
            Reason.NO_SEED_NODE);
    assertThat(IpfsImageChecks.ALL.verdict(world.inputs()))
        .contains(
            new Finding(
                Reason.MUTABLE_NAME,
                "source.uri is an IPNS name, whose content can change: use the CID that it points"
                    + " to; expected.digest must be sha256: and 64, or sha512: and 128 lower-case"
                    + " hex digits; gateways 'https://three.example', 'https://four.example'"
                    + " aren't in the administrator's list (https://one.example,"
                    + " https://two.example): use one of these, or have it added",
                new Next.NeedsUser(Optional.empty())));
  }

  private List<Finding> findings() {
    return IpfsImageChecks.ALL.findings(world.inputs());
  }
}
