package dev.ipfstee.fetcher.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.testing.Refusal;
import dev.ipfstee.fetcher.testing.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Every input as the path of a request, and as its Range and Accept headers. */
class DistributionPathFuzzTest {
  private static final long SIZE = 1000;
  private static final String INDEX = "application/vnd.oci.image.index.v1+json";

  static Stream<byte[]> seeds() {
    return Seeds.text("distribution-path");
  }

  @MethodSource("seeds")
  @FuzzTest
  void namesOneThingOrNone(byte[] input) {
    String text = new String(input, StandardCharsets.ISO_8859_1);
    orRefused(() -> DistributionPath.parse(text))
        .ifPresent(
            path -> {
              assertThat(DistributionPath.parse(written(path))).isEqualTo(path);
              assertThat(written(path)).matches("/v2/[a-zA-Z0-9._:/-]*");
            });
    orRefused(() -> ByteRange.parse(text, SIZE))
        .flatMap(range -> range)
        .ifPresent(
            range -> {
              assertThat(range.offset()).isBetween(0L, SIZE - 1);
              assertThat(range.length()).isBetween(1L, SIZE - range.offset());
            });
    if (AcceptedTypes.accept(text, INDEX)) {
      String header = text.toLowerCase(Locale.ROOT);
      assertThat(
              header.isBlank()
                  || Stream.of(INDEX, "*/*", "application/*").anyMatch(header::contains))
          .isTrue();
    }
  }

  private static <T> Optional<T> orRefused(Supplier<T> reading) {
    try {
      return Optional.of(reading.get());
    } catch (RegistryException e) {
      Refusal.assertPrintable(e.getMessage());
      return Optional.empty();
    }
  }

  private static String written(DistributionPath path) {
    return switch (path) {
      case DistributionPath.Base() -> "/v2/";
      case DistributionPath.ManifestByTag(String cid, String tag) ->
          repository(cid) + "/manifests/" + tag;
      case DistributionPath.ManifestByDigest(String cid, var digest) ->
          repository(cid) + "/manifests/" + digest;
      case DistributionPath.Blob(String cid, var digest) -> repository(cid) + "/blobs/" + digest;
      case DistributionPath.Tags(String cid) -> repository(cid) + "/tags/list";
      case DistributionPath.Referrers(String cid, var digest) ->
          repository(cid) + "/referrers/" + digest;
    };
  }

  private static String repository(String cid) {
    assertThat(Cid.parse(cid)).hasToString(cid);
    return "/v2/ipfs/" + cid;
  }
}
