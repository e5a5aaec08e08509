package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.fetch.TarBytes;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.TestImage;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code publish} and {@code export}: what they write is fetched again as the same image. */
@Timeout(60)
class PublishTest {
  @TempDir private Path directory;
  @AutoClose private CommandBed bed;

  @BeforeEach
  void open() {
    bed = new CommandBed(directory);
  }

  private JsonNode fetch(Path store, String reference, Path car, String... more) {
    List<String> first =
        List.of(
            "fetch",
            "--store=" + store,
            "--platform=linux/amd64",
            "--min-free=0",
            "--report=" + bed.report,
            "--from-file=" + car);
    List<String> options = Stream.concat(first.stream(), Stream.of(more)).toList();
    return bed.expect(
        CommandLineRun.of(CommandBed.arguments(options, reference)), Reason.SUCCEEDED);
  }

  private static String succeeds(String... arguments) {
    CommandLineRun run = CommandLineRun.of(arguments);
    assertThat(run.exitCode()).as(run.err()).isZero();
    return run.out().strip();
  }

  @Test
  void publishesADockerArchive() throws Exception {
    byte[] layer = "a layer".getBytes(StandardCharsets.UTF_8);
    String config =
        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\","
            + "\"diff_ids\":[\""
            + TestImage.sha256(layer)
            + "\"]}}";
    Path archive =
        Files.write(
            directory.resolve("image.tar"),
            new TarBytes()
                .file("a/layer.tar", layer)
                .file("config.json", config)
                .file(
                    "manifest.json", "[{\"Config\":\"config.json\",\"Layers\":[\"a/layer.tar\"]}]")
                .toBytes());
    Path car = directory.resolve("image.car");

    String reference = succeeds("publish", archive.toString(), "-o", car.toString());

    JsonNode report = fetch(directory.resolve("one"), reference, car);
    assertThat(report.path("layout").asText()).isEqualTo("OciLayout");
    Cid cid =
        bed.dag.file(
            Files.readAllBytes(archive), new TestDag.Shape(1 << 20, 5, true, false, false));
    assertThat(fetch(directory.resolve("two"), cid.toString(), archive).path("digest"))
        .isEqualTo(report.path("digest"));
    String exported =
        succeeds(
            "export",
            "--store=" + directory.resolve("one"),
            reference,
            "-o",
            directory.resolve("again.car").toString());
    assertThat(exported).isEqualTo(reference + " " + report.path("digest").asText());
    assertThat(directory.resolve("again.car")).hasSameBinaryContentAs(car);
  }

  @Test
  void keepsTheNamesOfADockerArchiveWithSeveralImages() throws Exception {
    byte[] layer = "a layer".getBytes(StandardCharsets.UTF_8);
    String config =
        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"User\":\"%s\"},\"rootfs\":"
            + "{\"type\":\"layers\",\"diff_ids\":[\""
            + TestImage.sha256(layer)
            + "\"]}}";
    Path archive =
        Files.write(
            directory.resolve("images.tar"),
            new TarBytes()
                .file("layer", layer)
                .file("one", config.formatted("1"))
                .file("two", config.formatted("2"))
                .file(
                    "manifest.json",
                    "[{\"Config\":\"one\",\"RepoTags\":[\"app:1\"],\"Layers\":[\"layer\"]},"
                        + "{\"Config\":\"two\",\"RepoTags\":[\"app:2\"],\"Layers\":[\"layer\"]}]")
                .toBytes());
    Path car = directory.resolve("images.car");
    String reference = succeeds("publish", archive.toString(), "-o", car.toString());
    Path store = directory.resolve("one");

    String digest = fetch(store, reference, car, "--ref-name=app:2").path("digest").asText();

    assertThat(fetch(store, reference, car, "--ref-name=app:1").path("digest").asText())
        .isNotEqualTo(digest);
    assertThat(
            succeeds(
                "export",
                "--store=" + store,
                "--ref-name=app:2",
                reference,
                "-o",
                directory.resolve("again.car").toString()))
        .endsWith(" " + digest);
    assertThat(
            CommandLineRun.of(
                    "export",
                    "--store=" + store,
                    reference,
                    "-o",
                    directory.resolve("none.car").toString())
                .err())
        .contains("failed to find '" + reference + "' in the store");
  }

  @Test
  void exportsWhatIsStoredOfAnImage() {
    Part manifest = bed.image.image("linux/amd64", bed.image.layer(1, 12_345));
    Part index =
        bed.image.index(
            manifest.forPlatform("linux/amd64"),
            bed.image.image("linux/arm64", bed.image.layer(2, 10)).forPlatform("linux/arm64"));
    Cid cid = bed.image.layout(index);
    bed.expect(CommandLineRun.of(bed.fetch(bed.gateway(), cid.toString())), Reason.SUCCEEDED);
    Path car = directory.resolve("image.car");

    String[] exported =
        succeeds("export", "--store=" + bed.store, cid.toString(), "-o", car.toString()).split(" ");

    assertThat(exported[1]).isEqualTo(index.digest().toString());
    JsonNode report = fetch(directory.resolve("other"), exported[0], car);
    assertThat(report.path("digest").asText()).isEqualTo(index.digest().toString());
  }

  @Test
  void exportsWhatRefersToAnImageWithIt() throws Exception {
    Part manifest =
        bed.image.image("linux/amd64", bed.image.layer(1, 1000)).forPlatform("linux/amd64");
    Part attestation = bed.image.attestation(2, manifest);
    Part index = bed.image.index(manifest, attestation);
    Part signature = bed.image.signature(3);
    Part sbom = bed.image.artifact(4, "application/spdx+json", index);
    Part foreign = bed.image.signature(5);
    String tag = "sha256-" + index.digest().hex() + ".sig";
    Cid cid =
        bed.image.layout(
            index,
            signature.annotated("org.opencontainers.image.ref.name", tag),
            sbom.with("\"artifactType\":\"application/spdx+json\""),
            foreign.annotated("org.opencontainers.image.ref.name", tag.replace(".", "0.")));
    JsonNode fetched =
        bed.expect(CommandLineRun.of(bed.fetch(bed.gateway(), cid.toString())), Reason.SUCCEEDED);
    assertThat(fetched.path("message").asText())
        .isEqualTo("fetched 'ipfs://" + cid + "', with 3 signatures or other referrers");
    Path car = directory.resolve("image.car");

    String exported =
        succeeds("export", "--store=" + bed.store, cid.toString(), "-o", car.toString());

    Path other = directory.resolve("other");
    JsonNode report = fetch(other, exported.split(" ")[0], car);
    assertThat(report.path("digest").asText()).isEqualTo(index.digest().toString());
    assertThat(report.path("message").asText()).endsWith(", with 3 signatures or other referrers");
    for (Part part : List.of(attestation, signature, sbom)) {
      assertThat(other.resolve("blobs/sha256/" + part.digest().hex()))
          .hasBinaryContent(part.bytes());
    }
    assertThat(other.resolve("index.json")).content().contains(tag);

    Files.write(bed.store.resolve("blobs/sha256/" + sbom.digest().hex()), new byte[3]);
    CommandLineRun scrub = CommandLineRun.of("scrub", "--store=" + bed.store);
    assertThat(scrub.exitCode()).isEqualTo(17);
    assertThat(scrub.out())
        .contains("blob " + sbom.digest() + " is damaged")
        .contains("image ipfs://" + cid + " lacks a blob: fetch it again");
    bed.expect(CommandLineRun.of(bed.fetch(bed.gateway(), cid.toString())), Reason.SUCCEEDED);
    assertThat(CommandLineRun.of("scrub", "--store=" + bed.store).exitCode()).isZero();
  }

  private Path layout(int blobs) throws Exception {
    Path root = directory.resolve("layout-" + blobs);
    Path sha256 = Files.createDirectories(root.resolve("blobs/sha256"));
    for (int i = 0; i < blobs; i++) {
      byte[] content = ("blob " + i).getBytes(StandardCharsets.UTF_8);
      Files.write(sha256.resolve(TestImage.sha256(content).hex()), content);
    }
    for (Part part : bed.image.parts()) {
      Files.write(sha256.resolve(part.digest().hex()), part.bytes());
    }
    Files.writeString(root.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    return root;
  }

  private static byte[] archive(Path layout, TarBytes tar) throws Exception {
    try (Stream<Path> files = Files.walk(layout)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        tar.file(layout.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return tar.toBytes();
  }

  @Test
  void publishesAnOciArchiveAsTheLayoutInItAndLeavesNoTemporaryFiles() throws Exception {
    Part manifest = bed.image.image("linux/amd64", bed.image.layer(1, 12_345));
    Path layout = layout(3);
    Files.writeString(
        layout.resolve("index.json"),
        "{\"schemaVersion\":2,\"manifests\":[%s]}".formatted(manifest.json()));
    Path car = directory.resolve("image.car");
    String reference = succeeds("publish", layout.toString(), "-o", car.toString());
    byte[] expected = Files.readAllBytes(car);
    byte[] plain = archive(layout, new TarBytes());
    byte[] docker25 = archive(layout, new TarBytes().file("manifest.json", "[]"));
    Path temporary = Files.createDirectory(directory.resolve("temporary"));
    String before = System.setProperty("java.io.tmpdir", temporary.toString());
    try {
      for (byte[] bytes : List.of(plain, docker25, gzip(plain))) {
        Path file = Files.write(directory.resolve("image.tar"), bytes);
        assertThat(succeeds("publish", file.toString(), "-o", car.toString())).isEqualTo(reference);
        assertThat(car).hasBinaryContent(expected);
        assertThat(temporary).isEmptyDirectory();
      }
      Cid compressed = bed.image.file(gzip(plain));
      HostileGateway gateway = bed.gateway();
      CommandLineRun inspected =
          CommandLineRun.of(
              "inspect",
              "--platform=linux/amd64",
              "--allow-http",
              "--private-host=" + gateway.host(),
              "--gateway=" + gateway.url(),
              compressed.toString());
      assertThat(inspected.out()).as(inspected.err()).contains(manifest.digest().toString());
      assertThat(temporary).isEmptyDirectory();
    } finally {
      System.setProperty("java.io.tmpdir", before);
    }
    assertThat(fetch(directory.resolve("store"), reference, car).path("digest").asText())
        .isEqualTo(manifest.digest().toString());
  }

  private static byte[] gzip(byte[] bytes) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  @Test
  void publishesALayoutWhoseBlobsTakeMoreThanOneBlock() throws Exception {
    Part manifest = bed.image.image("linux/amd64", bed.image.layer(1, 12_345));
    Path layout = layout(3000);
    Files.writeString(
        layout.resolve("index.json"),
        "{\"schemaVersion\":2,\"manifests\":[%s]}".formatted(manifest.json()));
    Path car = directory.resolve("image.car");

    String reference = succeeds("publish", layout.toString(), "-o", car.toString());

    // Reading finds a name only where its hash puts it.
    assertThat(fetch(directory.resolve("store"), reference, car).path("digest").asText())
        .isEqualTo(manifest.digest().toString());
  }

  @Test
  void tellsALogHowFarItIs() throws Exception {
    bed.image.layer(1, 3_000_000);
    Path layout = layout(0);
    Files.writeString(layout.resolve("index.json"), "{\"schemaVersion\":2,\"manifests\":[]}");
    Path slow = directory.resolve("image.car.partial");
    assertThat(new ProcessBuilder("mkfifo", slow.toString()).start().waitFor()).isZero();

    try (ProgramProcess publish =
            new ProgramProcess(
                directory, "publish", layout.toString(), "-o", directory + "/image.car");
        InputStream unread = Files.newInputStream(slow)) {
      assertThat(unread.read()).isNotNegative();
      publish.await("a line", () -> publish.printed().contains("\"message\":\"publishing\""));

      JsonNode line =
          CommandLineRun.json(
              publish
                  .printed()
                  .lines()
                  .filter(text -> text.contains("publishing"))
                  .findFirst()
                  .get());
      assertThat(line.path("source").asText()).isEqualTo(layout.toString());
      assertThat(line.path("total").asLong()).isEqualTo(3_000_000);
      assertThat(line.path("bytes").asLong()).isBetween(1L, 2_999_999L);
      publish.kill();
    }
  }

  @Test
  void refusesWhatIsNotStoredAndLeavesNoHalfOfACar() throws Exception {
    Path car = directory.resolve("image.car");
    String other = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
    assertThat(
            CommandLineRun.of("export", "--store=" + bed.store, other, "-o", car.toString())
                .exitCode())
        .isEqualTo(11);

    Path layout = Files.createDirectories(directory.resolve("layout/blobs/sha256"));
    Files.write(layout.resolve("0".repeat(64)), new byte[10]);
    Path root = directory.resolve("layout");
    Files.writeString(root.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    Files.writeString(root.resolve("index.json"), "{\"schemaVersion\":2,\"manifests\":[]}");
    CommandLineRun run = CommandLineRun.of("publish", root.toString(), "-o", car.toString());
    assertThat(run.exitCode()).isEqualTo(13);
    assertThat(run.err()).contains("DigestMismatch");
    assertThat(car).doesNotExist();
    assertThat(directory.resolve("image.car.partial")).doesNotExist();
  }
}
