package dev.ipfstee.operator.ipfsimage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ipfstee.api.v1alpha1.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The operator's side of the contract: the same files that the image fetcher is held to. */
class FetchResultTest {
  private static final Path CONTRACT = Path.of("../image-fetcher/src/test/resources/contract");
  private static final ObjectMapper JSON = new ObjectMapper();

  static List<Path> goldenReports() throws IOException {
    try (Stream<Path> files = Files.list(CONTRACT)) {
      return files.filter(file -> file.getFileName().toString().startsWith("report-")).toList();
    }
  }

  @ParameterizedTest
  @MethodSource("goldenReports")
  void everyGoldenReportIsUnderstood(Path file) throws IOException {
    String report = Files.readString(file);
    JsonNode written = JSON.readTree(report);

    FetchResult result = FetchResult.parse(report).orElseThrow();

    assertThat(result.reason().label()).isEqualTo(written.get("reason").asText());
    assertThat(result.message()).isEqualTo(written.get("message").asText());
    assertThat(result.digest()).isEqualTo(written.path("digest").asText(null));
    assertThat(result.platforms()).hasSize(written.get("platforms").size());
    assertThat(result.sources()).hasSize(written.get("sources").size());
  }

  @Test
  void aLiarIsFoundEvenInASuccess() throws IOException {
    String report = Files.readString(CONTRACT.resolve("report-succeeded-despite-liar.json"));

    FetchResult result = FetchResult.parse(report).orElseThrow();

    assertThat(result.succeeded()).isTrue();
    assertThat(result.liars())
        .extracting(FetchResult.Source::host)
        .containsExactly("liar.example.org");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Novel", "Verified"})
  void aReasonOfANewerFetcherOrOneThatFailuresCannotHaveIsRetried(String reason) {
    assertThat(
            FetchResult.parse(
                "{\"outcome\":\"Novel\",\"reason\":\"%s\",\"new\":1}".formatted(reason)))
        .map(FetchResult::reason)
        .contains(Reason.INTERNAL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "killed",
        "{\"outcome\":\"Succeeded\",\"reason\":\"Succeeded\"}",
        "{\"outcome\":\"Succeeded\",\"reason\":\"Succeeded\",\"cid\":\"bafy\",\"digest\":\"sha256:00\"}",
        "{\"outcome\":\"NotFound\",\"reason\":\"ContentNotFound\",\"digest\":\"sha256:../../x\"}",
        "{\"outcome\":\"NotFound\",\"reason\":\"Succeeded\"}",
        "{\"outcome\":\"NotFound\",\"reason\":\"ContentNotFound\"} and more"
      })
  void whatCannotBeBelievedIsNoReport(String message) {
    assertThat(FetchResult.parse(message)).isEmpty();
  }
}
