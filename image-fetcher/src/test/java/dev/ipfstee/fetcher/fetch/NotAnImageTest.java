package dev.ipfstee.fetcher.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.Reason;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Content that is intact, and no image or not the one asked for. */
@Timeout(60)
class NotAnImageTest {
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

  private Part amd64() {
    return image.image("linux/amd64", image.layer(1, 2500));
  }

  @Test
  void saysThatAPathIsAbsent() {
    Cid layout = image.layout(amd64());

    FetchReport report = bed.refuse(Wanted.of("ipfs://" + layout + "/app"), Reason.PATH_NOT_FOUND);

    assertThat(report.message()).contains("'app'");
    assertThat(report.cid()).isEmpty();
    assertThat(report.sources())
        .singleElement()
        .satisfies(use -> assertThat(use.bytes()).isPositive());
  }

  @Test
  void saysWhichBlobALayoutLacks() {
    Part layer = image.layer(1, 2500);
    Part manifest = image.image("linux/amd64", layer);
    Cid layout = image.without(layer).layout(manifest);

    FetchReport report = refuse(layout, Reason.BLOB_MISSING);

    assertThat(report.message()).contains(layer.digest().toString());
    assertThat(report.cid()).contains(layout.toString());
    assertThat(report.layout()).contains("OciLayout");
    assertThat(report.digest()).contains(manifest.digest().toString());
    assertThat(report.platforms()).hasSize(1);
  }

  @Test
  void saysThatTheManifestIsMissing() {
    Part manifest = amd64();
    refuse(image.without(manifest).layout(manifest), Reason.BLOB_MISSING);
  }

  @Test
  void saysThatBlobsAreMissingAltogether() {
    Cid layout =
        bed.dag.directory(
            Map.of(
                "oci-layout", image.file(ImageFixture.MARKER),
                "index.json",
                    image.file("{\"schemaVersion\":2,\"manifests\":[" + amd64().json() + "]}")));
    refuse(layout, Reason.BLOB_MISSING);
  }

  @Test
  void takesADirectoryInABlobsPlaceForAMissingBlob() {
    Part layer = image.layer(1, 2500);
    Part manifest = image.image("linux/amd64", layer);
    refuse(image.instead(layer, bed.dag.directory(Map.of())).layout(manifest), Reason.BLOB_MISSING);
  }

  @Test
  void refusesADirectoryWithoutIndexJson() {
    Cid cid =
        bed.dag.directory(
            Map.of("oci-layout", image.file(ImageFixture.MARKER), "readme", image.file("x")));

    assertThat(refuse(cid, Reason.LAYOUT_UNRECOGNIZED).message()).contains("index.json");
  }

  @Test
  void refusesADirectoryWithoutItsMarker() {
    Cid cid = bed.dag.directory(Map.of("index.json", image.file("{}")));

    assertThat(refuse(cid, Reason.LAYOUT_UNRECOGNIZED).message()).contains("oci-layout");
  }

  @Test
  void refusesAMarkerThatIsADirectory() {
    Cid empty = bed.dag.directory(Map.of());
    refuse(
        bed.dag.directory(Map.of("oci-layout", empty, "index.json", empty)),
        Reason.LAYOUT_UNRECOGNIZED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"hello\n", "", " {}", "[]", "<html>", "{}", "{\"a\":1}"})
  void refusesAFileThatIsNoDescriptor(String text) {
    refuse(image.file(text), Reason.LAYOUT_UNRECOGNIZED);
  }

  @Test
  void refusesAnArchive() {
    image.shaped(ImageFixture.WHOLE);
    assertThat(refuse(image.file(new byte[100_000]), Reason.LAYOUT_UNRECOGNIZED).message())
        .contains("isn't JSON");
    assertThat(refuse(image.file(new byte[5_000_000]), Reason.LAYOUT_UNRECOGNIZED).message())
        .contains("5000000");
  }

  @Test
  void refusesASymbolicLink() {
    Cid link =
        bed.dag.dagPb(
            bed.dag.node(List.of(), TestDag.unixFs(4, new byte[] {'x'}, -1)), List.of(), 0, true);
    refuse(link, Reason.LAYOUT_UNRECOGNIZED);
  }

  @Test
  void refusesAnotherVersionOfTheLayout() {
    Cid cid = image.marker("{\"imageLayoutVersion\":\"2.0.0\"}").layout(amd64());

    assertThat(refuse(cid, Reason.LAYOUT_UNRECOGNIZED).message()).contains("2.0.0");
  }

  @Test
  void refusesAnotherLayoutThanTheOneAskedFor() {
    Cid layout = image.layout(amd64());
    FetchReport report =
        bed.refuse(Wanted.of(layout).as(Layout.NERDCTL_DESCRIPTOR), Reason.LAYOUT_UNRECOGNIZED);
    assertThat(report.message()).contains("NerdctlDescriptor", "OciLayout");

    ImageFixture linked = bed.image().linked();
    Cid descriptor = linked.descriptorRoot(linked.image("linux/amd64", linked.layer(1, 10)));
    bed.refuse(Wanted.of(descriptor).as(Layout.OCI_LAYOUT), Reason.LAYOUT_UNRECOGNIZED);
    bed.refuse(Wanted.of(descriptor).as(Layout.MANIFEST), Reason.LAYOUT_UNRECOGNIZED);
  }

  @Test
  void refusesALayoutThatNamesNothing() {
    refuse(image.layout(), Reason.LAYOUT_UNRECOGNIZED);
  }

  @Test
  void refusesALayoutThatNamesOnlyASignature() {
    Part signature = amd64().annotated("kind", "dev.cosignproject.cosign/sigs");

    assertThat(refuse(image.layout(signature), Reason.LAYOUT_UNRECOGNIZED).message())
        .contains("signatures");
  }

  @Test
  void refusesToChooseAmongTwoImages() {
    Part one = amd64();
    Part two = image.image("linux/amd64", image.layer(2, 2500));

    FetchReport report = refuse(image.layout(one, two), Reason.LAYOUT_AMBIGUOUS);

    assertThat(report.message()).contains(one.digest().toString(), two.digest().toString());
    assertThat(report.digest()).isEmpty();
    assertThat(report.layout()).contains("OciLayout");
  }

  @Test
  void refusesToChooseAmongTwoManifestsForOnePlatform() {
    Part one = amd64().forPlatform("linux/amd64");
    Part two = image.image("linux/amd64", image.layer(2, 2500)).forPlatform("linux/amd64");

    refuse(image.layout(image.index(one, two)), Reason.LAYOUT_AMBIGUOUS);
  }

  @Test
  void refusesToChooseAmongTwoSpellingsOfOnePlatform() {
    Part one = image.image("linux/arm64", image.layer(1, 25)).forPlatform("linux/arm64");
    Part two = image.image("linux/arm64", image.layer(2, 25)).forPlatform("linux/arm64/v8");

    bed.refuse(
        Wanted.of(image.layout(image.index(one, two))).platforms("linux/arm64"),
        Reason.LAYOUT_AMBIGUOUS);
  }

  @Test
  void refusesSeveralPlatformsOfAFlatIndex() {
    Part one = amd64().forPlatform("linux/amd64");
    Part two = image.image("linux/arm64", image.layer(2, 25)).forPlatform("linux/arm64");

    bed.refuse(
        Wanted.of(image.layout(one, two)).platforms("linux/amd64", "linux/arm64"),
        Reason.LAYOUT_AMBIGUOUS);
  }

  @Test
  void saysWhichPlatformsThereAreInsteadOfAMissingOne() {
    Part one = amd64().forPlatform("linux/amd64");
    Part two = image.image("linux/arm/v6", image.layer(2, 25)).forPlatform("linux/arm/v6");

    FetchReport report =
        bed.refuse(
            Wanted.of(image.layout(image.index(one, two)))
                .platforms("linux/amd64", "linux/riscv64"),
            Reason.PLATFORM_MISSING);

    assertThat(report.message()).contains("platform linux/riscv64", "linux/amd64, linux/arm/v6");
    assertThat(report.platforms()).isEmpty();
  }

  @Test
  void saysWhatThereIsWhereNotEvenOnePlatformIs() {
    Cid layout = image.layout(image.index(amd64().forPlatform("linux/amd64")));

    assertThat(
            bed.refuse(
                    Wanted.of(layout).anyPlatformOf("linux/arm64", "linux/riscv64"),
                    Reason.PLATFORM_MISSING)
                .message())
        .isEqualTo("failed to find platform linux/arm64, linux/riscv64: the image has linux/amd64");
  }

  @Test
  void readsThePlatformInTheConfigWhereNoDescriptorSaysIt() {
    FetchReport report =
        bed.refuse(
            Wanted.of(image.layout(amd64())).platforms("linux/arm64"), Reason.PLATFORM_MISSING);

    assertThat(report.message()).contains("the image has linux/amd64");
  }

  @Test
  void showsNoControlCharactersOfPlatforms() {
    Part odd =
        amd64().with("\"platform\":{\"os\":\"li\\u001b[31mnux\",\"architecture\":\"amd64\"}");

    assertThat(refuse(image.layout(image.index(odd)), Reason.PLATFORM_MISSING).message())
        .contains("\\u001b")
        .doesNotContain("\u001b");
  }

  @Test
  void saysThatAnEmptyIndexHasNoPlatform() {
    refuse(image.layout(image.index()), Reason.PLATFORM_MISSING);
  }
}
