package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.TestImage;
import dev.ipfstee.fetcher.testing.Kubo;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives and CARs as a real Kubo has them: by its gateway, and carried by hand. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class FromFileIT {
  private static final TestImage IMAGE = TestImage.of(1, 3_000_000);

  @TempDir private static Path shared;
  private static Kubo kubo;
  private static Path layout;
  private static Path archive;

  @TempDir private Path directory;

  @BeforeAll
  static void start() throws Exception {
    kubo = new Kubo(Files.createDirectories(shared.resolve("kubo")));
    layout = shared.resolve("layout");
    try (BlobStore store = BlobStore.open(layout)) {
      IMAGE.store(store, IMAGE.amd64());
    }
    Files.deleteIfExists(layout.resolve("ingest/lock"));
    Files.deleteIfExists(layout.resolve("ingest"));
    archive = shared.resolve("image.tar");
    try (OutputStream out = Files.newOutputStream(archive);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out);
        var files = Files.walk(layout)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        tar.putArchiveEntry(new TarArchiveEntry(file, layout.relativize(file).toString()));
        Files.copy(file, tar);
        tar.closeArchiveEntry();
      }
    }
  }

  @AfterAll
  static void stop() {
    kubo.close();
  }

  private void fetch(String reference, String layoutName, String... options) {
    Path store = directory.resolve("store");
    Path report = directory.resolve("report.json");
    List<String> first =
        List.of(
            "fetch",
            "--store=" + store,
            "--report=" + report,
            "--platform=linux/amd64",
            "--min-free=0",
            reference);
    CommandLineRun run = CommandLineRun.of(CommandBed.arguments(first, options));
    assertThat(run.exitCode()).as(run.err()).isEqualTo(Reason.SUCCEEDED.outcome().exitCode());
    var found = CommandLineRun.report(report);
    assertThat(found.path("layout").asText()).isEqualTo(layoutName);
    assertThat(found.path("digest").asText()).isEqualTo(IMAGE.index().digest().toString());
    for (TestImage.Blob blob : IMAGE.amd64().blobs()) {
      assertThat(store.resolve("blobs/sha256/" + blob.digest().hex()))
          .hasBinaryContent(blob.content());
    }
  }

  private static String[] options(String text) {
    return text.isEmpty() ? new String[0] : text.split(" ");
  }

  private String[] gateway() {
    return new String[] {
      "--allow-http",
      "--private-host=" + kubo.gateway().getAuthority(),
      "--gateway=" + kubo.gateway()
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--cid-version=1",
        "--cid-version=1 --chunker=size-1048576",
        "--cid-version=1 --chunker=size-1048576 --max-file-links=1024",
      })
  void fetchesAnArchiveByGatewayAndByHand(String added) throws Exception {
    String cid = kubo.add(archive, options(added));

    fetch(cid, "OciArchive", "--from-file=" + archive);
    Files.move(directory.resolve("store"), directory.resolve("other"));
    fetch(cid, "OciArchive", gateway());
  }

  @Test
  void publishesALayoutUnderTheCidThatKuboGivesIt() throws Exception {
    Path car = directory.resolve("image.car");
    CommandLineRun published = CommandLineRun.of("publish", layout.toString(), "--to-file=" + car);
    assertThat(published.exitCode()).as(published.err()).isZero();
    String cid = published.out().strip().substring("ipfs://".length());

    assertThat(kubo.run("dag", "import", "--allow-big-block", car.toString())).contains(cid);
    fetch(cid, "OciLayout", gateway());
    String added =
        kubo.add(
            layout,
            options("--cid-version=1 --raw-leaves --chunker=size-1048576 --max-file-links=1024"));
    assertThat(cid).isEqualTo(added);
  }

  /** 2427 entries of this form have 262,120 bytes, one more has more than 256 KiB. */
  @ParameterizedTest
  @ValueSource(ints = {2427, 2428, 8000})
  void publishesManyBlobsUnderTheCidThatKuboGivesThem(int blobs) throws Exception {
    Path many = directory.resolve("many");
    Path sha256 = Files.createDirectories(many.resolve("blobs/sha256"));
    for (int i = 0; i < blobs; i++) {
      byte[] content = ("blob " + i).getBytes(StandardCharsets.UTF_8);
      Files.write(sha256.resolve(TestImage.sha256(content).hex()), content);
    }
    Files.copy(layout.resolve("oci-layout"), many.resolve("oci-layout"));
    Files.writeString(many.resolve("index.json"), "{\"schemaVersion\":2,\"manifests\":[]}");
    CommandLineRun published =
        CommandLineRun.of("publish", many.toString(), "-o", directory + "/many.car");
    assertThat(published.exitCode()).as(published.err()).isZero();
    String reference = published.out().strip();

    try (Kubo profiled =
        new Kubo(Files.createDirectory(directory.resolve("kubo")), "unixfs-v1-2025")) {
      assertThat("ipfs://" + profiled.add(many)).isEqualTo(reference);
    }
    if (blobs > 5000) {
      assertThat(
              "ipfs://"
                  + kubo.add(
                      many,
                      options(
                          "--cid-version=1 --raw-leaves --chunker=size-1048576"
                              + " --max-file-links=1024")))
          .isEqualTo(reference);
    }
  }

  @Test
  void fetchesFromACarThatKuboExported() throws Exception {
    String cid = kubo.add(layout, "--cid-version=1");
    Path car = directory.resolve("image.car");
    kubo.export(cid, car);

    fetch(cid, "OciLayout", "--from-file=" + car);

    Files.move(directory.resolve("store"), directory.resolve("other"));
    fetch(kubo.add(car), "Car", gateway());
  }
}
