package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.TestImage;
import dev.ipfstee.fetcher.testing.Kubo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Archives as a real skopeo makes them, and a store as a real skopeo reads it. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SkopeoIT {
  private static final TestImage IMAGE = TestImage.of(1, 300_000);

  @TempDir private Path directory;
  private Path store;
  private Path report;
  private Path archive;

  @BeforeEach
  void names() {
    store = directory.resolve("store");
    report = directory.resolve("report.json");
    archive = directory.resolve("image.tar");
  }

  /** Lets skopeo make an archive of one platform of an image. */
  private void save(String transport) throws Exception {
    copy(layout(IMAGE), transport + ":" + archive + ":app:1");
  }

  private String layout(TestImage image) throws Exception {
    Path layout = Files.createTempDirectory(directory, "layout");
    try (BlobStore writer = BlobStore.open(layout)) {
      image.store(writer, image.amd64());
    }
    return "oci:" + layout + ":" + image.cid();
  }

  private void copy(String from, String to) throws Exception {
    List<String> command = new ArrayList<>(List.of("skopeo", "copy", "--src-tls-verify=false"));
    command.addAll(List.of("--override-os=linux", "--override-arch=amd64", from, to));
    Path log = Files.createTempFile(directory, "log", "");
    Process skopeo =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    assertThat(skopeo.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(skopeo.exitValue()).as(Files.readString(log)).isZero();
  }

  private JsonNode fetch(String reference, String... options) {
    CommandLineRun run = CommandLineRun.of(CommandBed.arguments(options(reference), options));
    assertThat(run.exitCode()).as(run.err()).isZero();
    return CommandLineRun.report(report);
  }

  private List<String> options(String reference) {
    return List.of(
        "fetch",
        "--store=" + store,
        "--report=" + report,
        "--platform=linux/amd64",
        "--min-free=0",
        reference);
  }

  /** Whether a copy that skopeo made has the image of the report, byte for byte. */
  private void assertSame(Path copy, JsonNode found) throws Exception {
    Digest digest = Digest.parse(found.path("digest").asText());
    Path manifest = store.resolve("blobs/sha256/" + digest.hex());
    assertThat(copy.resolve("manifest.json")).hasSameBinaryContentAs(manifest);
    Matcher blobs =
        Pattern.compile("\"digest\":\"sha256:([0-9a-f]{64})\"").matcher(Files.readString(manifest));
    int count = 0;
    while (blobs.find()) {
      count++;
      assertThat(copy.resolve(blobs.group(1)))
          .hasSameBinaryContentAs(store.resolve("blobs/sha256/" + blobs.group(1)));
    }
    assertThat(count).isEqualTo(3);
  }

  /** The CID that the file has by the settings that we publish with, as a refusal shows it. */
  private String cid() {
    CommandLineRun wrong =
        CommandLineRun.of(
            "fetch",
            "--store=" + store,
            "--report=" + report,
            "--from-file=" + archive,
            IMAGE.cid());
    Matcher known = Pattern.compile("(baf[a-z2-7]+) \\(unixfs-v1-2025\\)").matcher(wrong.err());
    assertThat(known.find()).as(wrong.err()).isTrue();
    return known.group(1);
  }

  @ParameterizedTest
  @CsvSource({"oci-archive, OciArchive", "docker-archive, DockerArchive"})
  void archiveOfSkopeoIsFetchedFromAFileAndSkopeoReadsTheStoreAndTheRegistry(
      String transport, String layout) throws Exception {
    save(transport);

    JsonNode found = fetch(cid(), "--from-file=" + archive);

    assertThat(found.path("layout").asText()).isEqualTo(layout);
    if (layout.equals("OciArchive")) {
      assertThat(found.path("digest").asText())
          .isEqualTo(IMAGE.amd64().manifest().digest().toString());
    }
    String cid = found.path("cid").asText();
    copy("oci:" + store + ":" + cid, "dir:" + directory.resolve("from-store"));
    assertSame(directory.resolve("from-store"), found);
    try (ProgramProcess serve =
        new ProgramProcess(directory, "serve", "--store=" + store, "--listen=127.0.0.1:0")) {
      copy(
          "docker://" + serve.listening() + "/ipfs/" + cid + "@" + found.path("digest").asText(),
          "dir:" + directory.resolve("from-registry"));
    }
    assertSame(directory.resolve("from-registry"), found);
  }

  @Test
  void imagesInOneLayoutOfSkopeoAreFetchedFromKuboByTheirNames() throws Exception {
    TestImage other = TestImage.of(2, 300_000);
    Path both = directory.resolve("both");
    copy(layout(IMAGE), "oci:" + both + ":a");
    copy(layout(other), "oci:" + both + ":b");
    try (Kubo kubo = new Kubo(Files.createDirectory(directory.resolve("kubo")))) {
      String cid = kubo.add(both);
      String[] gateway = {
        "--allow-http",
        "--private-host=" + kubo.gateway().getAuthority(),
        "--gateway=" + kubo.gateway()
      };

      for (Map.Entry<String, TestImage> named : Map.of("a", IMAGE, "b", other).entrySet()) {
        String name = "--ref-name=" + named.getKey();
        JsonNode found =
            fetch(cid, Stream.concat(Stream.of(gateway), Stream.of(name)).toArray(String[]::new));
        assertThat(found.path("digest").asText())
            .isEqualTo(named.getValue().amd64().manifest().digest().toString());
      }
      CommandLineRun nameless = CommandLineRun.of(CommandBed.arguments(options(cid), gateway));
      assertThat(nameless.exitCode()).isEqualTo(14);
      assertThat(nameless.err())
          .contains("LayoutAmbiguous", "'a' sha256:", "'b' sha256:", "--ref-name");
    }
  }

  @ParameterizedTest
  @CsvSource({"oci-archive, OciArchive", "docker-archive, DockerArchive"})
  void archiveOfSkopeoIsFetchedFromKubo(String transport, String layout) throws Exception {
    save(transport);
    try (Kubo kubo = new Kubo(Files.createDirectory(directory.resolve("kubo")))) {
      JsonNode found =
          fetch(
              kubo.add(archive),
              "--allow-http",
              "--private-host=" + kubo.gateway().getAuthority(),
              "--gateway=" + kubo.gateway());

      assertThat(found.path("layout").asText()).isEqualTo(layout);
      copy(
          "oci:" + store + ":" + found.path("cid").asText(),
          "dir:" + directory.resolve("from-store"));
      assertSame(directory.resolve("from-store"), found);
    }
  }
}
