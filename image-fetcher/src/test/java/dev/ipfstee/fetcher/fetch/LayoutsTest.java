package dev.ipfstee.fetcher.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.FetchReport.PlatformReport;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every form of image that is accepted, and which digest it is pinned by. */
@Timeout(60)
class LayoutsTest {
  @TempDir private Path directory;
  @AutoClose private TestBed bed;

  @BeforeEach
  void open() {
    bed = new TestBed(directory);
  }

  @ParameterizedTest
  @CsvSource({
    "false, true, false, 0",
    "true, true, false, 0",
    "true, false, false, 0",
    "false, true, true, 0",
    "true, false, false, 256",
    "false, false, false, 16",
  })
  void fetchesALayoutHoweverItWasAdded(boolean raw, boolean v0, boolean trickle, int fanout) {
    ImageFixture image =
        bed.image().shaped(new TestDag.Shape(1000, 5, raw, v0, trickle)).sharded(fanout);
    Part layer = image.layer(1, 12_345);
    Part other = image.layer(2, 100);
    Part manifest = image.image("linux/amd64", layer, other);
    Cid cid = image.layout(manifest);

    FetchReport report = bed.succeed(Wanted.of(cid));

    assertThat(report.cid()).contains(cid.toString());
    assertThat(report.layout()).contains("OciLayout");
    assertThat(report.digest()).contains(manifest.digest().toString());
    assertThat(report.mediaType()).contains(MediaTypes.OCI_MANIFEST);
    assertThat(report.platforms())
        .singleElement()
        .satisfies(
            platform -> {
              assertThat(platform.platform()).isEqualTo("linux/amd64");
              assertThat(platform.digest()).isEqualTo(manifest.digest().toString());
              assertThat(platform.layers()).isEqualTo(2);
              assertThat(platform.bytes()).isEqualTo(report.bytes());
            });
    assertThat(report.bytes()).isGreaterThan(12_445).isLessThan(15_000);
    assertThat(report.fetchedBytes()).isGreaterThanOrEqualTo(report.bytes());
    assertThat(bed.blob(layer.digest())).hasBinaryContent(layer.bytes());
    assertThat(bed.blob(other.digest())).hasBinaryContent(other.bytes());
    assertThat(bed.blob(manifest.digest())).hasBinaryContent(manifest.bytes());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void fetchesADescriptorRootByTheUrlsInItsDescriptors(boolean rawBlocks) {
    ImageFixture image =
        bed.image().shaped(rawBlocks ? ImageFixture.WHOLE : TestDag.Shape.KUBO_DEFAULT).linked();
    Part layer = image.layer(1, 2500);
    Part manifest = image.image("linux/amd64", layer);
    Cid cid = image.descriptorRoot(manifest);

    FetchReport report = bed.succeed(Wanted.of(cid));

    assertThat(report.layout()).contains("NerdctlDescriptor");
    assertThat(report.cid()).contains(cid.toString());
    assertThat(report.digest()).contains(manifest.digest().toString());
    assertThat(bed.has(layer)).isTrue();
  }

  @Test
  void keepsAnIndexUnchangedThoughOnlyOnePlatformOfItIsFetched() {
    ImageFixture image = bed.image().linked();
    Part amd64 = image.image("linux/amd64", image.layer(1, 2500)).forPlatform("linux/amd64");
    Part armLayer = image.layer(2, 2500);
    Part arm64 = image.image("linux/arm64", armLayer).forPlatform("linux/arm64/v8");
    Part index = image.index(amd64, arm64);

    FetchReport report = bed.succeed(Wanted.of(image.descriptorRoot(index)));

    assertThat(report.digest()).contains(index.digest().toString());
    assertThat(report.mediaType()).contains(MediaTypes.OCI_INDEX);
    assertThat(bed.blob(index.digest())).hasBinaryContent(index.bytes());
    assertThat(bed.has(amd64)).isTrue();
    assertThat(bed.has(arm64)).isFalse();
    assertThat(bed.has(armLayer)).isFalse();
    assertThat(bed.lastRecord().pinned())
        .contains("ipfs/" + report.cid().orElseThrow() + "@" + index.digest());
  }

  @Test
  void fetchesSeveralPlatformsOfANestedIndex() {
    ImageFixture image = bed.image();
    Part base = image.layer(1, 2500);
    Part amd64 = image.image("linux/amd64", base).forPlatform("linux/amd64");
    Part arm64 =
        image.image("linux/arm64/v8", base, image.layer(2, 2500)).forPlatform("linux/arm64");
    Part inner = image.index(amd64, arm64);
    Part outer = image.index(inner);

    FetchReport report =
        bed.succeed(Wanted.of(image.layout(outer)).platforms("linux/arm64", "linux/amd64"));

    assertThat(report.digest()).contains(outer.digest().toString());
    assertThat(report.platforms())
        .extracting(PlatformReport::platform, PlatformReport::layers)
        .containsExactly(tuple("linux/arm64", 2), tuple("linux/amd64", 1));
    // The layer that both have counts once.
    assertThat(report.bytes()).isBetween(5_000L, 7_400L);
    for (Part document : List.of(outer, inner, amd64, arm64)) {
      assertThat(bed.has(document)).isTrue();
    }
  }

  @Test
  void pinsTheManifestOfTheOnlyPlatformOfAFlatIndex() {
    ImageFixture image = bed.image();
    Part amd64 = image.image("linux/amd64", image.layer(1, 2500)).forPlatform("linux/amd64");
    Part arm64 = image.image("linux/arm64", image.layer(2, 2500)).forPlatform("linux/arm64");
    Cid cid = image.layout(amd64, arm64);

    assertThat(bed.succeed(Wanted.of(cid)).digest()).contains(amd64.digest().toString());
    assertThat(bed.succeed(Wanted.of(cid).platforms("linux/arm64/v8")).digest())
        .contains(arm64.digest().toString());
  }

  @Test
  void takesTheOnePlatformThatASparseIndexHas() {
    ImageFixture image = bed.image();
    Part amd64 = image.image("linux/amd64", image.layer(1, 2500)).forPlatform("linux/amd64");
    Part arm64 = image.image("linux/arm64", image.layer(2, 2500)).forPlatform("linux/arm64");

    bed.succeed(Wanted.of(image.without(arm64).layout(image.index(amd64, arm64))));
  }

  @Test
  void takesDockersMediaTypes() {
    ImageFixture image = bed.image();
    Part list = image.dockerList(image.dockerImage("linux/amd64", 1).forPlatform("linux/amd64"));

    FetchReport report = bed.succeed(Wanted.of(image.layout(list)));

    assertThat(report.mediaType()).contains(MediaTypes.DOCKER_LIST);
  }

  @Test
  void looksPastSignaturesAttestationsAndReferrersBesideTheImage() {
    ImageFixture image = bed.image();
    Part manifest = image.image("linux/amd64", image.layer(1, 2500));
    String tag = "sha256-" + manifest.digest().hex();
    Part signature =
        image.manifest(
            image.config("linux/amd64", 1, ""),
            List.of(image.layer(9, 50).typed("application/vnd.dev.cosign.simplesigning.v1+json")),
            "");
    Part attestation = image.image("unknown/unknown", image.layer(10, 60));
    Cid cid =
        image.layout(
            signature.annotated("org.opencontainers.image.ref.name", tag + ".sig"),
            signature.annotated("kind", "dev.cosignproject.cosign/sigs"),
            attestation.forPlatform("unknown/unknown"),
            attestation.annotated("vnd.docker.reference.type", "attestation-manifest"),
            image.index().annotated("org.opencontainers.image.ref.name", tag),
            signature.with("\"artifactType\":\"application/spdx+json\""),
            manifest);

    assertThat(bed.succeed(Wanted.of(cid)).digest()).contains(manifest.digest().toString());
  }

  @Test
  void looksPastAnAttestationInsideAnIndex() {
    ImageFixture image = bed.image();
    Part manifest = image.image("linux/amd64", image.layer(1, 2500)).forPlatform("linux/amd64");
    Part attestation =
        image.image("linux/amd64", image.layer(2, 60)).forPlatform("unknown/unknown");
    Part index = image.index(attestation, manifest);

    assertThat(bed.succeed(Wanted.of(image.layout(index))).digest())
        .contains(index.digest().toString());
    assertThat(bed.has(attestation)).isFalse();
  }

  @Test
  void fetchesALayoutBelowAPath() {
    ImageFixture image = bed.image();
    Part manifest = image.image("linux/amd64", image.layer(1, 2500));
    Cid layout = image.layout(manifest);
    Cid root = bed.dag.directory(Map.of("my images", bed.dag.directory(Map.of("app", layout))));

    FetchReport report = bed.succeed(Wanted.of("ipfs://" + root + "/my%20images/app"));

    // The image's own CID, so that all ways to it lead to one repository.
    assertThat(report.cid()).contains(layout.toString());
  }

  @Test
  void takesAnImageThatHasALayerTwice() {
    ImageFixture image = bed.image();
    Part layer = image.layer(1, 2500);

    FetchReport report =
        bed.succeed(Wanted.of(image.layout(image.image("linux/amd64", layer, layer))));

    assertThat(report.platforms().get(0).layers()).isEqualTo(2);
    assertThat(report.bytes()).isLessThan(5_000);
  }

  @Test
  void acceptsTheLayoutThatWasAskedForOnly() {
    ImageFixture image = bed.image();
    Part manifest = image.image("linux/amd64", image.layer(1, 2500));

    bed.succeed(Wanted.of(image.layout(manifest)).as(Layout.OCI_LAYOUT));
  }
}
