package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.TestCar;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.report.Reason;
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

/** {@code fetch --from-file}: no gateway, and nothing that isn't what the reference names. */
@Timeout(60)
class FromFileTest {
  @TempDir private Path directory;
  @AutoClose private CommandBed bed;
  private Part layer;
  private Part manifest;
  private Cid cid;
  private Path file;

  @BeforeEach
  void open() {
    bed = new CommandBed(directory);
    layer = bed.image.layer(1, 12_345);
    manifest = bed.image.image("linux/amd64", layer);
    cid = bed.image.layout(manifest);
    file = directory.resolve("image");
  }

  private JsonNode fetch(byte[] content, Reason reason, String... more) throws IOException {
    Files.write(file, content);
    List<String> first =
        List.of(
            "fetch",
            "--store=" + bed.store,
            "--platform=linux/amd64",
            "--min-free=0",
            "--report=" + bed.report,
            "--from-file=" + file);
    return bed.expect(CommandLineRun.of(CommandBed.arguments(first, more)), reason);
  }

  private byte[] car() {
    return TestCar.of(bed.dag, List.of(cid));
  }

  @Test
  void fetchesWhatTheReferenceNamesInACar() throws IOException {
    JsonNode report = fetch(car(), Reason.SUCCEEDED, "ipfs://" + cid);

    assertThat(report.path("layout").asText()).isEqualTo("OciLayout");
    assertThat(report.path("cid").asText()).isEqualTo(cid.toString());
    assertThat(report.path("digest").asText()).isEqualTo(manifest.digest().toString());
    assertThat(report.path("sources")).isEmpty();
    assertThat(bed.store.resolve("blobs/sha256/" + layer.digest().hex()))
        .hasBinaryContent(layer.bytes());
  }

  @Test
  void fetchesFromACarOfVersion2BelowAPath() throws IOException {
    Cid outer = bed.dag.directory(Map.of("app", cid));

    fetch(TestCar.v2(TestCar.of(bed.dag, List.of())), Reason.SUCCEEDED, "ipfs://" + outer + "/app");
  }

  @Test
  void refusesACarOfSomethingElse() throws IOException {
    String other = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";

    assertThat(fetch(car(), Reason.CONTENT_NOT_FOUND, other).path("message").asText())
        .contains(cid.toString());
  }

  @Test
  void refusesACarWithOneWrongByteAnywhere() throws IOException {
    byte[] wrong = car();
    wrong[wrong.length - 1] ^= 1;
    fetch(wrong, Reason.BLOCK_MISMATCH, cid.toString());
    fetch(Arrays.copyOf(wrong, wrong.length - 100), Reason.MALFORMED_CAR, cid.toString());
    assertThat(bed.store.resolve("blobs/sha256"))
        .satisfiesAnyOf(
            path -> assertThat(path).doesNotExist(), path -> assertThat(path).isEmptyDirectory());
  }

  @Test
  void refusesAnIncompleteCar() throws IOException {
    bed.dag.remove(layer.cid());

    fetch(car(), Reason.BLOB_MISSING, cid.toString());
  }

  @Test
  void refusesAFileThatIsNotTheOneOfTheReference() throws IOException {
    Cid small =
        bed.dag.file(
            "{}".getBytes(StandardCharsets.UTF_8),
            new TestDag.Shape(1 << 20, 5, true, false, false));

    assertThat(
            fetch("{ }".getBytes(StandardCharsets.UTF_8), Reason.DIGEST_MISMATCH, small.toString())
                .path("message")
                .asText())
        .contains(small.toString(), "unixfs-v1-2025");
    fetch("{}".getBytes(StandardCharsets.UTF_8), Reason.LAYOUT_UNRECOGNIZED, small.toString());
  }

  @Test
  void asksNoGatewayBeside() throws IOException {
    fetch(car(), Reason.INVALID_USAGE, "--gateway=https://gateway.example", cid.toString());
    Files.delete(file);
    List<String> first =
        List.of("fetch", "--store=" + bed.store, "--report=" + bed.report, "--from-file=" + file);
    bed.expect(CommandLineRun.of(CommandBed.arguments(first, cid.toString())), Reason.IO_ERROR);
  }
}
