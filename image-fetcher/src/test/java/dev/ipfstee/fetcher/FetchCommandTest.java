package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ipfstee.fetcher.fetch.ImageFixture;
import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What whoever runs the program gets to see: exit codes, reports and what is printed. */
@Timeout(60)
class FetchCommandTest {
  @TempDir private Path directory;
  @AutoClose private CommandBed bed;
  private HostileGateway gateway;
  private Part layer;
  private Part manifest;
  private Cid cid;

  @BeforeEach
  void open() {
    bed = new CommandBed(directory);
    gateway = bed.gateway();
    layer = bed.image.layer(1, 12_345);
    manifest = bed.image.image("linux/amd64", layer);
    cid = bed.image.layout(manifest);
  }

  private JsonNode fails(Reason reason, String... more) {
    return bed.expect(CommandLineRun.of(bed.fetch(gateway, more)), reason);
  }

  @Test
  void printsThePinnedReferenceAndNothingElse() {
    CommandLineRun run = CommandLineRun.of(bed.fetch(gateway, "ipfs://" + cid));

    JsonNode report = bed.expect(run, Reason.SUCCEEDED);
    assertThat(run.out())
        .isEqualTo("ipfs/" + cid + "@" + manifest.digest() + System.lineSeparator());
    assertThat(run.err()).isEmpty();
    assertThat(report.path("message").asText()).isEqualTo("fetched 'ipfs://" + cid + "'");
    assertThat(report.path("cid").asText()).isEqualTo(cid.toString());
    assertThat(report.path("layout").asText()).isEqualTo("OciLayout");
    assertThat(report.path("digest").asText()).isEqualTo(manifest.digest().toString());
    assertThat(report.path("platforms").path(0).path("layers").asInt()).isEqualTo(1);
    assertThat(report.path("sources").path(0).path("host").asText()).isEqualTo(gateway.host());
    assertThat(report.path("fetchedBytes").asLong()).isGreaterThan(12_345);
  }

  @Test
  void saysThatAStoredImageWasVerifiedAgain() {
    CommandLineRun.of(bed.fetch(gateway, "ipfs://" + cid));

    CommandLineRun second = CommandLineRun.of(bed.fetch(gateway, cid.toString()));

    JsonNode report = bed.expect(second, Reason.SUCCEEDED);
    assertThat(report.path("message").asText()).contains("verified again");
    assertThat(report.path("fetchedBytes").asLong()).isZero();
  }

  @Test
  void printsExactlyTheReportAsJson() throws IOException {
    CommandLineRun run = CommandLineRun.of(bed.fetch(gateway, "--output=json", cid.toString()));

    bed.expect(run, Reason.SUCCEEDED);
    assertThat(run.out()).isEqualTo(Files.readString(bed.report) + System.lineSeparator());
  }

  @Test
  void printsExactlyTheReportOfAFailureAsJson() throws IOException {
    CommandLineRun run = CommandLineRun.of(bed.fetch(gateway, "--output=json", "ipfs://"));

    assertThat(run.out()).isEqualTo(Files.readString(bed.report) + System.lineSeparator());
    assertThat(CommandLineRun.json(run.out()).path("outcome").asText())
        .isEqualTo("InvalidReference");
  }

  @Test
  void replacesAnOlderReportWhole() throws IOException {
    Files.writeString(bed.report, "x".repeat(10_000));

    fails(Reason.SUCCEEDED, cid.toString());
  }

  @Test
  void endsWith10ForWhatIsNoReference() {
    fails(Reason.INVALID_REFERENCE, "ipfs://");
    fails(Reason.INVALID_CID, "ipfs://bafynonsense");
    fails(Reason.MUTABLE_NAME, "/ipns/example.org");
    assertThat(gateway.requests()).isEmpty();
    assertThat(bed.store).doesNotExist();
  }

  @Test
  void endsWith11ForWhatNoGatewayHasBeforeTheDeadline() {
    bed.dag.remove(layer.cid());

    JsonNode report = fails(Reason.CONTENT_NOT_FOUND, "--timeout=2s", cid.toString());

    assertThat(report.path("digest").asText()).isEqualTo(manifest.digest().toString());
  }

  @Test
  void endsWith12ForAGatewayThatDoesntAnswer() {
    gateway.hang("raw");

    fails(Reason.GATEWAY_TIMEOUT, "--stall-timeout=1s", "--timeout=2s", cid.toString());
  }

  @Test
  void endsWith13ForAGatewayThatLies() {
    gateway.corrupt(bed.dag.entity(layer.cid()).get(3).cid());

    JsonNode report = fails(Reason.BLOCK_MISMATCH, cid.toString());

    assertThat(report.path("sources").path(0).path("rejected").asLong()).isPositive();
  }

  @Test
  void endsWith14ForWhatIsNoImage() {
    fails(Reason.LAYOUT_UNRECOGNIZED, bed.image.file("hello").toString());
    fails(Reason.PATH_NOT_FOUND, "ipfs://" + cid + "/absent");
  }

  @ParameterizedTest
  @ValueSource(strings = {"NerdctlDescriptor", "Manifest", "Ipdr"})
  void endsWith14ForAnotherLayoutThanTheNamedOne(String layout) {
    JsonNode report = fails(Reason.LAYOUT_UNRECOGNIZED, "--layout=" + layout, cid.toString());

    assertThat(report.path("message").asText()).contains(layout, "found OciLayout");
  }

  @Test
  void endsWith15ForWhatPolicyRefuses() {
    fails(Reason.UNEXPECTED_DIGEST, "--expected-digest=" + layer.digest(), cid.toString());
  }

  @Test
  void endsWith16ForWhatIsTooLarge() {
    fails(Reason.IMAGE_TOO_LARGE, "--max-bytes=12Ki", cid.toString());
    fails(Reason.TOO_MANY_LAYERS, "--max-layers=1", twoLayers());
  }

  private String twoLayers() {
    return bed.image
        .layout(bed.image.image("linux/amd64", layer, bed.image.layer(2, 10)))
        .toString();
  }

  @Test
  void endsWith17ForAStoreThatCantTakeIt() throws IOException {
    fails(Reason.DISK_FULL, "--min-free=7Ei", cid.toString());
    Files.writeString(bed.store.resolve("index.json"), "[]");
    fails(Reason.STORE_CORRUPT, cid.toString());
  }

  @Test
  void endsWith17IfTheReportCantBeWrittenInTheEnd() {
    CommandLineRun run =
        CommandLineRun.of(bed.fetch(gateway, "--report=/dev/full", cid.toString()));

    assertThat(run.exitCode()).isEqualTo(17);
    assertThat(run.err()).contains("failed to write the report");
  }

  @Test
  void tellsWhatItWasAskedToAccept() {
    ImageFixture image = bed.image;
    Part config = image.config("linux/amd64", 1, "\"Volumes\":{\"/../etc\":{}}");
    String odd = image.layout(image.manifest(config, List.of(layer), "")).toString();

    fails(Reason.CONFIG_LINT, odd);
    CommandLineRun run = CommandLineRun.of(bed.fetch(gateway, "--config-lint=warn", odd));

    bed.expect(run, Reason.SUCCEEDED);
    assertThat(run.err()).startsWith("warning: linux/amd64: ").contains("CVE-2022-23648");
  }

  @Test
  void fetchesSeveralPlatformsAsAskedFor() {
    Part amd64 = manifest.forPlatform("linux/amd64");
    Part arm64 = bed.image.image("linux/arm64", layer).forPlatform("linux/arm64");
    String both = bed.image.layout(bed.image.index(amd64, arm64)).toString();

    JsonNode report = fails(Reason.SUCCEEDED, "--platform=linux/arm64/v8", both);

    assertThat(report.path("platforms").findValuesAsText("platform"))
        .containsExactly("linux/amd64", "linux/arm64");
  }

  @Test
  void inspectsWithoutALayerAndWithoutAStore() {
    CommandLineRun run =
        CommandLineRun.of(
            "inspect",
            "--report=" + bed.report,
            "--platform=linux/amd64",
            "--allow-http",
            "--private-host=" + gateway.host(),
            "--gateway=" + gateway.url(),
            cid.toString());

    bed.expect(run, Reason.SUCCEEDED);
    assertThat(run.out().lines())
        .containsExactly(
            "CID          " + cid,
            "Layout       OciLayout",
            "Digest       " + manifest.digest(),
            "Media type   " + manifest.mediaType(),
            "Platform     linux/amd64, %s, layers: 1, bytes: %d"
                .formatted(
                    manifest.digest(), CommandLineRun.report(bed.report).path("bytes").asLong()));
    assertThat(gateway.requests("car")).isLessThan(6);
    assertThat(gateway.requests())
        .noneMatch(r -> r.format().equals("car") && r.cid().equals(layer.cid()));
    assertThat(bed.store).doesNotExist();
  }

  @Test
  void inspectsAsJson() throws IOException {
    CommandLineRun run =
        CommandLineRun.of(
            "inspect",
            "--output=json",
            "--platform=linux/amd64",
            "--allow-http",
            "--allow-private-addresses",
            "--gateway=" + gateway.url(),
            cid.toString());

    assertThat(run.exitCode()).isZero();
    assertThat(run.out().lines()).hasSize(1);
    assertThat(CommandLineRun.json(run.out()).path("digest").asText())
        .isEqualTo(manifest.digest().toString());
  }

  @Test
  void printsItsVersionAndHelp() {
    assertThat(CommandLineRun.of("--version").out()).startsWith("image-fetcher ");
    assertThat(CommandLineRun.of("fetch", "--help").out().replaceAll("\\s+", " "))
        .contains("--expected-digest", "--no-gateway-hint", "(default: 20%)");
  }
}
