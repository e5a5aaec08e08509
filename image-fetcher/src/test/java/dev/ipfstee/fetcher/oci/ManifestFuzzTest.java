package dev.ipfstee.fetcher.oci;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.Refusal;
import dev.ipfstee.fetcher.testing.Seeds;
import dev.ipfstee.fetcher.verify.ConfigLint;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every input as each of the documents of an image. What is accepted is what an ordinary reader
 * sees in it too, and no two kinds of document are seen in one.
 */
class ManifestFuzzTest {
  private static final String WHAT = "the document";
  private static final Reason[] REFUSALS = {Reason.MALFORMED_MANIFEST, Reason.TOO_MANY_DESCRIPTORS};
  private static final ObjectMapper ORDINARY =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private static final ImageConfig NO_CONFIG =
      new ImageConfig(Optional.empty(), List.of(), Map.of(), List.of());

  static Stream<byte[]> seeds() {
    return Seeds.text("manifest");
  }

  @MethodSource("seeds")
  @FuzzTest
  void meansTheSameToEveryReader(byte[] input) throws IOException {
    Optional<Manifest> manifest =
        Refusal.orResult(() -> Manifest.parse(input, MediaTypes.OCI_MANIFEST, WHAT), REFUSALS);
    Optional<ImageIndex> index =
        Refusal.orResult(() -> ImageIndex.parse(input, MediaTypes.OCI_INDEX, WHAT), REFUSALS);
    Optional<ImageConfig> config = Refusal.orResult(() -> ImageConfig.parse(input, WHAT), REFUSALS);
    Optional<TopDocument> top =
        Refusal.orResult(
            () -> TopDocument.parse(input, WHAT),
            Reason.MALFORMED_MANIFEST,
            Reason.LAYOUT_AMBIGUOUS);
    Refusal.orResult(() -> SavedImage.parse(input), REFUSALS);
    Refusal.orResult(
        () -> {
          LayoutMarker.check(input);
          return true;
        },
        Reason.MALFORMED_MANIFEST,
        Reason.LAYOUT_UNRECOGNIZED);

    assertThat(manifest.isPresent() && index.isPresent()).as("one document is two").isFalse();
    if (manifest.isPresent()) {
      JsonNode ordinary = ORDINARY.readTree(input);
      Manifest read = manifest.get();
      assertSame(read.layers(), ordinary.path("layers"));
      assertSame(List.of(read.config()), ordinary.path("config"));
      assertThat(Manifest.parse(written(ordinary), MediaTypes.OCI_MANIFEST, WHAT)).isEqualTo(read);
      ImageConfig settings = config.orElse(NO_CONFIG);
      ConfigLint.check(read, settings, List.of())
          .forEach(finding -> Refusal.assertPrintable(finding.toString()));
      top.ifPresent(t -> assertThat(t.descriptor()).isEmpty());
    }
    if (index.isPresent()) {
      JsonNode ordinary = ORDINARY.readTree(input);
      assertSame(index.get().manifests(), ordinary.path("manifests"));
      assertThat(ImageIndex.parse(written(ordinary), MediaTypes.OCI_INDEX, WHAT))
          .isEqualTo(index.get());
    }
  }

  private static byte[] written(JsonNode node) throws JsonProcessingException {
    return ORDINARY.writeValueAsBytes(node);
  }

  private static void assertSame(List<Descriptor> read, JsonNode ordinary) {
    List<JsonNode> items = ordinary.isObject() ? List.of(ordinary) : elements(ordinary);
    assertThat(read).hasSameSizeAs(items);
    for (int i = 0; i < read.size(); i++) {
      Descriptor descriptor = read.get(i);
      JsonNode node = items.get(i);
      assertThat(node.path("digest").textValue()).isEqualTo(descriptor.digest().toString());
      assertThat(node.path("size").longValue()).isEqualTo(descriptor.size()).isNotNegative();
      assertThat(node.path("mediaType").textValue()).isEqualTo(descriptor.mediaType());
      assertThat(node.path("urls")).hasSameSizeAs(descriptor.urls());
      Refusal.orResult(
          () -> {
            descriptor.refuseForeignUrls();
            return true;
          },
          Reason.FOREIGN_URLS);
    }
  }

  private static List<JsonNode> elements(JsonNode array) {
    List<JsonNode> items = new ArrayList<>();
    array.forEach(items::add);
    return items;
  }
}
