package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sweeps are killed at random instants while fetches of images that share layers with those that go
 * run, and a registry serves the store: after each the store is valid, and every fetch has what it
 * was asked for.
 */
@Timeout(600)
class SweptStoreIT {
  /** {@code -Dswept.rounds=300} for a longer run. */
  private static final int ROUNDS = Integer.getInteger("swept.rounds", 30);

  private static final int LAYERS = 12;

  @TempDir private Path directory;
  private final SharedLayers shared = new SharedLayers(ROUNDS, LAYERS);
  private final HttpClient client = HttpClient.newHttpClient();
  private Path store;
  private StoreOnDisk disk;

  @Test
  void killedSweepsAndFetchesAtOnceLeaveAValidStoreThatHasWhatWasFetched() throws Exception {
    List<Cid> images = shared.images();
    store = directory.resolve("store");
    disk = new StoreOnDisk(store);
    BlobStore.open(store).close();
    Random random = new Random(7);
    int killed = 0;
    int removed = 0;
    try (HostileGateway gateway = shared.gateway();
        ProgramProcess registry =
            new ProgramProcess(directory, "serve", "--store=" + store, "--listen=127.0.0.1:0")) {
      String address = registry.listening();
      for (Cid image : images) {
        int before = disk.images().size();
        Set<String> dead = disk.runs();
        try (ProgramProcess fetch =
                ProgramProcess.quick(directory, SharedLayers.fetch(store, gateway, image));
            ProgramProcess sweep = ProgramProcess.quick(directory, sweep())) {
          sweep.awaitOrExit(() -> begunSince(dead) > (fetch.isRunning() ? 1 : 0));
          LockSupport.parkNanos(random.nextInt(100_000_000));
          sweep.kill();
          killed += sweep.awaitExit() == 128 + 9 ? 1 : 0;
          assertThat(fetch.awaitExit()).as(fetch.err()).isZero();
        }
        List<JsonNode> listed = disk.assertValid();
        removed += Math.max(0, before + 1 - listed.size());
        assertServed(address, image);
        disk.age(Duration.ofHours(1));
      }
      assertThat(registry.err()).doesNotContain("is damaged");
    }
    assertThat(killed).isPositive();
    assertThat(removed).isPositive();

    CommandLineRun last = CommandLineRun.of(sweep());
    assertThat(last.exitCode()).as(last.err()).isZero();
    assertThat(disk.assertValid()).isEmpty();
    assertThat(store.resolve("blobs/sha256")).isEmptyDirectory();
    assertThat(disk.leftovers()).isEmpty();
  }

  /** How many runs are under way: each program has one from its beginning to its end. */
  private int begunSince(Set<String> before) {
    Set<String> runs = disk.runs();
    runs.removeAll(before);
    return runs.size();
  }

  private String[] sweep() {
    return new String[] {"sweep", "--store=" + store, "--quota=0", "--min-age=10m"};
  }

  private void assertServed(String registry, Cid image) throws Exception {
    JsonNode listed =
        disk.images().stream()
            .filter(
                entry ->
                    entry
                        .at("/annotations/org.opencontainers.image.ref.name")
                        .asText()
                        .equals(image.toString()))
            .findFirst()
            .orElseThrow();
    String digest = listed.path("digest").asText();
    URI manifest =
        URI.create("http://%s/v2/ipfs/%s/manifests/%s".formatted(registry, image, digest));
    HttpResponse<byte[]> served =
        client.send(HttpRequest.newBuilder(manifest).build(), BodyHandlers.ofByteArray());
    assertThat(served.statusCode()).isEqualTo(200);
    assertThat(Digest.of(Digest.Algorithm.SHA256, served.body())).hasToString(digest);
  }
}
