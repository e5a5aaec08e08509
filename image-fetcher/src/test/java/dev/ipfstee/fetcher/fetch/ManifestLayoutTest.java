package dev.ipfstee.fetcher.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A bare image index or manifest, and where its blobs are. */
@Timeout(60)
class ManifestLayoutTest {
  @TempDir private Path directory;
  @AutoClose private TestBed bed;
  private ImageFixture image;

  @BeforeEach
  void open() {
    bed = new TestBed(directory);
    image = bed.image().shaped(ImageFixture.WHOLE);
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
  void findsTheBlobsOfAManifestByTheirDigests() {
    Part layer = image.layer(1, 2500);
    Part manifest = image.image("linux/amd64", layer);

    FetchReport report = bed.succeed(Wanted.of(manifest.cid()).as(Layout.MANIFEST));

    assertThat(report.layout()).contains("Manifest");
    assertThat(report.cid()).contains(manifest.cid().toString());
    assertThat(report.digest()).contains(manifest.digest().toString());
    assertThat(report.mediaType()).contains(MediaTypes.OCI_MANIFEST);
    assertThat(bed.blob(manifest.digest())).hasBinaryContent(manifest.bytes());
    assertThat(bed.has(layer)).isTrue();
  }

  @Test
  void findsTheManifestsOfAnIndexByTheirDigests() {
    Part amd64 = amd64().forPlatform("linux/amd64");
    Part arm64 = image.image("linux/arm64", image.layer(2, 2500)).forPlatform("linux/arm64");
    Part index = image.index(amd64, arm64);
    bed.dag.remove(arm64.cid());

    FetchReport report = bed.succeed(Wanted.of(index.cid()));

    assertThat(report.layout()).contains("Manifest");
    assertThat(report.digest()).contains(index.digest().toString());
    assertThat(report.mediaType()).contains(MediaTypes.OCI_INDEX);
    assertThat(bed.blob(index.digest())).hasBinaryContent(index.bytes());
  }

  @Test
  void findsBlobsByTheirUrlsHoweverTheyWereAdded() {
    image.shaped(TestDag.Shape.KUBO_DEFAULT).linked();
    Part layer = image.layer(1, 12_345);
    Part index = image.index(image.image("linux/amd64", layer).forPlatform("linux/amd64"));

    FetchReport report = bed.succeed(Wanted.of(index.cid()));

    assertThat(report.layout()).contains("Manifest");
    assertThat(report.digest()).contains(index.digest().toString());
    assertThat(bed.has(layer)).isTrue();
  }

  @Test
  void findsSomeBlobsByUrlAndOthersByDigest() {
    Part config = image.config("linux/amd64", 2, "");
    Part small = image.layer(1, 2500);
    Part large = image.shaped(TestDag.Shape.RAW_LEAVES).layer(2, 9_000);
    Part manifest =
        image.manifest(config, List.of(small, large.linkedTo("ipfs://" + large.cid())), "");

    bed.succeed(Wanted.of(manifest.cid()));

    assertThat(bed.has(small)).isTrue();
    assertThat(bed.has(large)).isTrue();
  }

  @Test
  void takesADocumentOfSeveralBlocksUnderAnyCid() {
    Part config = image.config("linux/amd64", 1, "");
    Part layer = image.layer(1, 2500);
    image.shaped(new TestDag.Shape(100, 5, false, true, false));
    Part manifest = image.manifest(config, List.of(layer), "");

    FetchReport report = bed.succeed(Wanted.of(manifest.cid()));

    assertThat(report.digest()).contains(manifest.digest().toString());
  }

  @Test
  void takesDockersMediaTypes() {
    Part list = image.dockerList(image.dockerImage("linux/amd64", 1).forPlatform("linux/amd64"));

    assertThat(bed.succeed(Wanted.of(list.cid())).mediaType()).contains(MediaTypes.DOCKER_LIST);
    assertThat(bed.succeed(Wanted.of(image.dockerImage("linux/amd64", 2).cid())).mediaType())
        .contains(MediaTypes.DOCKER_MANIFEST);
  }

  @Test
  void infersTheMediaTypeThatADocumentKeepsToItself() {
    Part manifest = amd64();
    Part silent =
        image.part(
            MediaTypes.OCI_MANIFEST,
            manifest.text().replace("\"mediaType\":\"" + MediaTypes.OCI_MANIFEST + "\",", ""));
    Part index = image.index(silent.forPlatform("linux/amd64"));
    Part silentIndex =
        image.part(
            MediaTypes.OCI_INDEX,
            index.text().replace("\"mediaType\":\"" + MediaTypes.OCI_INDEX + "\",", ""));
    assertThat(silentIndex.size()).isLessThan(index.size());

    assertThat(bed.succeed(Wanted.of(silent.cid())).mediaType()).contains(MediaTypes.OCI_MANIFEST);
    assertThat(bed.succeed(Wanted.of(silentIndex.cid())).mediaType())
        .contains(MediaTypes.OCI_INDEX);
  }

  @Test
  void asksNobodyForTheSameImageTwice() {
    Part index = image.index(amd64().forPlatform("linux/amd64"));
    FetchReport first = bed.succeed(Wanted.of(index.cid()));
    int before = bed.requests().size();

    FetchReport second = bed.succeed(Wanted.of(index.cid()).as(Layout.MANIFEST));

    assertThat(bed.requests()).hasSize(before);
    assertThat(second.fetchedBytes()).isZero();
    assertThat(second.digest()).isEqualTo(first.digest());
    assertThat(second.layout()).isEqualTo(first.layout());
  }

  @Test
  void saysWhichBlobNobodyHas() {
    Part layer = image.layer(1, 2500);
    Part manifest = image.image("linux/amd64", layer);
    bed.dag.remove(layer.cid());

    FetchReport report = refuse(manifest.cid(), Reason.CONTENT_NOT_FOUND);

    assertThat(report.message())
        .contains("blob '" + layer.digest() + "'", "by its digest", "no ipfs:// url");
    assertThat(report.digest()).contains(manifest.digest().toString());
  }

  @Test
  void saysThatNoDigestImpliesTheCidOfALargeBlob() {
    Part layer = image.shaped(TestDag.Shape.RAW_LEAVES).layer(1, (2 << 20) + 1);
    Part manifest = image.shaped(ImageFixture.WHOLE).image("linux/amd64", layer);

    FetchReport report = refuse(manifest.cid(), Reason.BLOB_MISSING);

    assertThat(report.message()).contains(layer.digest().toString(), "2097153", "2097152");
  }

  @Test
  void refusesABlobOfAnotherSizeThanItsDescriptorSays() {
    Part layer = image.layer(1, 2500).sized(2501);
    refuse(image.image("linux/amd64", layer).cid(), Reason.SIZE_MISMATCH);
  }

  @Test
  void refusesALinkedBlobWithAnotherDigest() {
    image.linked();
    Part other = image.layer(2, 2500);
    Part layer = image.layer(1, 2500);
    Part lying =
        new Part(layer.mediaType(), layer.digest(), 2500, layer.bytes(), layer.cid(), "")
            .linkedTo("ipfs://" + other.cid());
    refuse(image.image("linux/amd64", lying).cid(), Reason.DIGEST_MISMATCH);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ipfs://CID/../../etc/passwd", "ipfs://../x", "ipfs://", "ipfs://CID?a"})
  void refusesUrlsThatAreMoreThanACid(String url) {
    Part layer = image.layer(1, 2500);
    refuse(
        image
            .image("linux/amd64", layer.linkedTo(url.replace("CID", layer.cid().toString())))
            .cid(),
        Reason.MALFORMED_MANIFEST);
  }

  @Test
  void refusesHttpUrls() {
    refuse(
        image
            .image("linux/amd64", image.layer(1, 2500).linkedTo("https://evil.example/layer"))
            .cid(),
        Reason.FOREIGN_URLS);
  }

  @Test
  void refusesADocumentThatIsIndexAndManifest() {
    Part manifest = amd64();
    String both = manifest.text().replaceFirst("\\{", "{\"manifests\":[],");
    refuse(image.file(both), Reason.MALFORMED_MANIFEST);
  }

  @Test
  void refusesADocumentThatIsDescriptorAndManifest() {
    Part manifest = amd64();
    String both =
        manifest
            .text()
            .replaceFirst(
                "\\{",
                "{\"digest\":\"" + manifest.digest() + "\",\"size\":" + manifest.size() + ",");

    assertThat(refuse(image.file(both), Reason.LAYOUT_AMBIGUOUS).message())
        .contains("descriptor", "manifest");
  }

  @Test
  void refusesSchema1() {
    Cid cid =
        image.file(
            "{\"schemaVersion\":1,\"name\":\"a\",\"tag\":\"latest\",\"fsLayers\":[],"
                + "\"history\":[],\"signatures\":[]}");

    assertThat(refuse(cid, Reason.MEDIA_TYPE_REJECTED).message()).contains("v1+prettyjws");
  }

  @Test
  void refusesAnotherMediaTypeThanThatOfAnImage() {
    String other = "application/vnd.oci.artifact.manifest.v1+json";
    Cid cid = image.file(amd64().text().replace(MediaTypes.OCI_MANIFEST, other));

    assertThat(refuse(cid, Reason.MEDIA_TYPE_REJECTED).message()).contains(other);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\"}",
        "{\"schemaVersion\":2,\"manifests\":{}}",
        "{\"schemaVersion\":2,\"manifests\":[],\"Manifests\":[]}",
        "{\"schemaVersion\":1,\"manifests\":[]}",
        "{\"schemaVersion\":2,\"manifests\":[],\"manifests\":[]}",
        "{\"schemaVersion\":2,\"manifests\":[]} {}",
        "{\"schemaVersion\":2,\"layers\":[],\"config\":{}}",
        "{\"schemaVersion\":2,\"mediaType\":7,\"manifests\":[]}"
      })
  void refusesAMalformedDocument(String json) {
    refuse(image.file(json), Reason.MALFORMED_MANIFEST);
  }

  @Test
  void refusesADocumentThatIsTooLargeForOne() {
    image.shaped(new TestDag.Shape(1 << 20, 174, true, false, false));
    String json = amd64().text();

    FetchReport report =
        refuse(image.file(json + " ".repeat((4 << 20) + 1)), Reason.LAYOUT_UNRECOGNIZED);

    assertThat(report.message()).contains("at most 4 MiB");
    bed.succeed(Wanted.of(image.file(json + " ".repeat((4 << 20) - json.length()))));
  }

  @Test
  void refusesADescriptorThatIsTooLargeForOne() {
    image.linked();
    String json = amd64().json();

    refuse(image.file(json + " ".repeat(64 << 10)), Reason.MANIFEST_TOO_LARGE);
  }

  @Test
  void refusesALyingGatewaysBlob() {
    Part layer = image.layer(1, 2500);
    Part manifest = image.image("linux/amd64", layer);
    HostileGateway gateway = bed.gateway();
    gateway.corrupt(layer.cid());

    FetchReport report = refuse(manifest.cid(), Reason.BLOCK_MISMATCH);

    assertThat(report.sources().get(0).rejected()).isPositive();
  }

  @Test
  void pinsTheDigestOfTheBytesAndNotThatOfTheCid() {
    Part manifest = amd64();
    Digest expected = manifest.digest();
    Cid cid = image.shaped(TestDag.Shape.KUBO_DEFAULT).file(manifest.text());
    assertThat(cid).isNotEqualTo(manifest.cid());

    bed.succeed(Wanted.of(cid).expecting(expected));
    bed.refuse(
        Wanted.of(cid)
            .expecting(Digest.of(Digest.Algorithm.SHA256, "x".getBytes(StandardCharsets.UTF_8))),
        Reason.UNEXPECTED_DIGEST);
  }
}
