package dev.ipfstee.fetcher.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.TestCar;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.Reason;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CAR files as the content of a CID. */
@Timeout(60)
class CarLayoutTest {
  @TempDir private Path directory;
  @AutoClose private TestBed bed;
  private final TestDag inner = new TestDag();
  private ImageFixture image;
  private Part layer;
  private Part manifest;
  private Cid layout;

  @BeforeEach
  void open() {
    bed = new TestBed(directory);
    image = new ImageFixture(inner).shaped(TestDag.Shape.RAW_LEAVES);
    layer = image.layer(1, 30_000);
    manifest = image.image("linux/amd64", layer);
    layout = image.layout(manifest);
  }

  @AfterEach
  void takesAnotherImage() {
    bed.assertTakesAnotherImage();
  }

  private Cid publish(byte[] car) {
    return bed.dag.file(car, new TestDag.Shape(10_000, 6, true, false, false));
  }

  private FetchReport refuse(byte[] car, Reason reason) {
    return bed.refuse(Wanted.of(publish(car)), reason);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void fetchesTheLayoutInACar(int version) {
    byte[] car = TestCar.of(inner, List.of(layout));

    FetchReport report = bed.succeed(Wanted.of(publish(version == 1 ? car : TestCar.v2(car))));

    assertThat(report.layout()).contains("Car");
    assertThat(report.digest()).contains(manifest.digest().toString());
    assertThat(bed.blob(layer.digest())).hasBinaryContent(layer.bytes());
  }

  @Test
  void fetchesTheArchiveInACar() {
    TarBytes tar = new TarBytes();
    image.parts().forEach(p -> tar.file("blobs/sha256/" + p.digest().hex(), p.bytes()));
    tar.file("index.json", "{\"schemaVersion\":2,\"manifests\":[" + manifest.json() + "]}")
        .file("oci-layout", ImageFixture.MARKER);
    Cid archive = inner.file(tar.toBytes(), TestDag.Shape.KUBO_DEFAULT);

    FetchReport report = bed.succeed(Wanted.of(publish(TestCar.of(inner, List.of(archive)))));

    assertThat(report.digest()).contains(manifest.digest().toString());
  }

  @Test
  void fetchesByTheCidOfACar() {
    byte[] car = TestCar.of(inner, List.of(layout));
    Cid cid = bed.dag.block(Cid.Codec.CAR, car);
    assertThat(cid.toString()).startsWith("bagbaiera");

    FetchReport report = bed.succeed(Wanted.of(cid).as(Layout.CAR));

    assertThat(report.cid()).contains(cid.toString());
    assertThat(report.digest()).contains(manifest.digest().toString());
  }

  @Test
  void refusesACarWithoutOneRoot() {
    refuse(TestCar.of(inner, List.of()), Reason.LAYOUT_UNRECOGNIZED);
    Cid other = inner.file(new byte[10], TestDag.Shape.RAW_LEAVES);
    refuse(TestCar.of(inner, List.of(layout, other)), Reason.LAYOUT_AMBIGUOUS);
  }

  @Test
  void refusesACarWithinACar() {
    Cid nested = inner.file(TestCar.of(inner, List.of(layout)), TestDag.Shape.RAW_LEAVES);

    assertThat(refuse(TestCar.of(inner, List.of(nested)), Reason.LAYOUT_UNRECOGNIZED).message())
        .contains("within a CAR");
  }

  @Test
  void refusesACarThatIsIncompleteOrWrong() {
    byte[] car = TestCar.of(inner, List.of(layout));
    refuse(Arrays.copyOf(car, car.length - 10), Reason.MALFORMED_ARCHIVE);
    byte[] wrong = car.clone();
    wrong[wrong.length - 1] ^= 1;
    refuse(wrong, Reason.MALFORMED_ARCHIVE);
    byte[] outside = TestCar.v2(car);
    outside[11 + 16 + 8 + 7] = 1; // The size of the data.
    refuse(outside, Reason.MALFORMED_ARCHIVE);

    inner.remove(inner.entity(layer.cid()).get(3).cid());
    assertThat(refuse(TestCar.of(inner, List.of(layout)), Reason.BLOB_MISSING).message())
        .contains("the CAR lacks it");
  }
}
