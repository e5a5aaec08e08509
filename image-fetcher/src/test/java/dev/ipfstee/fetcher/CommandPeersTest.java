package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.registry.RunningRegistry;
import dev.ipfstee.fetcher.report.Reason;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program with the registry of another node. */
@Timeout(60)
class CommandPeersTest {
  @TempDir private Path directory;
  private CommandBed bed;
  private Part manifest;
  private String cid;
  private RunningRegistry registry;

  @BeforeEach
  void seedAnImage() {
    bed = new CommandBed(directory);
    manifest = bed.image.image("linux/amd64", bed.image.layer(1, 2500));
    cid = bed.image.layout(manifest).toString();
    bed.expect(CommandLineRun.of(bed.fetch(bed.gateway(), cid)), Reason.SUCCEEDED);
    registry = new RunningRegistry(bed.store);
  }

  @AfterEach
  void close() {
    registry.close();
    bed.close();
  }

  private CommandLineRun fetch(String... more) {
    return CommandLineRun.of(
        CommandBed.arguments(
            List.of(
                "fetch",
                "--store=" + directory.resolve("other"),
                "--report=" + bed.report,
                "--platform=linux/amd64",
                "--min-free=0",
                "--peer=" + registry.peerUrl()),
            more));
  }

  @Test
  void fetchesAnExpectedDigestFromAPeerAlone() {
    JsonNode report =
        bed.expect(fetch("--expected-digest=" + manifest.digest(), cid), Reason.SUCCEEDED);

    assertThat(report.path("digest").asText()).isEqualTo(manifest.digest().toString());
    assertThat(report.path("sources").findValuesAsText("host"))
        .containsExactly(registry.peerUrl().getAuthority());
    assertThat(report.path("fetchedBytes").asLong())
        .isEqualTo(report.path("sources").path(0).path("bytes").asLong())
        .isPositive();
  }

  @Test
  void needsAGatewayToKnowWhatACidIs() {
    assertThat(bed.expect(fetch(cid), Reason.INVALID_USAGE).path("message").asText())
        .contains("--gateway");
  }

  @Test
  void asksNoPeerForWhatIsInAFile() {
    JsonNode report = bed.expect(fetch("--from-file=/dev/null", cid), Reason.INVALID_USAGE);

    assertThat(report.path("message").asText()).contains("--peer");
  }
}
