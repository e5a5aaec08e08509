package dev.ipfstee.fetcher.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.FetchReport.SourceReport;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bytes that aren't what a digest or a CID promises, and stores that can't take them. */
@Timeout(60)
class VerificationTest {
  @TempDir private Path directory;
  @AutoClose private TestBed bed;
  private ImageFixture image;

  @BeforeEach
  void open() {
    bed = new TestBed(directory);
    image = bed.image();
  }

  private FetchReport refuse(Cid cid, Reason reason) {
    FetchReport report = bed.refuse(Wanted.of(cid), reason);
    bed.assertTakesAnotherImage();
    return report;
  }

  private Cid other(Part part) {
    byte[] wrong = part.bytes().clone();
    Arrays.fill(wrong, (byte) '7');
    return image.file(wrong);
  }

  /** Which blob of an image is damaged. */
  enum Blob {
    LAYER,
    CONFIG,
    MANIFEST,
    INDEX
  }

  private Part chosen(Blob kind, Part layer, Part config, Part manifest, Part index) {
    return switch (kind) {
      case LAYER -> layer;
      case CONFIG -> config;
      case MANIFEST -> manifest;
      case INDEX -> index;
    };
  }

  @ParameterizedTest
  @EnumSource
  void refusesABlobWithAnotherDigestThanItsName(Blob kind) {
    Part layer = image.layer(1, 2500);
    Part config = image.config("linux/amd64", 1, "");
    Part manifest = image.manifest(config, List.of(layer), "").forPlatform("linux/amd64");
    Part index = image.index(manifest);
    Part damaged = chosen(kind, layer, config, manifest, index);

    FetchReport report =
        refuse(image.instead(damaged, other(damaged)).layout(index), Reason.DIGEST_MISMATCH);

    assertThat(report.message()).contains(damaged.digest().toString());
    // Content that is intact under its CID is the publisher's fault, and no gateway's.
    assertThat(report.sources())
        .singleElement()
        .satisfies(use -> assertThat(use.rejected()).isZero());
  }

  @ParameterizedTest
  @EnumSource
  void refusesABlobWithAnotherSizeThanItsDescriptorSays(Blob kind) {
    Part layer = image.layer(1, 2500);
    Part config = image.config("linux/amd64", 1, "");
    Part manifest = image.manifest(config, List.of(layer), "").forPlatform("linux/amd64");
    Part index = image.index(manifest);
    Part damaged = chosen(kind, layer, config, manifest, index);
    Cid longer = image.file(new String(damaged.bytes(), StandardCharsets.ISO_8859_1) + " and more");

    FetchReport report = refuse(image.instead(damaged, longer).layout(index), Reason.SIZE_MISMATCH);

    assertThat(report.message())
        .contains(damaged.digest().toString(), String.valueOf(damaged.size()));
  }

  @Test
  void refusesTwoSizesForOneBlob() {
    Part layer = image.layer(1, 2500);
    Part config = image.config("linux/amd64", 2, "");
    refuse(
        image.layout(image.manifest(config, List.of(layer, layer.sized(2501)), "")),
        Reason.SIZE_MISMATCH);
  }

  @Test
  void refusesARawCidThatContradictsTheDigestBeforeItAsksForIt() {
    image.shaped(ImageFixture.WHOLE);
    Part layer = image.layer(1, 2500);
    Cid wrong = other(layer);
    Part manifest =
        image.manifest(
            image.config("linux/amd64", 1, "").linkedTo("ipfs://" + configCid()),
            List.of(layer.linkedTo("ipfs://" + wrong)),
            "");

    FetchReport report =
        bed.refuse(
            Wanted.of(image.descriptorRoot(manifest.linkedTo("ipfs://" + manifest.cid()))),
            Reason.DIGEST_MISMATCH);

    assertThat(report.message()).contains(wrong.toString(), layer.digest().toString());
    assertThat(bed.requests()).noneMatch(request -> request.cid().equals(wrong));
    assertThat(report.layout()).contains("NerdctlDescriptor");
  }

  private Cid configCid() {
    return image.config("linux/amd64", 1, "").cid();
  }

  @Test
  void refusesADescriptorThatLeadsToOtherContent() {
    ImageFixture plain = bed.image();
    Part layer = plain.layer(1, 2500);
    Part config = plain.config("linux/amd64", 1, "");
    Part manifest =
        plain.manifest(
            config.linkedTo("ipfs://" + config.cid()),
            List.of(layer.linkedTo("ipfs://" + other(layer))),
            "");

    refuse(
        plain.descriptorRoot(manifest.linkedTo("ipfs://" + manifest.cid())),
        Reason.DIGEST_MISMATCH);
  }

  @Test
  void readsABlobUnderASha512Name() {
    byte[] json = image.image("linux/amd64", image.layer(1, 25)).bytes();
    Cid directoryOf512 =
        bed.dag.directory(
            Map.of(
                "oci-layout", image.file(ImageFixture.MARKER),
                "index.json",
                    image.file(
                        "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"%s\",\"digest\":\"sha512:%s\",\"size\":%d}]}"
                            .formatted(MediaTypes.OCI_MANIFEST, "0".repeat(128), json.length)),
                "blobs",
                    bed.dag.directory(
                        Map.of(
                            "sha512",
                            bed.dag.directory(Map.of("0".repeat(128), image.file(json)))))));

    assertThat(refuse(directoryOf512, Reason.DIGEST_MISMATCH).message()).contains("found sha512:");
  }

  @Test
  void endsWhenEveryGatewayLies() {
    Part layer = image.layer(1, 12_345);
    Cid cid = image.layout(image.image("linux/amd64", layer));
    Cid block = bed.dag.entity(layer.cid()).get(3).cid();
    HostileGateway one = bed.gateway().corrupt(block);
    HostileGateway two = bed.gateway().corrupt(block);

    FetchReport report = bed.refuse(Wanted.of(cid), Reason.BLOCK_MISMATCH);

    assertThat(report.message()).contains(one.host(), two.host());
    assertThat(report.sources())
        .hasSize(2)
        .allSatisfy(use -> assertThat(use.rejected()).isPositive());
    assertThat(report.digest()).isPresent();
    assertThat(bed.has(layer)).isFalse();
  }

  @Test
  void succeedsWhenOneGatewayLiesAndNamesIt() {
    Part layer = image.layer(1, 12_345);
    Cid cid = image.layout(image.image("linux/amd64", layer));
    HostileGateway liar = bed.gateway().corrupt(bed.dag.entity(layer.cid()).get(3).cid());
    HostileGateway honest = bed.gateway();

    FetchReport report = bed.succeed(Wanted.of(cid));

    assertThat(report.sources())
        .extracting(SourceReport::host)
        .containsExactly(liar.host(), honest.host());
    assertThat(report.sources().get(0).rejected()).isPositive();
    assertThat(report.sources().get(1).rejected()).isZero();
    assertThat(report.sources().get(1).bytes()).isPositive();
  }

  @Test
  void saysThatNoGatewayHasTheContent() {
    Part layer = image.layer(1, 2500);
    Cid cid = image.layout(image.image("linux/amd64", layer));
    bed.dag.remove(layer.cid());

    FetchReport report = bed.refuse(Wanted.of(cid), Reason.CONTENT_NOT_FOUND);

    assertThat(report.message()).contains(layer.cid().toString());
    assertThat(report.digest()).isPresent();
  }

  @Test
  void saysHowMuchRoomThereIsWhenTheDiskIsTooFull() throws IOException {
    Part layer = image.layer(1, 2500);
    Cid cid = image.layout(image.image("linux/amd64", layer));
    long volume = Files.getFileStore(bed.store).getTotalSpace();
    bed.keepFree(new MinFree(0, volume));

    FetchReport report = refuse(cid, Reason.DISK_FULL);

    assertThat(report.message())
        .contains("2500 bytes", volume + " of them are kept free", "--min-free");
    assertThat(report.bytes()).isGreaterThan(2500);
    assertThat(bed.has(layer)).isFalse();
  }

  @Test
  void saysThatTheStoresIndexIsCorrupt() throws IOException {
    Cid cid = image.layout(image.image("linux/amd64", image.layer(1, 25)));
    Files.writeString(bed.store.resolve("index.json"), "{\"schemaVersion\":2");

    FetchReport report = bed.refuse(Wanted.of(cid), Reason.STORE_CORRUPT);
    assertThat(report.message()).contains("index.json");

    Files.delete(bed.store.resolve("index.json"));
    bed.succeed(Wanted.of(cid));
  }
}
