package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.FakeRouter;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which gateways the program asks, in which order, and what it tells them. */
@Timeout(60)
class CommandSourcesTest {
  private static final String TOKEN = "s3cr3t-token";

  @TempDir private Path directory;
  @AutoClose private CommandBed bed;
  private HostileGateway first;
  private HostileGateway second;
  private String cid;

  @BeforeEach
  void open() {
    bed = new CommandBed(directory);
    first = bed.gateway();
    second = bed.gateway();
    cid = bed.image.layout(bed.image.image("linux/amd64", bed.image.layer(1, 2500))).toString();
  }

  private CommandLineRun fetch(String... more) {
    return CommandLineRun.of(
        CommandBed.arguments(
            List.of(
                "fetch",
                "--store=" + bed.store,
                "--report=" + bed.report,
                "--platform=linux/amd64",
                "--min-free=0",
                "--allow-http"),
            more));
  }

  private static List<String> hosts(JsonNode report) {
    return report.path("sources").findValuesAsText("host");
  }

  @Test
  void asksGatewaysInTheirOrder() {
    CommandLineRun run =
        fetch(
            "--allow-private-addresses",
            "--gateway=" + first.url(),
            "--gateway=" + second.url(),
            cid);

    assertThat(hosts(bed.expect(run, Reason.SUCCEEDED)))
        .containsExactly(first.host(), second.host());
    assertThat(first.requests()).isNotEmpty();
    assertThat(second.requests()).isEmpty();
  }

  @Test
  void asksTheNextGatewayTooWhenOneIsSilent() {
    first.hang("raw").hang("car");

    CommandLineRun run =
        fetch(
            "--allow-private-addresses",
            "--hedge-after=1s",
            "--block-timeout=10m",
            "--first-byte-timeout=10m",
            "--gateway=" + first.url(),
            "--gateway=" + second.url(),
            cid);

    bed.expect(run, Reason.SUCCEEDED);
    assertThat(first.requests()).isNotEmpty();
  }

  @Test
  void givesUpOnASilentGatewayWhenTold() {
    first.hang("raw").hang("car");

    CommandLineRun run =
        fetch(
            "--allow-private-addresses",
            "--hedge-after=10m",
            "--block-timeout=1s",
            "--first-byte-timeout=1s",
            "--connect-timeout=1s",
            "--gateway=" + first.url(),
            "--gateway=" + second.url(),
            cid);

    assertThat(bed.expect(run, Reason.SUCCEEDED).path("sources").path(0).path("errors").asInt())
        .isPositive();
  }

  @Test
  void asksARouterOnlyIfToldAndThenItsProviders() {
    HostileGateway empty = new HostileGateway(new TestDag());
    try (empty;
        FakeRouter router = FakeRouter.naming(second)) {
      String[] options = {"--allow-private-addresses", "--gateway=" + empty.url(), cid};
      bed.expect(
          fetch(CommandBed.arguments(List.of("--timeout=1s"), options)), Reason.CONTENT_NOT_FOUND);
      assertThat(router.requests()).isEmpty();

      CommandLineRun run =
          fetch(CommandBed.arguments(List.of("--router=" + router.url()), options));

      assertThat(hosts(bed.expect(run, Reason.SUCCEEDED)))
          .containsExactly(empty.host(), second.host(), router.host());
      assertThat(router.requests()).hasSize(1);
    }
  }

  @Test
  void asksTheGatewayOfAUrlLast() {
    first.status("raw", 500).status("car", 500);
    CommandLineRun run =
        fetch(
            "--allow-private-addresses", "--gateway=" + first.url(), second.url() + "/ipfs/" + cid);

    JsonNode report = bed.expect(run, Reason.SUCCEEDED);
    assertThat(hosts(report)).containsExactly(first.host(), second.host());
    assertThat(report.path("sources").path(0).path("errors").asLong()).isPositive();
    assertThat(first.requests()).isNotEmpty();
    assertThat(second.requests()).isNotEmpty();
  }

  @Test
  void takesTheGatewayOfAUrlAloneIfNoneIsGiven() {
    CommandLineRun run = fetch("--allow-private-addresses", second.url() + "/ipfs/" + cid);

    assertThat(hosts(bed.expect(run, Reason.SUCCEEDED))).containsExactly(second.host());
  }

  @Test
  void leavesTheGatewayOfAUrlAloneIfTold() {
    CommandLineRun run =
        fetch(
            "--no-gateway-hint",
            "--allow-private-addresses",
            "--gateway=" + first.url(),
            second.url() + "/ipfs/" + cid);

    assertThat(hosts(bed.expect(run, Reason.SUCCEEDED))).containsExactly(first.host());
    assertThat(second.requests()).isEmpty();
  }

  @Test
  void hasNoGatewayIfTheOneOfAUrlIsAllThereIsAndRefused() {
    bed.expect(
        fetch("--no-gateway-hint", "--allow-private-addresses", second.url() + "/ipfs/" + cid),
        Reason.INVALID_USAGE);
  }

  @Test
  void dialsNoPrivateAddressUnlessAllowed() {
    bed.expect(fetch("--gateway=" + first.url(), cid), Reason.ADDRESS_REFUSED);
    // The other gateway is named, not this one.
    bed.expect(
        fetch("--private-host=" + second.host(), "--gateway=" + first.url(), cid),
        Reason.ADDRESS_REFUSED);
    assertThat(first.requests()).isEmpty();

    bed.expect(
        fetch("--private-host=" + first.host(), "--gateway=" + first.url(), cid), Reason.SUCCEEDED);
  }

  @Test
  void dialsTheGatewayOfAUrlUnderTheSameRules() {
    CommandLineRun run =
        fetch(
            "--private-host=" + first.host(),
            "--gateway=" + first.url(),
            second.url() + "/ipfs/" + cid);

    bed.expect(run, Reason.SUCCEEDED);
    assertThat(second.requests()).isEmpty();
  }

  @Test
  void sendsATokenToItsHostOnlyAndShowsItNowhere() throws IOException {
    Path token = Files.writeString(directory.resolve("token"), TOKEN + "\n");
    first.status("raw", 500).status("car", 500);

    CommandLineRun run =
        fetch(
            "--output=json",
            "--allow-private-addresses",
            "--gateway=" + first.url(),
            "--gateway=" + second.url(),
            "--gateway-token-file=" + first.host() + "=" + token,
            cid);

    bed.expect(run, Reason.SUCCEEDED);
    assertThat(first.requests())
        .isNotEmpty()
        .allSatisfy(
            request ->
                assertThat(request.headers()).containsEntry("authorization", "Bearer " + TOKEN));
    assertThat(second.requests())
        .isNotEmpty()
        .allSatisfy(request -> assertThat(request.headers()).doesNotContainKey("authorization"));
    assertThat(run.out() + run.err()).doesNotContain(TOKEN);
  }

  /** In nothing that leaves the program: its streams, the report, both kinds of output. */
  @ParameterizedTest
  @ValueSource(strings = {"text", "json"})
  void aGatewayThatSendsATokenBackDoesNotGetItShown(String output) throws IOException {
    Path token = Files.writeString(directory.resolve("token"), TOKEN + "\n");
    String base64 = Base64.getEncoder().encodeToString(TOKEN.getBytes(StandardCharsets.US_ASCII));
    first.behave(
        (request, answer) -> {
          String echo = request.headers().get("authorization") + " " + base64;
          answer.head(401, "text/" + echo, echo.length(), "WWW-Authenticate: " + echo);
          answer.write(echo.getBytes(StandardCharsets.US_ASCII));
          return true;
        });

    CommandLineRun run =
        fetch(
            "--output=" + output,
            "--allow-private-addresses",
            "--gateway=" + first.url(),
            "--gateway-token-file=" + first.host() + "=" + token,
            cid);

    bed.expect(run, Reason.GATEWAY_ERROR);
    assertThat(run.err() + run.out() + Files.readString(bed.report))
        .contains("401", first.host())
        .doesNotContain(TOKEN, base64);
  }

  @Test
  void saysWhoItIs() {
    bed.expect(
        fetch("--allow-private-addresses", "--gateway=" + first.url(), cid), Reason.SUCCEEDED);

    assertThat(first.requests())
        .allSatisfy(
            request ->
                assertThat(request.headers().get("user-agent")).startsWith("ipfs-tee-operator/"));
  }
}
