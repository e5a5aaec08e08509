package dev.ipfstee.fetcher.registry;

import static dev.ipfstee.fetcher.registry.RunningRegistry.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.StoredImage;
import dev.ipfstee.fetcher.store.TestImage;
import dev.ipfstee.fetcher.testing.TestCertificate;
import java.io.RandomAccessFile;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManagementTest {
  private static final TestImage IMAGE = TestImage.of(1, 1000);

  @TempDir Path temp;

  @Test
  void missingStoreIsNotReadyAndRecoversWhenItAppears() throws Exception {
    try (RunningRegistry registry = new RunningRegistry(root())) {
      assertThat(registry.manage("/livez").statusCode()).isEqualTo(200);
      HttpResponse<byte[]> response = registry.manage("/readyz");
      assertThat(response.statusCode()).isEqualTo(503);
      assertThat(text(response)).contains(root().toString());
      assertThat(text(registry.manage("/inventory")))
          .isEqualTo("{\"version\":1,\"images\":[],\"fetches\":[],\"damaged\":[]}");
      assertThat(registry.get(manifest()).statusCode()).isEqualTo(404);

      storeImage();

      assertThat(registry.manage("/readyz").statusCode()).isEqualTo(200);
      assertThat(registry.get(manifest()).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void corruptIndexIsNotReadyWithTheReason() throws Exception {
    storeImage();
    try (RunningRegistry registry = new RunningRegistry(root())) {
      assertThat(registry.manage("/readyz").statusCode()).isEqualTo(200);
      byte[] index = Files.readAllBytes(root().resolve("index.json"));
      Files.writeString(root().resolve("index.json"), "{\"schemaVersion\":2,");

      HttpResponse<byte[]> response = registry.manage("/readyz");
      assertThat(response.statusCode()).isEqualTo(503);
      assertThat(text(response)).contains("index.json").contains("not valid JSON");
      assertThat(registry.get(manifest()).statusCode()).isEqualTo(503);
      assertThat(registry.manage("/inventory").statusCode()).isEqualTo(503);
      assertThat(registry.manage("/livez").statusCode()).isEqualTo(200);

      Files.write(root().resolve("index.json"), index);
      assertThat(registry.manage("/readyz").statusCode()).isEqualTo(200);
      assertThat(registry.get(manifest()).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void inventoryListsImagesAndFetchesWithAnEtag() throws Exception {
    StoredImage image = storeImage();
    try (RunningRegistry registry = new RunningRegistry(root())) {
      HttpResponse<byte[]> response;
      try (BlobStore fetching = BlobStore.open(root())) {
        fetching.progress("ipfs://bafyother", 1, 2);
        response = registry.manage("/inventory");
      }
      assertThat(response.headers().firstValue("content-type")).contains("application/json");
      assertThat(text(response))
          .isEqualTo(
              ("{\"version\":1,\"images\":[{\"source\":\"ipfs://%s\",\"cid\":\"%s\","
                   + "\"layout\":\"OciLayout\",\"digest\":\"%s\",\"mediaType\":\"%s\","
                   + "\"platforms\":[\"linux/amd64\"],\"bytes\":%d}],"
                   + "\"fetches\":[{\"source\":\"ipfs://bafyother\",\"bytes\":1,\"total\":2}],\"damaged\":[]}")
                  .formatted(
                      image.cid(), image.cid(), image.digest(), image.mediaType(), image.bytes()));
      String etag = response.headers().firstValue("etag").orElseThrow();
      HttpResponse<byte[]> again = registry.manage("/inventory", "If-None-Match", etag);
      assertThat(again.statusCode()).isEqualTo(304);
      assertThat(again.body()).isEmpty();

      await(() -> text(registry.manage("/inventory")).contains("\"fetches\":[]"));
      assertThat(registry.manage("/inventory", "If-None-Match", etag).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void imageThatLacksABlobIsNotListed() throws Exception {
    storeImage();
    Files.delete(
        root().resolve("blobs/sha256").resolve(IMAGE.amd64().layers().get(1).digest().hex()));
    try (RunningRegistry registry = new RunningRegistry(root())) {
      assertThat(text(registry.manage("/inventory"))).contains("\"images\":[]");
    }
  }

  @Test
  void progressOfAKilledFetchIsNotListed() throws Exception {
    storeImage();
    Path run = Files.createDirectories(root().resolve("ingest/run-0"));
    Path progress = run.resolve("progress.json");
    Files.writeString(progress, "{\"source\":\"ipfs://dead\",\"bytes\":1,\"total\":2}");
    Files.setLastModifiedTime(progress, FileTime.from(Instant.now().minus(Duration.ofMinutes(3))));
    Path broken = Files.createDirectories(root().resolve("ingest/run-1"));
    Files.writeString(broken.resolve("progress.json"), "{");
    try (RunningRegistry registry = new RunningRegistry(root())) {
      assertThat(text(registry.manage("/inventory"))).contains("\"fetches\":[]");
    }
  }

  @Test
  void flippedByteIsSeenWhileTheRegistryRunsAndMendedByTheNextFetch() throws Exception {
    storeImage();
    Digest layer = IMAGE.amd64().layers().get(1).digest();
    String blob = "/v2/ipfs/" + IMAGE.cid() + "/blobs/" + layer;
    try (RunningRegistry registry = new RunningRegistry(root())) {
      await(() -> text(registry.manage("/metrics")).contains("scrub_passes_total 1.0"));
      assertThat(registry.get(blob).statusCode()).isEqualTo(200);
      Path file = root().resolve("blobs/sha256").resolve(layer.hex());
      FileTime modified = Files.getLastModifiedTime(file);
      try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "rw")) {
        content.seek(100);
        int before = content.read();
        content.seek(100);
        content.write(before ^ 1);
      }
      Files.setLastModifiedTime(file, modified);

      await(() -> text(registry.manage("/inventory")).contains("\"images\":[]"));

      assertThat(text(registry.manage("/inventory")))
          .contains("\"damaged\":[{\"digest\":\"" + layer + "\",\"finding\":\"its content is ");
      HttpResponse<byte[]> damaged = registry.get(blob);
      assertThat(damaged.statusCode()).isEqualTo(404);
      assertThat(text(damaged)).contains("BLOB_UNKNOWN").contains("damaged");
      assertThat(registry.log()).contains("a blob is damaged").contains(layer.toString());
      assertThat(text(registry.manage("/metrics"))).contains("ipfstee_store_blobs_damaged 1.0");

      storeImage();

      await(() -> text(registry.manage("/inventory")).contains(IMAGE.cid()));
      assertThat(text(registry.manage("/inventory"))).contains("\"damaged\":[]");
      assertThat(registry.get(blob).body()).isEqualTo(IMAGE.amd64().layers().get(1).content());
    }
  }

  @Test
  void metricsCountRequestsByMethodKindAndCode() throws Exception {
    storeImage();
    try (RunningRegistry registry = new RunningRegistry(root())) {
      registry.get(manifest());
      registry.get(manifest());
      registry.head("/v2/ipfs/" + IMAGE.cid() + "/blobs/" + IMAGE.amd64().config().digest());
      registry.get("/v2/ipfs/nothing/tags/list");
      String get =
          "ipfstee_registry_requests_total{code=\"200\",kind=\"manifests\",method=\"GET\"}";
      await(() -> text(registry.manage("/metrics")).contains(get + " 2.0"));
      String metrics = text(registry.manage("/metrics"));
      assertThat(metrics)
          .contains("requests_total{code=\"200\",kind=\"blobs\",method=\"HEAD\"} 1.0")
          .contains("requests_total{code=\"404\",kind=\"tags\",method=\"GET\"} 1.0")
          .contains("response_bytes_total{kind=\"manifests\"} " + 2.0 * IMAGE.index().size())
          .contains("ipfstee_store_images 1.0")
          .contains("ipfstee_store_bytes")
          .contains("ipfstee_registry_connections")
          .doesNotContain(IMAGE.cid());
    }
  }

  @Test
  void everyMetricIsDocumentedAndNoOther() throws Exception {
    storeImage();
    String page = Files.readString(Path.of("../docs/metrics.md")).split("(?m)^## Node registry")[1];
    Set<String> documented =
        matches("(?m)^\\| `([a-z0-9_]+\\*?)`", page.substring(0, page.indexOf("\n## ")));
    Path secret = temp.resolve("secret");
    TestCertificate.make(temp).mount(secret);
    try (RunningRegistry registry =
        RunningRegistry.withAll(
            new DesiredRounds.Settings(
                temp.resolve("none"), Duration.ofSeconds(10), System::nanoTime, Optional.empty()),
            root(),
            List::of,
            new TlsFiles(secret.resolve("tls.crt"), secret.resolve("tls.key")))) {
      registry.get(manifest());
      registry.peerGet(manifest());
      await(() -> text(registry.manage("/metrics")).contains("registry_requests_total{"));
      await(() -> text(registry.manage("/metrics")).contains("peer_requests_total{"));
      Set<String> shown = matches("(?m)^# TYPE (\\S+) ", text(registry.manage("/metrics")));

      assertThat(shown)
          .allSatisfy(
              name ->
                  assertThat(documented)
                      .as("docs/metrics.md has no row for %s", name)
                      .anyMatch(row -> covers(row, name)));
      assertThat(documented)
          .allSatisfy(
              row ->
                  assertThat(shown)
                      .as("docs/metrics.md has a row for %s, which isn't there", row)
                      .anyMatch(name -> covers(row, name)));
    }
  }

  private static boolean covers(String row, String name) {
    return row.endsWith("*")
        ? name.startsWith(row.substring(0, row.length() - 1))
        : row.equals(name);
  }

  private static Set<String> matches(String pattern, String text) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map(match -> match.group(1))
        .collect(Collectors.toSet());
  }

  @Test
  void managementIsReadOnlyAndSaysWhatThereIs() throws Exception {
    try (RunningRegistry registry = new RunningRegistry(root())) {
      HttpResponse<byte[]> response = registry.manage("/v2/");
      assertThat(response.statusCode()).isEqualTo(404);
      assertThat(text(response)).contains("/inventory");
      assertThat(
              RawHttp.exchange(
                  registry.server().managementAddress().orElseThrow(),
                  "POST /inventory HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"))
          .startsWith("HTTP/1.1 405 ");
    }
  }

  private StoredImage storeImage() {
    try (BlobStore store = BlobStore.open(root())) {
      return IMAGE.store(store, IMAGE.amd64());
    }
  }

  private static String manifest() {
    return "/v2/ipfs/" + IMAGE.cid() + "/manifests/latest";
  }

  private Path root() {
    return temp.resolve("store");
  }

  /** Polls: an answer is counted just after its last byte was sent. */
  private static void await(Callable<Boolean> condition) throws Exception {
    Instant deadline = Instant.now().plusSeconds(20);
    while (!condition.call()) {
      assertThat(Instant.now()).isBefore(deadline);
      Thread.onSpinWait();
    }
  }
}
