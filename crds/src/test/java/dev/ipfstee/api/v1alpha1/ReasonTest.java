package dev.ipfstee.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

class ReasonTest {
  /** Written by the image fetcher's tests: what its reports can say. */
  private static final Path CONTRACT =
      Path.of("../image-fetcher/src/test/resources/contract/reasons.json");

  @Test
  void everyReasonOfTheFetcherIsKnownAndRetriedAsTheFetcherSays() throws IOException {
    JsonNode reasons = Serialization.unmarshal(Files.readString(CONTRACT), JsonNode.class);
    SoftAssertions softly = new SoftAssertions();

    for (Map.Entry<String, JsonNode> fetcher : reasons.properties()) {
      boolean succeeded = fetcher.getValue().get("exitCode").asInt() == 0;
      boolean retryable = fetcher.getValue().get("retryable").asBoolean();
      softly
          .assertThat(Reason.of(fetcher.getKey()).map(Reason::terminal))
          .as(fetcher.getKey())
          .hasValue(!succeeded && !retryable);
    }

    assertThat(reasons).isNotEmpty();
    softly.assertAll();
  }

  @Test
  void labelsAreUniqueConditionReasonsAndSentencesAreSentences() {
    assertThat(Arrays.stream(Reason.values()).map(Reason::label))
        .doesNotHaveDuplicates()
        .allMatch(label -> label.matches("[A-Z][A-Za-z]+"));
    assertThat(Arrays.stream(Reason.values()).map(Reason::sentence))
        .allMatch(sentence -> sentence.matches("[A-Z].*\\."));
  }

  @Test
  void aLabelOfANewerFetcherIsNotFound() {
    assertThat(Reason.of("OfTomorrow")).isEmpty();
  }
}
