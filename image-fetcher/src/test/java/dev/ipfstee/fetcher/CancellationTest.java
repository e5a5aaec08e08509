package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ipfstee.fetcher.fetch.ImageFixture;
import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.fetch.TarBytes;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Signals, sent to a real process. */
@Timeout(120)
class CancellationTest {
  @TempDir private Path directory;
  private CommandBed bed;

  /** It has many blocks, the documents have few, and so a gateway that stalls stalls here. */
  private Part layer;

  private Part manifest;
  private Cid cid;

  @BeforeEach
  void open() {
    bed = new CommandBed(directory);
    layer = bed.image.layer(1, 500_000);
    manifest = bed.image.image("linux/amd64", layer, bed.image.layer(2, 500_000));
    cid = bed.image.layout(manifest);
  }

  @AfterEach
  void close() {
    bed.close();
  }

  private static long requests(HostileGateway gateway, Cid of) {
    return gateway.requests().stream()
        .filter(request -> request.format().equals("car") && request.cid().equals(of))
        .count();
  }

  @Test
  void stopsAStalledDownloadInLessThanFiveSecondsAndLeavesTheStoreClean() throws Exception {
    HostileGateway stalled = bed.gateway().stallCar(20);

    try (ProgramProcess fetch =
        new ProgramProcess(directory, bed.fetch(stalled, "--output=json", cid.toString()))) {
      fetch.await("the download", () -> requests(stalled, layer.cid()) > 0);
      long signalled = System.nanoTime();
      fetch.terminate();

      assertThat(fetch.awaitExit()).isEqualTo(143);
      assertThat(Duration.ofNanos(System.nanoTime() - signalled)).isLessThan(Duration.ofSeconds(5));
      JsonNode report = CommandLineRun.report(bed.report);
      assertThat(report.path("outcome").asText()).isEqualTo("Cancelled");
      assertThat(report.path("digest").asText()).startsWith("sha256:");
      assertThat(fetch.out()).isEqualTo(Files.readString(bed.report) + System.lineSeparator());
      assertThat(fetch.err()).contains("error: Cancelled: ").doesNotContain("\tat ");
    }
    assertThat(ingest()).isSubsetOf("lock");

    HostileGateway honest = bed.gateway();
    bed.expect(CommandLineRun.of(bed.fetch(honest, cid.toString())), Reason.SUCCEEDED);
  }

  @Test
  void stopsWhileItStillLooksForTheImage() throws Exception {
    HostileGateway silent = bed.gateway().hang("raw");

    try (ProgramProcess fetch = new ProgramProcess(directory, bed.fetch(silent, cid.toString()))) {
      fetch.await("the first request", () -> !silent.requests().isEmpty());
      fetch.terminate();

      assertThat(fetch.awaitExit()).isEqualTo(143);
      assertThat(CommandLineRun.report(bed.report).path("reason").asText()).isEqualTo("Cancelled");
      assertThat(fetch.out()).isEmpty();
    }
    assertThat(ingest()).isSubsetOf("lock");
  }

  @Test
  void completesWhatAKilledRunHasBegun() throws Exception {
    HostileGateway stalled = bed.gateway().stallCar(20);
    try (ProgramProcess fetch = new ProgramProcess(directory, bed.fetch(stalled, cid.toString()))) {
      fetch.await("the download", () -> requests(stalled, layer.cid()) > 0);
      fetch.kill();
      fetch.awaitExit();
    }
    assertThat(bed.store.resolve("index.json")).content().doesNotContain("sha256:");

    HostileGateway honest = bed.gateway();
    bed.expect(CommandLineRun.of(bed.fetch(honest, cid.toString())), Reason.SUCCEEDED);
    assertThat(ingest()).isSubsetOf("lock");
  }

  @Test
  void completesWhatAKilledRunHasBegunOfAnArchive() throws Exception {
    TarBytes tar =
        new TarBytes()
            .file("oci-layout", ImageFixture.MARKER)
            .file(
                "index.json",
                "{\"schemaVersion\":2,\"manifests\":[%s]}".formatted(manifest.json()));
    for (Part part : bed.image.parts()) {
      tar.file("blobs/sha256/" + part.digest().hex(), part.bytes());
    }
    Cid archive = bed.dag.file(tar.toBytes(), new TestDag.Shape(1000, 50, true, false, false));
    // The headers and documents come by their blocks; the first long stretch is a layer's.
    HostileGateway stalled = bed.gateway().stallCar(100);
    try (ProgramProcess fetch =
        new ProgramProcess(directory, bed.fetch(stalled, archive.toString()))) {
      fetch.await("the download", () -> downloading());
      fetch.kill();
      fetch.awaitExit();
    }
    assertThat(bed.store.resolve("index.json")).content().doesNotContain("sha256:");

    JsonNode report =
        bed.expect(
            CommandLineRun.of(bed.fetch(bed.gateway(), archive.toString())), Reason.SUCCEEDED);
    assertThat(report.path("layout").asText()).isEqualTo("OciArchive");
    assertThat(bed.store.resolve("blobs/sha256/" + layer.digest().hex()))
        .hasBinaryContent(layer.bytes());
    assertThat(ingest()).isSubsetOf("lock");
  }

  /** Whether some bytes of a blob are on the disk. */
  private boolean downloading() {
    try (Stream<Path> files = Files.walk(bed.store.resolve("ingest"))) {
      return files.anyMatch(
          file -> file.getFileName().toString().startsWith("sha256-") && size(file) > 0);
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void endsWithZeroAndPrintsOnlyTheReferenceAsAProcess() throws Exception {
    HostileGateway honest = bed.gateway();
    try (ProgramProcess fetch = new ProgramProcess(directory, bed.fetch(honest, cid.toString()))) {
      assertThat(fetch.awaitExit()).as(fetch.err()).isZero();
      assertThat(fetch.out().lines()).singleElement().asString().startsWith("ipfs/" + cid + "@");
      assertThat(fetch.err()).isEmpty();
    }
  }

  private List<String> ingest() throws IOException {
    try (Stream<Path> entries = Files.list(bed.store.resolve("ingest"))) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    }
  }
}
