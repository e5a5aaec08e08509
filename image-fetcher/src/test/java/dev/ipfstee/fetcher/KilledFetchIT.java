package dev.ipfstee.fetcher;

import static java.nio.charset.StandardCharsets.UTF_8;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The program is killed at random instants some hundreds of times, several at once, on images that
 * share layers, while a registry serves the store: after each kill the store is valid, and in the
 * end every image is completed.
 */
@Timeout(1200)
class KilledFetchIT {
  /** {@code -Dkilled.fetches=2000} for a longer run. */
  private static final int KILLS = Integer.getInteger("killed.fetches", 200);

  private static final int AT_ONCE = 3;
  private static final int LAYERS = 10;

  /** Each is asked for some five times, so that most are killed more than once and some not. */
  private static final int IMAGES = 40;

  /** Skopeo, a real reader, looks at the store after every so many-th. */
  private static final int SKOPEO_EVERY = 10;

  @TempDir private Path directory;
  private final SharedLayers shared = new SharedLayers(IMAGES, LAYERS);
  private final HttpClient client = HttpClient.newHttpClient();
  private final AtomicInteger attempts = new AtomicInteger();
  private final AtomicInteger killed = new AtomicInteger();
  private Path store;

  @Test
  void everyKillLeavesAValidStoreAndTheNextRunCompletes() throws Exception {
    List<Cid> images = shared.images();
    store = directory.resolve("store");
    BlobStore.open(store).close();
    try (ProgramProcess registry =
            new ProgramProcess(directory, "serve", "--store=" + store, "--listen=127.0.0.1:0");
        ExecutorService slots = Executors.newFixedThreadPool(AT_ONCE)) {
      String address = registry.listening();
      List<Future<?>> running = new ArrayList<>();
      for (int slot = 0; slot < AT_ONCE; slot++) {
        Random random = new Random(slot);
        running.add(slots.submit(() -> kill(images, address, random)));
      }
      for (Future<?> slot : running) {
        slot.get();
      }
      complete(images);
    }
    assertThat(killed.get()).isGreaterThanOrEqualTo(KILLS);
  }

  private Void kill(List<Cid> images, String registry, Random random) throws Exception {
    while (killed.get() < KILLS) {
      int attempt = attempts.getAndIncrement();
      // Those that run at once mostly want the same image.
      if (killOne(images.get(attempt / 5 % IMAGES), random)) {
        killed.incrementAndGet();
      }
      check(registry, attempt);
    }
    return null;
  }

  /** Whether it was killed before it came to its end. */
  private boolean killOne(Cid image, Random random) throws Exception {
    try (HostileGateway gateway = shared.gateway();
        ProgramProcess fetch =
            ProgramProcess.quick(directory, SharedLayers.fetch(store, gateway, image))) {
      int requests = random.nextInt(LAYERS + 6);
      fetch.awaitOrExit(() -> gateway.requests().size() > requests);
      LockSupport.parkNanos(random.nextInt(15_000_000));
      fetch.kill();
      int exit = fetch.awaitExit();
      assertThat(exit).as(fetch.err()).isIn(0, 128 + 9);
      return exit != 0;
    }
  }

  private void check(String registry, int attempt) throws Exception {
    StoreOnDisk disk = new StoreOnDisk(store);
    List<JsonNode> listed = disk.assertValid();
    // A start removes what those before it left, if they are dead.
    assertThat(disk.leftovers()).hasSizeLessThanOrEqualTo(2 * AT_ONCE);
    if (listed.isEmpty()) {
      return;
    }
    JsonNode image = listed.get(attempt % listed.size());
    String digest = image.path("digest").asText();
    String name = image.path("annotations").path("org.opencontainers.image.ref.name").asText();
    URI manifest =
        URI.create("http://%s/v2/ipfs/%s/manifests/%s".formatted(registry, name, digest));
    HttpResponse<byte[]> served =
        client.send(HttpRequest.newBuilder(manifest).build(), BodyHandlers.ofByteArray());
    assertThat(served.statusCode()).as(name).isEqualTo(200);
    assertThat(Digest.of(Digest.Algorithm.SHA256, served.body())).hasToString(digest);
    if (attempt % SKOPEO_EVERY == 0) {
      Path copy = Files.createTempDirectory(directory, "skopeo").resolve("copy");
      Process skopeo =
          new ProcessBuilder("skopeo", "copy", "oci:" + store + ":" + name, "dir:" + copy)
              .redirectErrorStream(true)
              .start();
      String printed = new String(skopeo.getInputStream().readAllBytes(), UTF_8);
      assertThat(skopeo.waitFor()).as(printed).isZero();
    }
  }

  private void complete(List<Cid> images) throws Exception {
    try (HostileGateway gateway = shared.gateway()) {
      for (Cid image : images) {
        CommandLineRun run = CommandLineRun.of(SharedLayers.fetch(store, gateway, image));
        assertThat(run.exitCode()).as(run.err()).isZero();
      }
    }
    StoreOnDisk disk = new StoreOnDisk(store);
    assertThat(disk.assertValid()).hasSize(images.size());
    assertThat(disk.leftovers()).isEmpty();
  }
}
