package dev.ipfstee.fetcher.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.verify.LintMode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that are intact and refused: by policy, or because they exceed a limit. */
@Timeout(60)
class PolicyTest {
  private static final String RESTART =
      "\"Labels\":{\"containerd.io/restart.loguri\":\"binary://x\"}";

  @TempDir private Path directory;
  @AutoClose private TestBed bed;
  private ImageFixture image;

  @BeforeEach
  void open() {
    bed = new TestBed(directory);
    image = bed.image();
  }

  @AfterEach
  void takesAnotherImage() {
    bed.assertTakesAnotherImage();
  }

  private FetchReport refuse(Cid cid, Reason reason) {
    return bed.refuse(Wanted.of(cid), reason);
  }

  private Cid layoutOf(Part config, List<Part> layers) {
    return image.layout(image.manifest(config, layers, ""));
  }

  @Test
  void refusesAHelmChart() {
    Part chart =
        image.manifest(
            image.part("application/vnd.cncf.helm.config.v1+json", "{\"name\":\"app\"}"),
            List.of(image.part("application/vnd.cncf.helm.chart.content.v1.tar+gzip", "chart")),
            "");
    refuse(image.layout(chart), Reason.MEDIA_TYPE_REJECTED);
  }

  @Test
  void refusesWasm() {
    Part wasm =
        image.manifest(
            image.part("application/vnd.wasm.config.v0+json", "{}"),
            List.of(image.part("application/wasm", "\0asm")),
            "");
    refuse(image.layout(wasm), Reason.MEDIA_TYPE_REJECTED);
  }

  @Test
  void refusesALayoutWhoseOnlyEntryIsNoImage() {
    Part other = image.part("application/vnd.oci.empty.v1+json", "{}");

    assertThat(refuse(image.layout(other), Reason.MEDIA_TYPE_REJECTED).message())
        .contains("application/vnd.oci.empty.v1+json");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.v1.tar+bzip2",
        "application/octet-stream",
      })
  void refusesALayerOfAnotherType(String type) {
    Part foreign = image.layer(1, 2500).typed(type);
    Part good = image.layer(2, 2500);

    FetchReport report =
        refuse(
            layoutOf(image.config("linux/amd64", 2, ""), List.of(good, foreign)),
            Reason.MEDIA_TYPE_REJECTED);

    assertThat(report.message()).contains(type, foreign.digest().toString());
    assertThat(bed.has(good)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://a.example/l", "http://169.254.169.254/", " HTTPS://x", "http:x"})
  void refusesUrlsThatARuntimeWouldContactForALayer(String url) {
    Part layer = image.layer(1, 2500).linkedTo(url);

    FetchReport report =
        refuse(layoutOf(image.config("linux/amd64", 1, ""), List.of(layer)), Reason.FOREIGN_URLS);

    assertThat(report.message()).contains(url.strip());
    assertThat(report.digest()).isPresent();
  }

  @Test
  void refusesUrlsInTheConfigsDescriptor() {
    Part config = image.config("linux/amd64", 1, "").linkedTo("https://a.example/");
    refuse(layoutOf(config, List.of(image.layer(1, 25))), Reason.FOREIGN_URLS);
  }

  @Test
  void refusesUrlsInAnIndexEvenInTheEntryOfAnotherPlatform() {
    Part amd64 = image.image("linux/amd64", image.layer(1, 25)).forPlatform("linux/amd64");
    Part arm64 =
        image
            .image("linux/arm64", image.layer(2, 25))
            .forPlatform("linux/arm64")
            .linkedTo("https://a.example/");
    refuse(image.layout(image.index(amd64, arm64)), Reason.FOREIGN_URLS);
  }

  @Test
  void refusesUrlsInTheSubject() {
    Part subject = image.layer(3, 25).linkedTo("https://a.example/");
    Part manifest =
        image.manifest(
            image.config("linux/amd64", 1, ""),
            List.of(image.layer(1, 25)),
            ",\"subject\":" + subject.json());
    refuse(image.layout(manifest), Reason.FOREIGN_URLS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"Labels\":{\"containerd.io/restart.loguri\":\"binary://x\"} | CVE-2026-53488",
        "\"Volumes\":{\"/../../etc\":{}} | CVE-2022-23648",
      })
  void refusesWhatLooksLikeAnAttackAndNamesItsAdvisory(String settings, String advisory) {
    Cid cid = layoutOf(image.config("linux/amd64", 1, settings), List.of(image.layer(1, 25)));

    assertThat(refuse(cid, Reason.CONFIG_LINT).message()).contains(advisory);
    assertThat(bed.succeed(Wanted.of(cid).lint(LintMode.WARN)).digest()).isPresent();
    assertThat(bed.lastRecord().warnings())
        .singleElement()
        .satisfies(warning -> assertThat(warning).contains("linux/amd64", advisory));
  }

  @Test
  void refusesAnImageWithoutLayers() {
    Cid cid = layoutOf(image.config("linux/amd64", 0, ""), List.of());

    assertThat(refuse(cid, Reason.CONFIG_LINT).message()).contains("CVE-2026-24054");
  }

  @Test
  void refusesACheckpoint() {
    Part manifest =
        image.manifest(
            image.config("linux/amd64", 1, ""),
            List.of(image.layer(1, 25)),
            ",\"annotations\":{\"io.kubernetes.cri-o.annotations.checkpoint.name\":\"x\"}");

    assertThat(refuse(image.layout(manifest), Reason.CONFIG_LINT).message())
        .contains("CVE-2026-50195");
  }

  @Test
  void lintsAllPlatformsAskedFor() {
    Part good = image.image("linux/amd64", image.layer(1, 25)).forPlatform("linux/amd64");
    Part bad =
        image
            .manifest(image.config("linux/arm64", 1, RESTART), List.of(image.layer(1, 25)), "")
            .forPlatform("linux/arm64");
    Cid cid = image.layout(image.index(good, bad));

    bed.refuse(Wanted.of(cid).platforms("linux/amd64", "linux/arm64"), Reason.CONFIG_LINT);
    bed.succeed(Wanted.of(cid));
  }

  @Test
  void saysWhichDigestItFoundInsteadOfTheExpectedOne() {
    Part manifest = image.image("linux/amd64", image.layer(1, 25));
    Part other = image.layer(2, 25);

    FetchReport report =
        bed.refuse(
            Wanted.of(image.layout(manifest)).expecting(other.digest()), Reason.UNEXPECTED_DIGEST);

    assertThat(report.message()).contains(manifest.digest().toString(), other.digest().toString());
    assertThat(report.digest()).contains(manifest.digest().toString());
  }

  @Test
  void expectsTheDigestOfTheIndexAndNotOfAManifestInIt() {
    Part manifest = image.image("linux/amd64", image.layer(1, 25)).forPlatform("linux/amd64");
    Part index = image.index(manifest);
    Cid cid = image.layout(index);

    bed.refuse(Wanted.of(cid).expecting(manifest.digest()), Reason.UNEXPECTED_DIGEST);
    bed.succeed(Wanted.of(cid).expecting(index.digest()));
  }

  @Test
  void refusesAnImageLargerThanAllowedBeforeAnyLayerIsAskedFor() {
    Part layer = image.layer(1, 30_000);
    Cid cid = image.layout(image.image("linux/amd64", layer));

    FetchReport report = bed.refuse(Wanted.of(cid).atMost(30_000), Reason.IMAGE_TOO_LARGE);

    assertThat(report.message()).contains("30000", "--max-bytes");
    assertThat(report.digest()).isPresent();
    assertThat(report.fetchedBytes()).isLessThan(10_000);
  }

  @Test
  void refusesSizesWhoseSumIsMoreThanANumberHolds() {
    Part one = image.layer(1, 25).sized(Long.MAX_VALUE);
    Part two = image.layer(2, 25).sized(Long.MAX_VALUE);

    refuse(layoutOf(image.config("linux/amd64", 2, ""), List.of(one, two)), Reason.IMAGE_TOO_LARGE);
  }

  @Test
  void refusesMoreLayersThanAllowed() {
    Part[] layers = IntStream.range(0, 4).mapToObj(i -> image.layer(i, 25)).toArray(Part[]::new);
    Cid cid = image.layout(image.image("linux/amd64", layers));

    FetchReport report = bed.refuse(Wanted.of(cid).layersAtMost(3), Reason.TOO_MANY_LAYERS);

    assertThat(report.message()).contains("4 layers", "at most 3", "--max-layers");
    bed.succeed(Wanted.of(cid).layersAtMost(4));
  }

  @Test
  void refusesAManifestThatClaimsToBeLargerThanAManifestMayBe() {
    Part manifest = image.image("linux/amd64", image.layer(1, 25)).sized((4 << 20) + 1);
    refuse(image.layout(manifest), Reason.MANIFEST_TOO_LARGE);
  }

  @Test
  void refusesAnIndexJsonThatIsTooLarge() {
    refuse(image.layout(" ".repeat((4 << 20) + 1)), Reason.MANIFEST_TOO_LARGE);
  }

  @Test
  void refusesAMarkerThatIsTooLarge() {
    refuse(
        image.marker(" ".repeat(5000)).layout(image.image("linux/amd64", image.layer(1, 25))),
        Reason.MANIFEST_TOO_LARGE);
  }

  @Test
  void refusesDocumentsThatAreTooLargeTogether() {
    image.shaped(new TestDag.Shape(256 << 10, 174, true, false, false));
    // Nobody says which platforms they are for, so all configs have to be read to find it out.
    Part[] manifests =
        IntStream.range(0, 7)
            .mapToObj(
                i -> {
                  Part config = image.config("linux/arm/v" + (10 + i), 1, "");
                  String padding = " ".repeat((4 << 20) - config.text().length());
                  return image.manifest(
                      image.part(config.mediaType(), config.text() + padding),
                      List.of(image.layer(i, 25)),
                      "");
                })
            .toArray(Part[]::new);

    FetchReport report = refuse(image.layout(image.index(manifests)), Reason.MANIFEST_TOO_LARGE);

    assertThat(report.message()).contains("for all documents");
    assertThat(report.fetchedBytes()).isLessThan(25L << 20);
  }

  @Test
  void refusesMoreDescriptorsThanARunMayHave() {
    Part[] many =
        IntStream.range(0, 600).mapToObj(i -> image.layer(1, 1).sized(1)).toArray(Part[]::new);
    Part amd64 = image.manifest(image.config("linux/amd64", 600, ""), List.of(many), "");
    Part arm64 = image.manifest(image.config("linux/arm64", 600, ""), List.of(many), "");

    bed.refuse(
        Wanted.of(
                image.layout(
                    image.index(
                        amd64.forPlatform("linux/amd64"), arm64.forPlatform("linux/arm64"))))
            .platforms("linux/amd64", "linux/arm64"),
        Reason.TOO_MANY_DESCRIPTORS);
  }

  @Test
  void refusesAnIndexThatIsNestedTooDeep() {
    Part at = image.image("linux/amd64", image.layer(1, 25)).forPlatform("linux/amd64");
    for (int depth = 0; depth < 4; depth++) {
      at = image.index(at);
    }
    bed.succeed(Wanted.of(image.layout(at)));
    refuse(image.layout(image.index(at)), Reason.INDEX_TOO_DEEP);
  }

  @Test
  void readsAnIndexThatFansOutWithinItsBounds() {
    Part at = image.image("linux/amd64", image.layer(1, 25));
    for (int depth = 0; depth < 4; depth++) {
      Part[] same = new Part[100];
      Arrays.fill(same, at);
      at = image.index(same);
    }
    refuse(image.layout(at), Reason.TOO_MANY_DESCRIPTORS);
  }
}
