package dev.ipfstee.fetcher.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.fetch.MinFree;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.StoreWatch;
import dev.ipfstee.fetcher.store.TestImage;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A hundred nodes, each with an address of its own, of which two have an image. */
class RolloutTest {
  private static final int NODES = 100;
  private static final int SEEDS = 2;

  /** Its layers are just large enough to count. */
  private static final TestImage IMAGE = TestImage.of(1, 1_100_000);

  private static final Pattern SENT =
      Pattern.compile("(?m)^ipfstee_registry_peer_response_bytes_total (\\S+)$");

  @TempDir private Path temp;
  private final List<RegistryServer> nodes = new ArrayList<>();
  private final List<URI> peers = new ArrayList<>();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @AfterEach
  void stop() {
    nodes.parallelStream().forEach(node -> node.stop(Duration.ZERO));
    client.close();
  }

  private void start(int number, Optional<DesiredRounds.Settings> desired) {
    Path store = temp.resolve("node-" + number);
    try (BlobStore opened = BlobStore.open(store)) {
      if (number < SEEDS) {
        IMAGE.store(opened, IMAGE.amd64());
      }
    }
    ListenAddress anyPort = ListenAddress.parse("127.0.1." + (number + 1) + ":0");
    RegistryServer node =
        new RegistryServer(
            new RegistryServer.Settings(
                store,
                anyPort,
                Optional.empty(),
                Optional.of(anyPort),
                Optional.of(anyPort),
                512,
                Optional.of(
                    new Pulls.Settings(
                        () -> others(number), new MinFree(0, 0), Duration.ofSeconds(30))),
                desired,
                new StoreWatch.Settings(Duration.ofHours(1), 0, Duration.ofHours(1))),
            new PrintStream(OutputStream.nullOutputStream(), true, StandardCharsets.UTF_8));
    node.start();
    nodes.add(node);
    peers.add(URI.create("http://" + node.peerAddress().orElseThrow()));
  }

  private List<URI> others(int number) {
    List<URI> others = new ArrayList<>(peers);
    others.remove(number);
    return others;
  }

  private HttpResponse<byte[]> get(ListenAddress address, String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://" + address + path)).build(),
        BodyHandlers.ofByteArray());
  }

  /** As a kubelet does: what can't be had now is asked for again. */
  private byte[] pull(ListenAddress address, String path) throws Exception {
    while (true) {
      HttpResponse<byte[]> answer = get(address, path);
      if (answer.statusCode() == 200) {
        return answer.body();
      }
    }
  }

  private Void pull(RegistryServer node) throws Exception {
    String repository = "/v2/ipfs/" + IMAGE.cid();
    for (TestImage.Blob document : List.of(IMAGE.index(), IMAGE.amd64().manifest())) {
      assertThat(pull(node.address(), repository + "/manifests/" + document.digest()))
          .isEqualTo(document.content());
    }
    for (TestImage.Blob layer : IMAGE.amd64().layers()) {
      assertThat(pull(node.address(), repository + "/blobs/" + layer.digest()))
          .isEqualTo(layer.content());
    }
    return null;
  }

  private double copiesSentBy(RegistryServer node) throws Exception {
    String metrics =
        new String(
            get(node.managementAddress().orElseThrow(), "/metrics").body(), StandardCharsets.UTF_8);
    Matcher sent = SENT.matcher(metrics);
    assertThat(sent.find()).isTrue();
    int layers = IMAGE.amd64().layers().stream().mapToInt(TestImage.Blob::size).sum();
    return Double.parseDouble(sent.group(1)) / layers;
  }

  @Test
  @Timeout(600)
  void seedsSendAFewCopiesAndTheOthersDoTheRest() throws Exception {
    assertThatSeedsSendAFewCopies(Optional.empty());
  }

  @Test
  @Timeout(600)
  void seedsSendAFewCopiesAlsoWhenAllNodesKnowThem() throws Exception {
    MountedSet desired = new MountedSet(temp.resolve("desired"));
    desired.show(MountedSet.image(IMAGE.cid(), "127.0.1.1", "127.0.1.2"));
    assertThatSeedsSendAFewCopies(
        Optional.of(
            new DesiredRounds.Settings(
                desired.file(), Duration.ofSeconds(10), System::nanoTime, Optional.empty())));
  }

  private void assertThatSeedsSendAFewCopies(Optional<DesiredRounds.Settings> desired)
      throws Exception {
    for (int number = 0; number < NODES; number++) {
      start(number, desired);
    }
    try (ExecutorService runtimes = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Void>> pulls = new ArrayList<>();
      for (RegistryServer node : nodes.subList(SEEDS, NODES)) {
        pulls.add(runtimes.submit(() -> pull(node)));
      }
      for (Future<Void> pull : pulls) {
        pull.get();
      }
    }
    for (RegistryServer seed : nodes.subList(0, SEEDS)) {
      // If nobody held back, it would be half of the others.
      assertThat(copiesSentBy(seed)).isBetween(0.5, NODES / 4.0);
    }
  }
}
