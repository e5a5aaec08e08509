package dev.ipfstee.fetcher.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ipfstee.fetcher.report.FetchReport.PlatformReport;
import dev.ipfstee.fetcher.report.FetchReport.SourceReport;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReportJsonTest {

  @Test
  void messageIsCutAtAThousandCharacters() throws IOException {
    JsonNode json = json(report("x".repeat(5_000), 1, 1));

    assertThat(json.get("message").asText()).hasSize(1_000).endsWith("…");
    assertThat(json.has("sourcesOmitted")).isFalse();
  }

  @Test
  void sourcesGoBeforePlatformsAndAreCounted() throws IOException {
    JsonNode json = json(report("short", 3, 100));

    assertThat(json.get("sources").size() + json.get("sourcesOmitted").asInt()).isEqualTo(100);
    assertThat(json.get("sources").size()).isGreaterThan(10);
    assertThat(json.get("platforms").size()).isEqualTo(3);
  }

  @Test
  void platformsGoWhenSourcesAreNotEnough() throws IOException {
    JsonNode json = json(report("short", 100, 100));

    assertThat(json.get("sourcesOmitted").asInt()).isEqualTo(100);
    assertThat(json.get("platforms").size() + json.get("platformsOmitted").asInt()).isEqualTo(100);
  }

  @Test
  void wideCharactersNeverBreakTheLimitNorTheJson() throws IOException {
    JsonNode json = json(report("\u6f22\ud83d\ude00\"\\".repeat(2_000), 4, 40));

    assertThat(json.get("message").asText()).isNotEmpty();
  }

  @Test
  void controlAndDirectionCharactersAreEscaped() throws IOException {
    JsonNode json = json(report("a\u001b[2Jb\u202ec\nd\u0085e\ud800", 0, 0));

    assertThat(json.get("message").asText())
        .isEqualTo("a\\u001b[2Jb\\u202ec\\u000ad\\u0085e\\ud800");
  }

  @Test
  void whatIsUnknownIsAbsentAndTheRestIsAlwaysThere() throws IOException {
    JsonNode json = json(report("m", 0, 0));

    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly(
            "outcome",
            "reason",
            "message",
            "platforms",
            "bytes",
            "fetchedBytes",
            "seconds",
            "sources");
  }

  private static JsonNode json(FetchReport report) throws IOException {
    byte[] json = ReportJson.write(report);
    assertThat(json).hasSizeLessThanOrEqualTo(ReportJson.MAX_BYTES);
    return new ObjectMapper().readTree(json);
  }

  private static FetchReport report(String message, int platforms, int sources) {
    return new FetchReport(
        Reason.GATEWAY_ERROR,
        message,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Collections.nCopies(
            platforms, new PlatformReport("linux/amd64", "sha256:" + "0".repeat(64), 1, 2)),
        0,
        0,
        1,
        List.copyOf(
            Collections.nCopies(sources, new SourceReport("gateway.example.org", 1, 2, 3))));
  }
}
