package dev.ipfstee.crds;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ipfstee.testing.ApiServer;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code kubectl explain} says is for users: whole sentences that name the default. */
class DescriptionsTest {
  private record Field(String path, String name, JsonNode schema) {}

  static List<Path> crds() {
    return ApiServer.crdManifests();
  }

  @ParameterizedTest
  @MethodSource("crds")
  void everyFieldIsDescribedInSentencesThatNameItsDefault(Path crd) throws IOException {
    JsonNode schema =
        Serialization.unmarshal(Files.readString(crd), JsonNode.class)
            .at("/spec/versions/0/schema/openAPIV3Schema");
    List<Field> fields = new ArrayList<>();
    collect("", schema, fields);
    SoftAssertions softly = new SoftAssertions();

    for (Field field : fields) {
      String description = field.schema().path("description").asText();
      softly.assertThat(description).as(field.path()).endsWith(".").hasSizeBetween(10, 300);
      softly
          .assertThat(description.toLowerCase(Locale.ROOT))
          .as("%s must not begin with its own name", field.path())
          .doesNotStartWith(field.name().toLowerCase(Locale.ROOT) + " is");
      JsonNode standard = field.schema().path("default");
      if (standard.isValueNode() && field.path().startsWith(".spec")) {
        softly
            .assertThat(description)
            .as(field.path())
            .contains("Default: " + standard.asText() + ".");
      }
    }

    assertThat(fields).hasSizeGreaterThan(20);
    softly.assertAll();
  }

  private static void collect(String path, JsonNode schema, List<Field> fields) {
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      String here = path + "." + property.getKey();
      fields.add(new Field(here, property.getKey(), property.getValue()));
      collect(here, property.getValue(), fields);
    }
    if (schema.has("items")) {
      collect(path + "[]", schema.get("items"), fields);
    }
  }
}
