package dev.ipfstee.fetcher.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.Reason;
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

/** Documents that two readers could understand differently, or that nobody should have to read. */
@Timeout(60)
class DocumentsTest {
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

  private FetchReport refuse(Cid cid) {
    return bed.refuse(Wanted.of(cid), Reason.MALFORMED_MANIFEST);
  }

  private Part plain() {
    return image.image("linux/amd64", image.layer(1, 2500));
  }

  /** A layout with the image's manifest changed as text. */
  private FetchReport refuseManifest(String from, String to) {
    Part manifest = plain();
    assertThat(manifest.text()).contains(from);
    return refuse(
        image.layout(image.part(MediaTypes.OCI_MANIFEST, manifest.text().replace(from, to))));
  }

  @Test
  void refusesADuplicateKey() {
    refuseManifest("{\"schemaVersion\":2", "{\"schemaVersion\":2,\"schemaVersion\":2");
  }

  @Test
  void refusesAKeyThatDiffersInCaseOnly() {
    refuseManifest("{\"schemaVersion\":2", "{\"Layers\":[],\"schemaVersion\":2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "x", "]"})
  void refusesTrailingBytes(String trailing) {
    refuse(image.layout(image.part(MediaTypes.OCI_MANIFEST, plain().text() + trailing)));
  }

  @Test
  void refusesAnotherSchemaVersion() {
    refuseManifest("\"schemaVersion\":2", "\"schemaVersion\":1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"manifests\":[]", "\"fsLayers\":[]"})
  void refusesAManifestThatIsAlsoSomethingElse(String field) {
    assertThat(
            refuseManifest("{\"schemaVersion\":2", "{" + field + ",\"schemaVersion\":2").message())
        .contains("CVE-2021-41190");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"layers\":[]", "\"config\":{}"})
  void refusesAnIndexThatIsAlsoAManifest(String field) {
    Part index = image.index(plain());
    refuse(
        image.layout(
            image.part(
                MediaTypes.OCI_INDEX,
                index
                    .text()
                    .replace("{\"schemaVersion\":2", "{" + field + ",\"schemaVersion\":2"))));
  }

  @Test
  void refusesADescriptorWithAnotherMediaTypeThanItsDocument() {
    refuse(image.layout(plain().typed(MediaTypes.OCI_INDEX)));
    refuse(image.layout(plain().typed(MediaTypes.DOCKER_MANIFEST)));
  }

  @Test
  void refusesADocumentThatIsSilentAboutItsTypeAndFitsNone() {
    Part silent =
        image.part(MediaTypes.OCI_INDEX, "{\"schemaVersion\":2,\"config\":{},\"layers\":[]}");
    refuse(image.layout(silent));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "1.0", "1e3", "9223372036854775808", "\"5\"", "null", "01"})
  void refusesASizeThatIsNoCount(String size) {
    Part manifest = plain();
    refuse(
        image.layout(
            "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%s}]}"
                .formatted(manifest.mediaType(), manifest.digest(), size)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sha256:../../../../etc/passwd",
        "sha256:ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789",
        "sha256:00",
        "sha512:0000000000000000000000000000000000000000000000000000000000000000",
        "sha1:0000000000000000000000000000000000000000",
        "",
      })
  void refusesWhatIsNoDigest(String digest) {
    refuse(
        image.layout(
            "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":1}]}"
                .formatted(MediaTypes.OCI_MANIFEST, digest)));
  }

  @Test
  void refusesMoreOrFewerDiffIdsThanLayers() {
    Part layer = image.layer(1, 2500);
    for (int diffIds : new int[] {0, 2}) {
      Part config = image.config("linux/amd64", diffIds, "");

      FetchReport report = refuse(image.layout(image.manifest(config, List.of(layer), "")));

      assertThat(report.message()).contains(diffIds + " diff_ids for 1 layers");
      assertThat(report.digest()).isPresent();
    }
    assertThat(bed.has(layer)).isFalse();
  }

  @Test
  void refusesAConfigWithoutRootfs() {
    Part config =
        image.part(MediaTypes.OCI_CONFIG, "{\"os\":\"linux\",\"architecture\":\"amd64\"}");
    refuse(image.layout(image.manifest(config, List.of(image.layer(1, 25)), "")));
  }

  @Test
  void refusesAnImageWhosePlatformNobodyNames() {
    Part config =
        image.part(
            MediaTypes.OCI_CONFIG,
            image.config("linux/amd64", 1, "").text().replace("\"os\":\"linux\",", ""));

    assertThat(
            refuse(image.layout(image.manifest(config, List.of(image.layer(1, 25)), ""))).message())
        .contains("operating system");
  }

  @Test
  void refusesAnIndexJsonWithTooManyValues() {
    image.shaped(new TestDag.Shape(256 << 10, 174, true, false, false));
    String many = "0,".repeat(200_001) + "0";

    assertThat(refuse(image.layout("{\"x\":[" + many + "]}")).message()).contains("200000 values");
  }

  @Test
  void refusesDocumentsThatHaveTooManyValuesTogether() {
    image.shaped(ImageFixture.WHOLE);
    String many = "0,".repeat(60_000) + "0";
    Part config =
        image.part(
            MediaTypes.OCI_CONFIG,
            image.config("linux/amd64", 1, "").text().replaceFirst("}$", ",\"x\":[" + many + "]}"));
    Part manifest = image.manifest(config, List.of(image.layer(1, 25)), ",\"x\":[" + many + "]");

    FetchReport report = bed.refuse(Wanted.of(image.layout(manifest)), Reason.MANIFEST_TOO_LARGE);

    assertThat(report.message()).contains("100000 values");
  }

  @Test
  void refusesAnObjectThatIsNestedTooDeep() {
    String deep = "[".repeat(1000) + "]".repeat(1000);
    refuseManifest("{\"schemaVersion\":2", "{\"x\":" + deep + ",\"schemaVersion\":2");
  }

  @Test
  void refusesWhatIsNotUtf8() {
    byte[] bytes = plain().bytes().clone();
    bytes[bytes.length - 5] = (byte) 0xff;
    refuse(image.layout(image.part(MediaTypes.OCI_MANIFEST, bytes)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{\"schemaVersion\":2}", "{\"manifests\":[]}", "nonsense"})
  void refusesAnIndexJsonThatIsNone(String text) {
    Cid cid = image.layout(text);

    FetchReport report = refuse(cid);

    assertThat(report.message()).contains("index.json");
    assertThat(report.cid()).contains(cid.toString());
    assertThat(report.digest()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "{\"imageLayoutVersion\":1}", "1.0.0"})
  void refusesAMarkerThatIsNone(String text) {
    refuse(image.marker(text).layout(plain()));
  }

  @Test
  void refusesADescriptorRootWithTrailingBytes() {
    ImageFixture linked = bed.image().linked();
    Part manifest = linked.image("linux/amd64", linked.layer(1, 2500));
    refuse(linked.file(manifest.json() + manifest.json()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ipfs://not-a-cid",
        "ipfs://",
        "ipfs://bafkqaaa/path",
        "ipfs://bafkqaaa?x=1",
        "ipns://example.org",
        "ftp://bafkqaaa",
      })
  void refusesADescriptorWhoseUrlIsNoCid(String url) {
    Part manifest = plain();
    refuse(image.descriptorRoot(manifest.linkedTo(url)));
  }

  @Test
  void refusesADescriptorThatNamesTwoCids() {
    Part manifest = plain();
    refuse(image.descriptorRoot(manifest.linkedTo("ipfs://" + manifest.cid(), "ipfs://bafkqaaa")));
  }

  @Test
  void refusesADescriptorThatLeadsToADirectory() {
    Part manifest = plain();
    refuse(image.descriptorRoot(manifest.linkedTo("ipfs://" + image.layout(manifest))));
  }
}
