package dev.ipfstee.fetcher.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.TestImage;
import io.airlift.compress.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images in a tar: what is accepted, which digest they have, and what is refused. */
@Timeout(60)
class ArchivesTest {
  private static final byte[] ONE = "first layer".getBytes(StandardCharsets.UTF_8);
  private static final byte[] TWO = random(2, 300_000);
  private static final String CONFIG =
      "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{},\"rootfs\":{\"type\":\"layers\","
          + "\"diff_ids\":[\"%s\",\"%s\"]}}"
              .formatted(TestImage.sha256(ONE), TestImage.sha256(TWO));
  private static final String CONFIG_HEX = hex(CONFIG);

  /** Frozen: pods are pinned to the digest of these bytes. */
  private static final String MANIFEST =
      "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
          + "\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\","
          + "\"digest\":\"sha256:"
          + CONFIG_HEX
          + "\",\"size\":"
          + CONFIG.length()
          + "},\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\","
          + "\"digest\":\"sha256:"
          + TestImage.sha256(ONE).hex()
          + "\","
          + "\"size\":11},{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\","
          + "\"digest\":\"sha256:%s\",\"size\":300000}]}".formatted(TestImage.sha256(TWO).hex());

  @TempDir private Path directory;
  @AutoClose private TestBed bed;

  @BeforeEach
  void open() {
    bed = new TestBed(directory);
  }

  @AfterEach
  void takesAnotherImage() {
    bed.assertTakesAnotherImage();
  }

  private static byte[] random(int seed, int size) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static String hex(String text) {
    return TestImage.sha256(text.getBytes(StandardCharsets.UTF_8)).hex();
  }

  private static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static byte[] zstd(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (var zstd = new ZstdOutputStream(out)) {
      zstd.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private Cid publish(byte[] archive) {
    return bed.dag.file(archive, new TestDag.Shape(50_000, 6, true, false, false));
  }

  private static String saved(String config, String... layers) {
    return "[{\"Config\":\"%s\",\"RepoTags\":[\"app:1\"],\"Layers\":[\"%s\"]}]\n"
        .formatted(config, String.join("\",\"", layers));
  }

  /** As docker save wrote it up to Docker 24. */
  private static TarBytes oldDocker() {
    return new TarBytes()
        .directory("a1")
        .file("a1/VERSION", "1.0")
        .file("a1/json", "{}")
        .file("a1/layer.tar", ONE)
        .file(CONFIG_HEX + ".json", CONFIG)
        .directory("b2")
        .file("b2/layer.tar", TWO)
        .file("manifest.json", saved(CONFIG_HEX + ".json", "a1/layer.tar", "b2/layer.tar"))
        .file("repositories", "{\"app\":{\"1\":\"b2\"}}");
  }

  private FetchReport succeedsAsGolden(byte[] archive) {
    FetchReport report = bed.succeed(Wanted.of(publish(archive)));
    assertThat(report.layout()).contains("DockerArchive");
    assertThat(report.digest()).contains("sha256:" + hex(MANIFEST));
    assertThat(bed.blob(digest(MANIFEST))).hasContent(MANIFEST);
    assertThat(bed.blob(digest(CONFIG))).hasContent(CONFIG);
    assertThat(bed.blob(TestImage.sha256(ONE))).hasBinaryContent(ONE);
    assertThat(bed.blob(TestImage.sha256(TWO))).hasBinaryContent(TWO);
    return report;
  }

  private static Digest digest(String text) {
    return TestImage.sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  private FetchReport refuse(byte[] archive, Reason reason) {
    return bed.refuse(Wanted.of(publish(archive)), reason);
  }

  @Test
  void makesTheManifestOfADockerArchive() {
    FetchReport report = succeedsAsGolden(oldDocker().toBytes());

    assertThat(report.mediaType()).contains(MediaTypes.OCI_MANIFEST);
    assertThat(report.platforms().get(0).layers()).isEqualTo(2);
  }

  @Test
  void givesOneImageOneDigestHoweverItWasSaved() {
    succeedsAsGolden(
        new TarBytes()
            .file("./manifest.json", saved("config.json", "one.tar.gz", "two.tar"))
            .file("./two.tar", zstd(TWO))
            .file("./one.tar.gz", gzip(ONE))
            .file("./config.json", CONFIG)
            .toBytes());
    succeedsAsGolden(gzip(oldDocker().toBytes()));
    succeedsAsGolden(zstd(oldDocker().toBytes()));
  }

  @Test
  void followsLinksWithinTheArchive() {
    succeedsAsGolden(
        new TarBytes()
            .symlink("x/layer.tar", "../a1/layer.tar")
            .hardlink("y/layer.tar", "b2/layer.tar")
            .file("a1/layer.tar", ONE)
            .file("b2/layer.tar", TWO)
            .file(CONFIG_HEX + ".json", CONFIG)
            .file("manifest.json", saved(CONFIG_HEX + ".json", "x/layer.tar", "y/layer.tar"))
            .toBytes());
  }

  @Test
  void readsLongNamesAndSizesInPaxHeaders() {
    String longName = "a/".repeat(120) + "layer.tar";
    succeedsAsGolden(
        new TarBytes()
            .pax("path=" + longName, "mtime=1.5")
            .file("short", ONE)
            .pax("size=" + TWO.length)
            .header("b2/layer.tar", '0', TarBytes.octal(0), "")
            .data(TWO)
            .file("config.json", CONFIG)
            .file("manifest.json", saved("config.json", longName, "b2/layer.tar"))
            .toBytes());
  }

  @Test
  void answersTheSameRequestFromTheStore() {
    Cid cid = publish(oldDocker().toBytes());
    bed.succeed(Wanted.of(cid));

    assertThat(bed.succeed(Wanted.of(cid)).fetchedBytes()).isZero();
  }

  /** As skopeo and Docker since 25 write it; members in any order. */
  private TarBytes ociArchive(ImageFixture image, Part... roots) {
    TarBytes tar = new TarBytes();
    image.parts().forEach(p -> tar.file("blobs/sha256/" + p.digest().hex(), p.bytes()));
    StringBuilder list = new StringBuilder();
    for (Part root : roots) {
      list.append(list.isEmpty() ? "" : ",").append(root.json());
    }
    return tar.file("index.json", "{\"schemaVersion\":2,\"manifests\":[" + list + "]}")
        .file("oci-layout", ImageFixture.MARKER);
  }

  @Test
  void fetchesOnlyTheChosenPlatformOfAnOciArchive() {
    ImageFixture image = bed.image();
    Part small = image.layer(1, 400_000);
    Part large = image.layer(2, 2_000_000);
    Part amd64 = image.image("linux/amd64", small).forPlatform("linux/amd64");
    Part arm64 = image.image("linux/arm64", large).forPlatform("linux/arm64");
    Part index = image.index(amd64, arm64);

    FetchReport report =
        bed.succeed(Wanted.of(publish(ociArchive(image, index).toBytes())).atMost(500_000));

    assertThat(report.layout()).contains("OciArchive");
    assertThat(report.digest()).contains(index.digest().toString());
    assertThat(report.fetchedBytes()).isLessThan(1_000_000);
    assertThat(bed.blob(small.digest())).hasBinaryContent(small.bytes());
    assertThat(bed.has(large)).isFalse();
  }

  @Test
  void keepsWhatWasCompleteWhenARunBreaksOff() {
    ImageFixture image = bed.image();
    Part first = image.layer(1, 400_000);
    Part second = image.layer(2, 400_000);
    Cid cid = publish(ociArchive(image, image.image("linux/amd64", first, second)).toBytes());
    bed.succeed(Wanted.of(cid));
    bed.corrupt(second);

    FetchReport report = bed.succeed(Wanted.of(cid));

    assertThat(report.fetchedBytes()).isLessThan(700_000).isGreaterThan(400_000);
    assertThat(bed.blob(second.digest())).hasBinaryContent(second.bytes());
  }

  @Test
  void takesAnArchiveOfDocker25ForAnImageLayout() {
    ImageFixture image = bed.image();
    Part layer = image.layer(1, 400);
    Part manifest = image.image("linux/amd64", layer);
    TarBytes tar =
        ociArchive(image, manifest)
            .file("manifest.json", saved("blobs/sha256/x", "blobs/sha256/y"))
            .file("repositories", "{}");

    FetchReport report = bed.succeed(Wanted.of(publish(tar.toBytes())));

    assertThat(report.layout()).contains("OciArchive");
    assertThat(report.digest()).contains(manifest.digest().toString());
  }

  @Test
  void takesAnArchiveWhoseIndexIsEmptyForADockerArchive() {
    succeedsAsGolden(
        oldDocker()
            .file("oci-layout", ImageFixture.MARKER)
            .file("index.json", "{\"schemaVersion\":2,\"manifests\":[]}")
            .toBytes());
  }

  @Test
  void refusesAnotherLayoutThanTheOneAskedFor() {
    Cid cid = publish(oldDocker().toBytes());
    bed.refuse(Wanted.of(cid).as(Layout.OCI_ARCHIVE), Reason.LAYOUT_UNRECOGNIZED);
    bed.succeed(Wanted.of(cid).as(Layout.DOCKER_ARCHIVE));
  }

  @Test
  void refusesAnArchiveOfSomethingElse() {
    assertThat(
            refuse(new TarBytes().file("readme", "x").toBytes(), Reason.LAYOUT_UNRECOGNIZED)
                .message())
        .contains("manifest.json");
    refuse(new TarBytes().file("manifest.json", "[]").toBytes(), Reason.LAYOUT_UNRECOGNIZED);
    refuse(new TarBytes().file("{", "x").toBytes(), Reason.LAYOUT_AMBIGUOUS);
  }

  @Test
  void refusesALayerThatIsNotTheOneOfTheConfig() {
    TarBytes tar =
        new TarBytes()
            .file("one", "FIRST LAYER")
            .file("two", TWO)
            .file("config", CONFIG)
            .file("manifest.json", saved("config", "one", "two"));
    refuse(tar.toBytes(), Reason.DIGEST_MISMATCH);

    TarBytes compressed =
        new TarBytes()
            .file("one", gzip("FIRST LAYER".getBytes(StandardCharsets.UTF_8)))
            .file("two", TWO)
            .file("config", CONFIG)
            .file("manifest.json", saved("config", "one", "two"));
    refuse(compressed.toBytes(), Reason.DIGEST_MISMATCH);
  }

  @Test
  void refusesAConfigUnderAWrongName() {
    String name = "0".repeat(64) + ".json";
    refuse(
        new TarBytes()
            .file("one", ONE)
            .file("two", TWO)
            .file(name, CONFIG)
            .file("manifest.json", saved(name, "one", "two"))
            .toBytes(),
        Reason.DIGEST_MISMATCH);
  }

  @Test
  void refusesAnotherNumberOfLayersThanTheConfigHas() {
    refuse(
        new TarBytes()
            .file("one", ONE)
            .file("config", CONFIG)
            .file("manifest.json", saved("config", "one"))
            .toBytes(),
        Reason.MALFORMED_MANIFEST);
  }

  @Test
  void saysWhichMemberIsMissing() {
    TarBytes tar =
        new TarBytes()
            .file("one", ONE)
            .file("config", CONFIG)
            .file("manifest.json", saved("config", "one", "../../etc/shadow"));
    assertThat(refuse(tar.toBytes(), Reason.BLOB_MISSING).message()).contains("etc/shadow");
  }

  @Test
  void refusesTwoMembersOfOneName() {
    TarBytes tar = oldDocker().file("./a1/layer.tar", "FIRST LAYER");
    assertThat(refuse(tar.toBytes(), Reason.LAYOUT_AMBIGUOUS).message()).contains("a1/layer.tar");
  }

  @Test
  void refusesLinksThatLeadNowhere() {
    TarBytes loop =
        new TarBytes()
            .symlink("one", "two")
            .symlink("two", "one")
            .file("config", CONFIG)
            .file("manifest.json", saved("config", "one", "two"));
    refuse(loop.toBytes(), Reason.MALFORMED_ARCHIVE);

    TarBytes outside =
        new TarBytes()
            .symlink("one", "/etc/passwd")
            .file("two", TWO)
            .file("config", CONFIG)
            .file("manifest.json", saved("config", "one", "two"));
    refuse(outside.toBytes(), Reason.BLOB_MISSING);
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 512, 700, 100_000, 250_000})
  void refusesATruncatedArchive(int bytes) {
    byte[] whole =
        new TarBytes()
            .file("two", TWO)
            .file("one", ONE)
            .file("config", CONFIG)
            .file("manifest.json", saved("config", "one", "two"))
            .toBytes();
    byte[] cut = Arrays.copyOf(whole, bytes);

    refuse(cut, bytes < 512 ? Reason.LAYOUT_UNRECOGNIZED : Reason.MALFORMED_ARCHIVE);
  }

  @Test
  void refusesTruncatedAndDamagedCompression() {
    byte[] whole = gzip(oldDocker().toBytes());
    refuse(Arrays.copyOf(whole, whole.length / 2), Reason.MALFORMED_ARCHIVE);
    byte[] damaged = whole.clone();
    Arrays.fill(damaged, 1000, 1100, (byte) 0xff);
    refuse(damaged, Reason.MALFORMED_ARCHIVE);
    byte[] zstd = zstd(oldDocker().toBytes());
    refuse(Arrays.copyOf(zstd, zstd.length / 2), Reason.MALFORMED_ARCHIVE);
    Arrays.fill(zstd, 100, 200, (byte) 0xff);
    refuse(zstd, Reason.MALFORMED_ARCHIVE);
  }

  @Test
  void refusesSparseMembersAndNegativeSizes() {
    TarBytes sparse =
        new TarBytes()
            .pax(
                "GNU.sparse.major=0",
                "GNU.sparse.minor=1",
                "GNU.sparse.name=one",
                "GNU.sparse.size=9999999",
                "GNU.sparse.numblocks=1",
                "GNU.sparse.map=0,11")
            .file("x", ONE)
            .file("two", TWO)
            .file("config", CONFIG)
            .file("manifest.json", saved("config", "one", "two"));
    assertThat(bed.fetch(Wanted.of(publish(sparse.toBytes()))).reason())
        .isIn(Reason.MALFORMED_ARCHIVE, Reason.BLOB_MISSING);

    byte[] negative = new byte[12];
    Arrays.fill(negative, (byte) 0xff);
    refuse(oldDocker().header("x", '0', negative, "").toBytes(), Reason.MALFORMED_ARCHIVE);
    refuse(
        oldDocker().header("x", '0', TarBytes.octal(1L << 32), "").toBytes(),
        Reason.MALFORMED_ARCHIVE);
  }

  @Test
  void readsNoMoreOfHeadersThanIsAllowed() {
    byte[] name = new byte[9 << 20];
    Arrays.fill(name, (byte) 'a');
    byte[] tar =
        new TarBytes()
            .header("././@LongLink", 'L', TarBytes.octal(name.length), "")
            .data(name)
            .file("x", "x")
            .toBytes();

    assertThat(refuse(tar, Reason.MALFORMED_ARCHIVE).message()).contains("headers");

    TarBytes many = new TarBytes();
    for (int i = 0; i < 17_000; i++) {
      many.file("f" + i, "");
    }
    assertThat(refuse(many.toBytes(), Reason.MALFORMED_ARCHIVE).message()).contains("headers");
  }

  @Test
  void stopsAtABomb() {
    byte[] zeros = new byte[70 << 20];
    Cid bomb = publish(gzip(new TarBytes().file("zeros", zeros).toBytes()));
    bed.refuse(Wanted.of(bomb).atMost(1 << 20), Reason.IMAGE_TOO_LARGE);

    Cid layer =
        publish(
            new TarBytes()
                .file("one", gzip(zeros))
                .file("two", TWO)
                .file("config", CONFIG)
                .file("manifest.json", saved("config", "one", "two"))
                .toBytes());
    bed.refuse(Wanted.of(layer).atMost(1 << 20), Reason.IMAGE_TOO_LARGE);
  }

  @Test
  void refusesABlobThatIsNotWhatItsNameSays() {
    ImageFixture image = bed.image();
    Part layer = image.layer(1, 400);
    Part manifest = image.image("linux/amd64", layer);
    byte[] wrong = random(9, 400);
    TarBytes tar = new TarBytes();
    for (Part part : List.of(manifest, image.config("linux/amd64", 1, ""))) {
      tar.file("blobs/sha256/" + part.digest().hex(), part.bytes());
    }
    tar.file("blobs/sha256/" + layer.digest().hex(), wrong)
        .file("oci-layout", ImageFixture.MARKER)
        .file("index.json", "{\"schemaVersion\":2,\"manifests\":[" + manifest.json() + "]}");
    refuse(tar.toBytes(), Reason.DIGEST_MISMATCH);
  }

  @Test
  void saysWhichBlobAnOciArchiveLacks() {
    ImageFixture image = bed.image();
    Part manifest = image.image("linux/amd64", image.layer(1, 400));
    TarBytes tar =
        new TarBytes()
            .file("oci-layout", ImageFixture.MARKER)
            .file("index.json", "{\"schemaVersion\":2,\"manifests\":[" + manifest.json() + "]}");

    assertThat(refuse(tar.toBytes(), Reason.BLOB_MISSING).message())
        .contains(manifest.digest().hex());
  }
}
