package dev.ipfstee.fetcher.store;

import static dev.ipfstee.fetcher.store.BlobStoreTest.assertReason;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.Reason;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoreIndexTest {
  private static final StoredImage IMAGE =
      new StoredImage(
          Digest.parse("sha256:" + "a".repeat(64)),
          "application/vnd.oci.image.index.v1+json",
          123,
          "bafkqaaa",
          "ipfs://bafkqaaa/app",
          "OciLayout",
          List.of("linux/amd64", "linux/arm64"),
          4567);

  @Test
  void imageIsADescriptorWithWhatItWasFetchedFor() {
    StoreIndex index = StoreIndex.empty();
    index.put(IMAGE);
    assertThat(text(index))
        .isEqualTo(
            "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\","
                + "\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.index.v1+json\","
                + "\"digest\":\"sha256:"
                + "a".repeat(64)
                + "\",\"size\":123,\"annotations\":{"
                + "\"org.opencontainers.image.ref.name\":\"bafkqaaa\","
                + "\"dev.ipfstee.source\":\"ipfs://bafkqaaa/app\","
                + "\"dev.ipfstee.layout\":\"OciLayout\","
                + "\"dev.ipfstee.platforms\":\"linux/amd64,linux/arm64\","
                + "\"dev.ipfstee.bytes\":\"4567\"}}]}");
    assertThat(parse(text(index)).listing().images()).containsExactly(IMAGE);
  }

  @Test
  void sameSourceLayoutAndDigestIsOneEntryAndOthersAreTheirOwn() {
    StoreIndex index = StoreIndex.empty();
    index.put(IMAGE);
    index.put(IMAGE.with(List.of("linux/amd64"), 1));
    assertThat(index.listing().images()).containsExactly(IMAGE.with(List.of("linux/amd64"), 1));
    StoredImage other =
        new StoredImage(
            IMAGE.digest(),
            IMAGE.mediaType(),
            123,
            "bafkqaaa",
            "ipfs://bafkqaaa",
            "OciLayout",
            List.of(),
            1);
    index.put(other);
    assertThat(index.listing().images()).hasSize(2).contains(other);
  }

  @Test
  void entriesAndFieldsOfOthersAreKept() {
    String foreign =
        "{\"schemaVersion\":2,\"manifests\":["
            + "{\"mediaType\":\"x\",\"digest\":\"sha256:00\",\"size\":1e3,\"data\":\"eA==\",\"list\":[1,null,true]},"
            + "{\"annotations\":{\"org.opencontainers.image.ref.name\":\"mine\"}},"
            + "{\"annotations\":{\"org.opencontainers.image.ref.name\":\"c\",\"dev.ipfstee.source\":\"s\","
            + "\"dev.ipfstee.layout\":\"l\",\"dev.ipfstee.bytes\":\"many\"}}"
            + "],\"annotations\":{\"a\":\"b\"},\"future\":{\"x\":[1.5]}}";
    StoreIndex index = parse(foreign);
    assertThat(index.listing().images()).isEmpty();
    index.put(IMAGE);
    String written = text(index);
    assertThat(parse(written).listing().images()).containsExactly(IMAGE);
    assertThat(written)
        .contains("\"size\":1e3,\"data\":\"eA==\",\"list\":[1,null,true]")
        .contains("{\"org.opencontainers.image.ref.name\":\"mine\"}")
        .contains("\"dev.ipfstee.bytes\":\"many\"")
        .contains("\"annotations\":{\"a\":\"b\"},\"future\":{\"x\":[1.5]}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{",
        "{}",
        "{\"schemaVersion\":1,\"manifests\":[]}",
        "{\"schemaVersion\":\"2\",\"manifests\":[]}",
        "{\"schemaVersion\":2}",
        "{\"schemaVersion\":2,\"manifests\":{}}",
        "{\"schemaVersion\":2,\"manifests\":[1]}",
        "{\"schemaVersion\":2,\"manifests\":[]} {}",
        "{\"schemaVersion\":2,\"manifests\":[],\"manifests\":[]}",
        "\u0000\u0000\u0000"
      })
  void anythingElseIsCorrupt(String text) {
    assertReason(() -> parse(text), Reason.STORE_CORRUPT);
  }

  @Test
  void nestingIsBounded() {
    String deep = "{\"schemaVersion\":2,\"manifests\":[],\"x\":" + "[".repeat(100_000);
    assertReason(() -> parse(deep), Reason.STORE_CORRUPT);
  }

  private static StoreIndex parse(String text) {
    return StoreIndex.parse(text.getBytes(StandardCharsets.UTF_8), Path.of("index.json"));
  }

  private static String text(StoreIndex index) {
    return new String(index.toBytes(), StandardCharsets.UTF_8);
  }
}
