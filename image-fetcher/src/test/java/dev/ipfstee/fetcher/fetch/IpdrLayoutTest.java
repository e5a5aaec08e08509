package dev.ipfstee.fetcher.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.Reason;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Directories as IPDR and image2ipfs write them, and as they shouldn't be. */
@Timeout(60)
class IpdrLayoutTest {
  private static final String DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip";
  private static final String SCHEMA_1 =
      "{\"schemaVersion\":1,\"name\":\"app\",\"tag\":\"latest\",\"architecture\":\"amd64\","
          + "\"fsLayers\":[],\"history\":[],\"signatures\":[]}";

  @TempDir private Path directory;
  @AutoClose private TestBed bed;
  private ImageFixture image;
  private Part layer;
  private Part config;
  private Part manifest;
  private final Map<String, Cid> manifests = new HashMap<>();
  private final Map<String, Cid> blobs = new HashMap<>();
  private int fanout;

  @BeforeEach
  void open() {
    bed = new TestBed(directory);
    image = bed.image();
    layer = image.layer(1, 12_345).typed(DOCKER_LAYER);
    config = image.config("linux/amd64", 1, "").typed(MediaTypes.DOCKER_CONFIG);
    manifest = docker(config, layer);
    manifests.put("latest", manifest.cid());
    put(layer);
    put(config);
  }

  @AfterEach
  void takesAnotherImage() {
    bed.assertTakesAnotherImage();
  }

  private Part docker(Part itsConfig, Part itsLayer) {
    return image.part(
        MediaTypes.DOCKER_MANIFEST,
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}"
            .formatted(MediaTypes.DOCKER_MANIFEST, itsConfig.json(), itsLayer.json()));
  }

  private void put(Part blob) {
    blobs.put(blob.digest().toString(), blob.cid());
  }

  private Cid ipdr() {
    return bed.dag.directory(entries());
  }

  private Map<String, Cid> entries() {
    return Map.of(
        "manifests",
        bed.dag.directory(manifests),
        "blobs",
        fanout == 0 ? bed.dag.directory(blobs) : bed.dag.hamt(blobs, fanout));
  }

  private FetchReport refuse(Reason reason) {
    return bed.refuse(Wanted.of(ipdr()), reason);
  }

  @ParameterizedTest
  @CsvSource({"false, 0", "true, 0", "false, 256"})
  void fetchesADirectoryThatIpdrPushed(boolean rawLeaves, int blobsFanout) {
    image.shaped(rawLeaves ? TestDag.Shape.RAW_LEAVES : TestDag.Shape.KUBO_DEFAULT);
    fanout = blobsFanout;
    manifests.put("v1.2", manifest.cid());
    manifests.put(manifest.digest().toString(), image.file(manifest.text()));
    Cid cid = ipdr();

    FetchReport report = bed.succeed(Wanted.of(cid).as(Layout.IPDR));

    assertThat(report.layout()).contains("Ipdr");
    assertThat(report.cid()).contains(cid.toString());
    assertThat(report.digest()).contains(manifest.digest().toString());
    assertThat(report.mediaType()).contains(MediaTypes.DOCKER_MANIFEST);
    assertThat(bed.blob(manifest.digest())).hasBinaryContent(manifest.bytes());
    assertThat(bed.has(layer)).isTrue();
    assertThat(bed.has(config)).isTrue();
  }

  @Test
  void fetchesADirectoryOfImage2ipfsBelowItsName() {
    manifests.clear();
    manifests.put("latest-v2", manifest.cid());
    manifests.put("latest-v1", image.file(SCHEMA_1));
    Cid cid = ipdr();

    FetchReport report = bed.succeed(Wanted.of(bed.dag.directory(Map.of("busybox", cid))));

    assertThat(report.layout()).contains("Ipdr");
    // The image's own CID, so that both ways to it lead to one repository.
    assertThat(report.cid()).contains(cid.toString());
    assertThat(report.digest()).contains(manifest.digest().toString());
  }

  @Test
  void findsAConfigInADirectoryOfItsNameAsIpdrsFirstVersionsPutIt() {
    manifests.clear();
    manifests.put("latest-v2", manifest.cid());
    blobs.put(
        config.digest().toString(),
        bed.dag.directory(Map.of(config.digest().hex() + ".json", config.cid())));

    bed.succeed(Wanted.of(ipdr()));
  }

  @Test
  void asksNobodyForTheSameImageTwice() {
    Cid cid = bed.dag.directory(Map.of("default", ipdr()));
    FetchReport first = bed.succeed(Wanted.of(cid));
    int before = bed.requests().size();

    FetchReport second = bed.succeed(Wanted.of(cid).as(Layout.IPDR));

    assertThat(bed.requests()).hasSize(before);
    assertThat(second.fetchedBytes()).isZero();
    assertThat(second.digest()).isEqualTo(first.digest());
    assertThat(second.cid()).isEqualTo(first.cid());
    assertThat(second.layout()).isEqualTo(first.layout());
  }

  @Test
  void refusesToChooseAmongTwoManifests() {
    Part other = docker(config, image.layer(2, 25).typed(DOCKER_LAYER));
    manifests.put("v2", other.cid());

    assertThat(refuse(Reason.LAYOUT_AMBIGUOUS).message())
        .contains(manifest.digest().toString(), other.digest().toString());
  }

  @Test
  void aTagChoosesAmongManifests() {
    Part other = docker(config, image.layer(2, 25).typed(DOCKER_LAYER));
    blobs.put(image.layer(2, 25).digest().toString(), image.layer(2, 25).cid());
    manifests.put("v2", other.cid());
    Cid cid = ipdr();

    assertThat(bed.succeed(Wanted.of(cid).named("v2")).digest())
        .contains(other.digest().toString());
    assertThat(bed.succeed(Wanted.of(cid).named("latest")).digest())
        .contains(manifest.digest().toString());
    assertThat(bed.refuse(Wanted.of(cid).named("v3"), Reason.REF_NAME_MISSING).message())
        .contains("'latest', ", "'v2'");
  }

  @Test
  void refusesSchema1() {
    manifests.put("latest", image.file(SCHEMA_1));

    assertThat(refuse(Reason.MEDIA_TYPE_REJECTED).message()).contains("v1+prettyjws");
  }

  @Test
  void saysWhichBlobIsMissing() {
    blobs.remove(layer.digest().toString());
    Cid cid = ipdr();

    FetchReport report = bed.refuse(Wanted.of(cid), Reason.BLOB_MISSING);

    assertThat(report.message()).contains(layer.digest().toString(), cid.toString());
    assertThat(report.digest()).contains(manifest.digest().toString());
  }

  @Test
  void saysThatTheConfigIsMissing() {
    blobs.put(config.digest().toString(), bed.dag.directory(Map.of("other.json", config.cid())));
    refuse(Reason.BLOB_MISSING);

    Cid empty = bed.dag.directory(Map.of());
    blobs.put(
        config.digest().toString(),
        bed.dag.directory(Map.of(config.digest().hex() + ".json", empty)));
    refuse(Reason.BLOB_MISSING);
  }

  @Test
  void refusesABlobWithAnotherDigest() {
    byte[] wrong = layer.bytes().clone();
    wrong[7] ^= 1;
    blobs.put(layer.digest().toString(), image.file(wrong));
    refuse(Reason.DIGEST_MISMATCH);
  }

  @Test
  void refusesABlobOfAnotherSize() {
    blobs.put(layer.digest().toString(), image.file("short"));
    refuse(Reason.SIZE_MISMATCH);
  }

  @Test
  void refusesAManifestUnderTheNameOfAnotherDigest() {
    manifests.put(layer.digest().toString(), manifest.cid());

    assertThat(refuse(Reason.DIGEST_MISMATCH).message())
        .contains(layer.digest().toString(), manifest.digest().toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"sha256:../../etc/passwd", "..", "a/b"})
  void refusesNamesThatLeadOutOfTheDirectory(String name) {
    manifests.put(name, manifest.cid());
    refuse(Reason.MALFORMED_DAG);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sha256:00", ".hidden", "a b", "..\\..\\x", "li\u001b[31mnux", "%2e%2e"})
  void refusesNamesThatAreNeitherTagNorDigest(String name) {
    manifests.put(name, manifest.cid());

    assertThat(refuse(Reason.MALFORMED_MANIFEST).message())
        .contains("neither a tag nor a digest")
        .doesNotContain("\u001b");
  }

  @Test
  void refusesNamesOfBlobsThatLeadOutOfTheDirectory() {
    blobs.put("../../etc/passwd", layer.cid());
    refuse(Reason.MALFORMED_DAG);
  }

  @Test
  void refusesADirectoryInAManifestsPlace() {
    manifests.put("v2", bed.dag.directory(Map.of()));
    refuse(Reason.MALFORMED_MANIFEST);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "hello", "{\"digest\":7}", ""})
  void refusesAFileThatIsNoManifest(String text) {
    manifests.put("v2", image.file(text));
    refuse(Reason.MALFORMED_MANIFEST);
  }

  @Test
  void refusesAManifestThatIsTooLarge() {
    image.shaped(new TestDag.Shape(1 << 20, 174, true, false, false));
    manifests.put("latest", image.file(manifest.text() + " ".repeat(4 << 20)));
    refuse(Reason.MANIFEST_TOO_LARGE);
  }

  @Test
  void refusesTooManyManifests() {
    for (int i = 0; i < 16; i++) {
      manifests.put("v" + i, manifest.cid());
    }
    refuse(Reason.DAG_TOO_LARGE);
  }

  @Test
  void refusesADirectoryWithoutAManifest() {
    manifests.clear();
    refuse(Reason.LAYOUT_UNRECOGNIZED);
  }

  @Test
  void refusesTwoFilesOfTheNamesOfItsDirectories() {
    Cid file = image.file("x");
    bed.refuse(
        Wanted.of(bed.dag.directory(Map.of("manifests", file, "blobs", file))),
        Reason.LAYOUT_UNRECOGNIZED);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void looksOnlyBelowTheOnlyEntryAndOnlyOneLevelDeep(boolean two) {
    Cid inner = ipdr();
    Cid cid =
        two
            ? bed.dag.directory(Map.of("a", inner, "b", inner))
            : bed.dag.directory(Map.of("a", bed.dag.directory(Map.of("b", inner))));
    bed.refuse(Wanted.of(cid), Reason.LAYOUT_UNRECOGNIZED);
  }

  @Test
  void refusesADirectoryThatIsAnOciLayoutTooWhicheverIsNamed() {
    Part other = image.image("linux/amd64", image.layer(3, 25));
    Map<String, Cid> both = new HashMap<>(entries());
    both.put("oci-layout", image.file(ImageFixture.MARKER));
    both.put(
        "index.json", image.file("{\"schemaVersion\":2,\"manifests\":[" + other.json() + "]}"));
    Cid cid = bed.dag.directory(both);

    assertThat(bed.refuse(Wanted.of(cid), Reason.LAYOUT_AMBIGUOUS).message())
        .contains("OCI image layout", "IPDR");
    // Named or not, the answer is the same: a stored one must not answer what would be refused.
    bed.refuse(Wanted.of(cid).as(Layout.IPDR), Reason.LAYOUT_AMBIGUOUS);
    bed.refuse(Wanted.of(cid).as(Layout.OCI_LAYOUT), Reason.LAYOUT_AMBIGUOUS);
  }

  @Test
  void takesAnOciLayoutForWhatItIsBesideAnUnrelatedDirectory() {
    Part other = image.image("linux/amd64", image.layer(3, 25));
    Map<String, Cid> more = new HashMap<>();
    more.put("oci-layout", image.file(ImageFixture.MARKER));
    more.put(
        "index.json", image.file("{\"schemaVersion\":2,\"manifests\":[" + other.json() + "]}"));
    more.put("manifests", bed.dag.directory(Map.of("deployment.yaml", image.file("x"))));
    more.put("blobs", bed.dag.directory(Map.of("sha256", image.blobs())));

    FetchReport report = bed.succeed(Wanted.of(bed.dag.directory(more)));

    assertThat(report.layout()).contains("OciLayout");
    assertThat(report.digest()).contains(other.digest().toString());
  }
}
