package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ipfstee.fetcher.fetch.ImageFixture;
import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.TestImage;
import dev.ipfstee.fetcher.testing.CuttingForwarder;
import dev.ipfstee.fetcher.testing.Kubo;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program as a process, from a real Kubo into stores that real tools read. */
@Timeout(180)
class FetchCommandIT {
  private static final TestImage IMAGE = TestImage.of(1, 3 << 20);

  @TempDir private static Path temp;
  private static Kubo kubo;
  private static Path layout;

  private Path directory;
  private Path store;
  private Path report;

  @BeforeAll
  static void start() throws Exception {
    kubo = new Kubo(temp);
    layout = layoutOf(IMAGE, temp.resolve("layout"));
  }

  @AfterAll
  static void stop() throws Exception {
    if (kubo != null) {
      kubo.close();
    }
  }

  @BeforeEach
  void makeDirectory() throws IOException {
    directory = Files.createTempDirectory(temp, "test");
    store = directory.resolve("store");
    report = directory.resolve("report.json");
  }

  /** An image layout with one platform of the image, as a tool would leave it. */
  private static Path layoutOf(TestImage image, Path directory) throws IOException {
    try (BlobStore store = BlobStore.open(directory)) {
      image.store(store, image.amd64());
    }
    Files.deleteIfExists(directory.resolve("ingest/lock"));
    Files.deleteIfExists(directory.resolve("ingest"));
    return directory;
  }

  private ProgramProcess fetch(URI gateway, String reference, String... more) throws IOException {
    return new ProgramProcess(
        directory,
        CommandBed.arguments(
            List.of(
                "fetch",
                "--store=" + store,
                "--report=" + report,
                "--platform=linux/amd64",
                "--min-free=0",
                "--allow-http",
                "--private-host=" + gateway.getAuthority(),
                "--gateway=" + gateway,
                reference),
            more));
  }

  private JsonNode succeed(URI gateway, String reference) throws Exception {
    try (ProgramProcess fetch = fetch(gateway, reference)) {
      assertThat(fetch.awaitExit()).as(fetch.err()).isZero();
    }
    return CommandLineRun.report(report);
  }

  private void assertHolds(TestImage image) {
    for (TestImage.Blob blob : image.amd64().blobs()) {
      assertThat(store.resolve("blobs/sha256/" + blob.digest().hex()))
          .hasBinaryContent(blob.content());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--cid-version=1 --raw-leaves",
        "--trickle",
        "--trickle --cid-version=1 --raw-leaves",
        "--cid-version=1 --chunker=size-1048576",
      })
  void fetchesALayoutHoweverItWasAdded(String options) throws Exception {
    String cid = add(layout, options);

    JsonNode found = succeed(kubo.gateway(), "/ipfs/" + cid);

    assertThat(found.path("digest").asText()).isEqualTo(IMAGE.index().digest().toString());
    assertThat(found.path("layout").asText()).isEqualTo("OciLayout");
    assertThat(found.path("fetchedBytes").asLong())
        .isGreaterThan(found.path("bytes").asLong())
        .isLessThan(found.path("bytes").asLong() * 11 / 10);
    assertHolds(IMAGE);
  }

  @Test
  void fetchesALayoutWhoseBlobsAreSharded() throws Exception {
    Path many = layoutOf(IMAGE, directory.resolve("many"));
    for (int i = 0; i < 3000; i++) {
      byte[] content = ("blob " + i).getBytes(StandardCharsets.UTF_8);
      Files.write(many.resolve("blobs/sha256/" + TestImage.sha256(content).hex()), content);
    }

    JsonNode found = succeed(kubo.gateway(), "ipfs://" + add(many, "--cid-version=1"));

    assertThat(found.path("digest").asText()).isEqualTo(IMAGE.index().digest().toString());
    assertHolds(IMAGE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--cid-version=1"})
  void fetchesADescriptorRoot(String options) throws Exception {
    ImageFixture documents = new ImageFixture(new TestDag());
    Part layer =
        linked(
            documents.part(ImageFixture.GZIP_LAYER, IMAGE.amd64().layers().get(0).content()),
            options);
    Part config = linked(documents.config("linux/amd64", 1, ""), options);
    Part manifest =
        linked(documents.manifest(config, List.of(layer), ""), options).forPlatform("linux/amd64");
    Part index = linked(documents.index(manifest), options);
    Path root = Files.writeString(directory.resolve("root"), index.json());

    JsonNode found = succeed(kubo.gateway(), add(root, options));

    assertThat(found.path("layout").asText()).isEqualTo("NerdctlDescriptor");
    assertThat(found.path("digest").asText()).isEqualTo(index.digest().toString());
    assertThat(store.resolve("blobs/sha256/" + layer.digest().hex()))
        .hasBinaryContent(layer.bytes());
  }

  @Test
  void fetchesABareIndexWhoseBlobsAreBlocks() throws Exception {
    ImageFixture documents = new ImageFixture(new TestDag());
    Part layer = documents.layer(4, 1_500_000);
    Part large = linked(documents.layer(5, 3_000_000), "--cid-version=1");
    Part config = documents.config("linux/amd64", 2, "");
    Part manifest = documents.manifest(config, List.of(layer, large), "");
    Part index = documents.index(manifest.forPlatform("linux/amd64"));
    for (Part part : List.of(layer, config, manifest)) {
      block(part);
    }

    JsonNode found = succeed(kubo.gateway(), block(index));

    assertThat(found.path("layout").asText()).isEqualTo("Manifest");
    assertThat(found.path("digest").asText()).isEqualTo(index.digest().toString());
    for (Part part : List.of(layer, large)) {
      assertThat(store.resolve("blobs/sha256/" + part.digest().hex()))
          .hasBinaryContent(part.bytes());
    }
  }

  private String block(Part part) throws Exception {
    Path file = Files.write(Files.createTempFile(directory, "part", ""), part.bytes());
    return kubo.run("block", "put", "--cid-codec=raw", "--allow-big-block", file.toString())
        .strip();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--cid-version=1"})
  void fetchesADirectoryInTheFormOfIpdr(String options) throws Exception {
    Part manifest = new ImageFixture(new TestDag()).dockerImage("linux/amd64", 3);
    ImageFixture documents = new ImageFixture(new TestDag());
    List<Part> blobs = List.of(documents.layer(3, 2500), documents.config("linux/amd64", 1, ""));
    Path root = Files.createDirectories(directory.resolve("ipdr/default"));
    Files.createDirectories(root.resolve("manifests"));
    Files.createDirectories(root.resolve("blobs"));
    Files.write(root.resolve("manifests/latest"), manifest.bytes());
    Files.write(root.resolve("manifests/" + manifest.digest()), manifest.bytes());
    for (Part blob : blobs) {
      Files.write(root.resolve("blobs/" + blob.digest()), blob.bytes());
    }

    JsonNode found = succeed(kubo.gateway(), add(root.getParent(), options));

    assertThat(found.path("layout").asText()).isEqualTo("Ipdr");
    assertThat(found.path("digest").asText()).isEqualTo(manifest.digest().toString());
    for (Part blob : blobs) {
      assertThat(store.resolve("blobs/sha256/" + blob.digest().hex()))
          .hasBinaryContent(blob.bytes());
    }
  }

  private Part linked(Part part, String options) throws Exception {
    Path file = Files.write(Files.createTempFile(directory, "part", ""), part.bytes());
    return part.linkedTo("ipfs://" + add(file, options));
  }

  @Test
  void fillsAStoreThatSkopeoReadsAndTheRegistryServes() throws Exception {
    String cid = succeed(kubo.gateway(), "ipfs://" + add(layout, "")).path("cid").asText();

    String raw = run("skopeo", "inspect", "--raw", "oci:" + store + ":" + cid);
    assertThat(raw).isEqualTo(new String(IMAGE.index().content(), StandardCharsets.UTF_8));
    Path copy = directory.resolve("copy");
    run(
        "skopeo",
        "copy",
        "--override-os=linux",
        "--override-arch=amd64",
        "oci:" + store + ":" + cid,
        "dir:" + copy);
    assertThat(copy.resolve("manifest.json")).hasBinaryContent(IMAGE.amd64().manifest().content());

    try (ProgramProcess serve =
            new ProgramProcess(directory, "serve", "--store=" + store, "--listen=127.0.0.1:0");
        HttpClient client = HttpClient.newHttpClient()) {
      String address = serve.listening();
      URI manifest =
          URI.create(
              "http://" + address + "/v2/ipfs/" + cid + "/manifests/" + IMAGE.index().digest());
      HttpResponse<byte[]> response =
          client.send(
              HttpRequest.newBuilder(manifest).build(), HttpResponse.BodyHandlers.ofByteArray());
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.body()).isEqualTo(IMAGE.index().content());
      assertThat(response.headers().firstValue("docker-content-digest"))
          .contains(IMAGE.index().digest().toString());
    }
  }

  @Test
  void completesWhatWasKilledInTheMiddleThroughConnectionsThatBreak() throws Exception {
    TestImage large = TestImage.of(2, 20 << 20);
    String cid = add(layoutOf(large, directory.resolve("large")), "--cid-version=1");
    try (CuttingForwarder cutting = new CuttingForwarder(kubo.gateway(), 3_000_000)) {
      try (ProgramProcess fetch = fetch(cutting.url(), cid)) {
        fetch.await("the download", () -> cutting.cuts() >= 2);
        fetch.kill();
        fetch.awaitExit();
      }
      assertThat(report).isEmptyFile();
      assertThat(store.resolve("index.json")).content().doesNotContain("sha256:");
      for (Path blob : stored()) {
        assertThat(TestImage.sha256(Files.readAllBytes(blob)).hex())
            .isEqualTo(blob.getFileName().toString());
      }

      JsonNode found = succeed(cutting.url(), cid);

      assertThat(found.path("digest").asText()).isEqualTo(large.index().digest().toString());
      assertThat(found.path("sources").path(0).path("rejected").asLong()).isZero();
      assertHolds(large);
    }
    try (Stream<Path> left = Files.list(store.resolve("ingest"))) {
      assertThat(left.map(entry -> entry.getFileName().toString())).isSubsetOf("lock");
    }
  }

  @Test
  void takesPartsOfALargeLayerFromTwoGateways() throws Exception {
    TestImage large = TestImage.of(3, 64 << 20);
    String cid = add(layoutOf(large, directory.resolve("large")), "--cid-version=1");
    try (CuttingForwarder other = new CuttingForwarder(kubo.gateway(), Long.MAX_VALUE);
        ProgramProcess fetch =
            fetch(
                kubo.gateway(),
                cid,
                "--gateway=" + other.url(),
                "--private-host=" + other.url().getAuthority())) {
      assertThat(fetch.awaitExit()).as(fetch.err()).isZero();
    }
    assertHolds(large);
    JsonNode found = CommandLineRun.report(report);
    assertThat(found.path("fetchedBytes").asLong())
        .isLessThan(found.path("bytes").asLong() + (1 << 20));
    for (JsonNode source : found.path("sources")) {
      assertThat(source.path("bytes").asLong()).isGreaterThanOrEqualTo(16 << 20);
      assertThat(source.path("errors").asLong()).isZero();
    }
  }

  private List<Path> stored() throws IOException {
    Path blobs = store.resolve("blobs/sha256");
    if (!Files.exists(blobs)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(blobs)) {
      return files.toList();
    }
  }

  @Test
  void saysThatKuboHasNotGotIt() throws Exception {
    URI gateway = kubo.gateway();
    String absent = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
    try (ProgramProcess fetch = fetch(gateway, absent, "--timeout=3s", "--output=json")) {
      assertThat(fetch.awaitExit()).isEqualTo(11);
      assertThat(CommandLineRun.json(fetch.out()).path("reason").asText())
          .isEqualTo("ContentNotFound");
    }
  }

  private static String add(Path path, String options) throws Exception {
    return kubo.add(path, options.isEmpty() ? new String[0] : options.split(" "));
  }

  private String run(String... command) throws Exception {
    Path output = Files.createTempFile(directory, "output", "");
    Path errors = Files.createTempFile(directory, "errors", "");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile())
            .start();
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("timed out: " + String.join(" ", command));
    }
    assertThat(process.exitValue()).as(Files.readString(errors)).isZero();
    return Files.readString(output);
  }
}
