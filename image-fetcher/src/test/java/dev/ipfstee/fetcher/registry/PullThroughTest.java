package dev.ipfstee.fetcher.registry;

import static dev.ipfstee.fetcher.registry.RunningRegistry.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ipfstee.fetcher.fetch.MinFree;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.TestImage;
import dev.ipfstee.fetcher.testing.FaultyPeer;
import dev.ipfstee.fetcher.testing.Opened;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Node A holds an image; node B has nothing, and A as its peer. */
@Timeout(120)
class PullThroughTest {
  private static final TestImage IMAGE = TestImage.of(1, 3 << 20);
  private static final TestImage.Blob LAYER = IMAGE.amd64().layers().getFirst();
  private static final String REPOSITORY = "/v2/ipfs/" + IMAGE.cid();
  private static final String INDEX = REPOSITORY + "/manifests/" + IMAGE.index().digest();
  private static final String MANIFEST =
      REPOSITORY + "/manifests/" + IMAGE.amd64().manifest().digest();
  private static final String BLOB = REPOSITORY + "/blobs/" + LAYER.digest();

  @TempDir private Path temp;
  private RunningRegistry a;
  private Path storeB;
  @AutoClose private final Opened opened = new Opened();

  @BeforeEach
  void start() {
    Path storeA = temp.resolve("a");
    try (BlobStore store = BlobStore.open(storeA)) {
      IMAGE.store(store, IMAGE.amd64());
    }
    a = opened.add(new RunningRegistry(storeA));
    storeB = temp.resolve("b");
    BlobStore.open(storeB).close();
  }

  private RunningRegistry b(URI... peers) {
    return b(new MinFree(0, 0), peers);
  }

  private RunningRegistry b(MinFree minFree, URI... peers) {
    return opened.add(RunningRegistry.pulling(storeB, minFree, () -> List.of(peers)));
  }

  private FaultyPeer faulty() throws IOException {
    return opened.add(new FaultyPeer(a.peerUrl()));
  }

  /** As containerd does it. */
  private static void pullDocuments(RunningRegistry registry) throws Exception {
    assertThat(registry.head(INDEX).statusCode()).isEqualTo(200);
    assertThat(registry.get(INDEX).body()).isEqualTo(IMAGE.index().content());
    assertThat(registry.get(MANIFEST).body()).isEqualTo(IMAGE.amd64().manifest().content());
  }

  private static void pull(RunningRegistry registry) throws Exception {
    pullDocuments(registry);
    for (TestImage.Blob blob : IMAGE.amd64().blobs()) {
      HttpResponse<byte[]> response = registry.get(REPOSITORY + "/blobs/" + blob.digest());
      assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
      assertThat(response.body()).isEqualTo(blob.content());
    }
  }

  private static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      Thread.onSpinWait();
    }
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  private boolean isStored(TestImage.Blob blob) {
    return Files.exists(storeB.resolve("blobs/sha256").resolve(blob.digest().hex()));
  }

  @Test
  void nodeWithoutAnImageGetsItFromAnother() throws Exception {
    RunningRegistry b = b(a.peerUrl());
    pull(b);

    for (TestImage.Blob blob : IMAGE.amd64().blobs()) {
      assertThat(storeB.resolve("blobs/sha256").resolve(blob.digest().hex()))
          .hasBinaryContent(blob.content());
    }
    assertThat(text(b.manage("/inventory")))
        .contains("\"digest\":\"" + IMAGE.index().digest() + "\"")
        .contains("\"platforms\":[\"linux/amd64\"]")
        .contains("\"bytes\":" + bytes());
    assertThat(storeB.resolve("ingest/pulls.json")).content().doesNotContain(IMAGE.cid());
  }

  private static long bytes() {
    return IMAGE.index().size()
        + IMAGE.amd64().blobs().stream().mapToLong(TestImage.Blob::size).sum();
  }

  @Test
  void whatWasPulledNeedsNoPeerAnyMoreAndServesOthers() throws Exception {
    RunningRegistry b = b(a.peerUrl());
    pull(b);
    a.close();
    pull(b);
    Path storeC = temp.resolve("c");
    BlobStore.open(storeC).close();
    pull(
        opened.add(
            RunningRegistry.pulling(
                storeC, new MinFree(0, 0), () -> List.of(a.peerUrl(), b.peerUrl()))));
  }

  @Test
  void imageIsListedOnlyWhenAllOfAPlatformIsThere() throws Exception {
    RunningRegistry b = b(a.peerUrl());
    pullDocuments(b);
    b.get(BLOB);

    assertThat(text(b.manage("/inventory"))).contains("\"images\":[]");
    assertThat(storeB.resolve("index.json")).content().doesNotContain(IMAGE.cid());
  }

  @Test
  void partOfAnImageIsOfUseAfterARestartWithoutPeers() throws Exception {
    try (RunningRegistry b =
        RunningRegistry.pulling(storeB, new MinFree(0, 0), () -> List.of(a.peerUrl()))) {
      pullDocuments(b);
      assertThat(b.get(BLOB).statusCode()).isEqualTo(200);
    }
    a.close();
    RunningRegistry again = b();

    assertThat(again.get(INDEX).statusCode()).isEqualTo(200);
    assertThat(again.get(BLOB).body()).isEqualTo(LAYER.content());
  }

  @Test
  void storeThatIsEmptiedIsFilledAgain() throws Exception {
    RunningRegistry b = b(a.peerUrl());
    pull(b);
    try (Stream<Path> files = Files.walk(storeB)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.equals(storeB)) {
          Files.delete(file);
        }
      }
    }

    pull(b);

    assertThat(files(storeB.resolve("blobs"))).isNotEmpty();
  }

  @Test
  void peerPortNeverPulls() throws Exception {
    FaultyPeer watched = faulty();
    RunningRegistry b = b(watched.url());

    assertThat(b.peerGet(INDEX).statusCode()).isEqualTo(404);
    assertThat(b.peerGet(BLOB).statusCode()).isEqualTo(404);
    assertThat(watched.requests()).isEmpty();
  }

  @Test
  void nodesThatLackAnImageDontAskEachOtherInCircles() throws Exception {
    List<URI> both = new ArrayList<>();
    Path storeC = temp.resolve("c");
    BlobStore.open(storeC).close();
    RunningRegistry b = opened.add(RunningRegistry.pulling(storeB, new MinFree(0, 0), () -> both));
    RunningRegistry c = opened.add(RunningRegistry.pulling(storeC, new MinFree(0, 0), () -> both));
    both.addAll(List.of(b.peerUrl(), c.peerUrl()));

    assertThat(b.get(INDEX).statusCode()).isEqualTo(404);
    assertThat(c.get(INDEX).statusCode()).isEqualTo(404);
  }

  @Test
  void asksForNoBlobThatNoVerifiedManifestOfTheRepositoryNames() throws Exception {
    FaultyPeer watched = faulty();
    RunningRegistry b = b(watched.url());

    assertThat(b.get(BLOB).statusCode()).isEqualTo(404);
    assertThat(watched.requests()).isEmpty();
    pullDocuments(b);
    assertThat(b.get(BLOB).statusCode()).isEqualTo(200);
  }

  @Test
  void saysOfNoCidWhatItLeadsTo() throws Exception {
    RunningRegistry b = b(a.peerUrl());
    assertThat(b.get(REPOSITORY + "/manifests/latest").statusCode()).isEqualTo(404);
    pull(b);

    assertThat(b.get(REPOSITORY + "/manifests/latest").statusCode()).isEqualTo(404);
    assertThat(text(b.get(REPOSITORY + "/tags/list"))).contains("\"tags\":[]");
  }

  @Test
  void firstByteLeavesBeforeTheLastArrives() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    FaultyPeer slow = faulty();
    RunningRegistry b = b(slow.url());
    pullDocuments(b);
    slow.with(
        (request, body, out) -> {
          out.write(body, 0, body.length / 2);
          out.flush();
          try {
            go.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          out.write(body, body.length / 2, body.length - body.length / 2);
        });
    HttpResponse<InputStream> response = b.stream(BLOB);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValueAsLong("content-length")).hasValue(LAYER.size());
    byte[] first = response.body().readNBytes(LAYER.size() / 2);
    assertThat(first).isEqualTo(Arrays.copyOf(LAYER.content(), LAYER.size() / 2));
    assertThat(isStored(LAYER)).isFalse();

    go.countDown();
    byte[] rest = response.body().readAllBytes();
    assertThat(rest).isEqualTo(Arrays.copyOfRange(LAYER.content(), LAYER.size() / 2, LAYER.size()));
    assertThat(isStored(LAYER)).isTrue();
  }

  @Test
  void allWhoWaitFollowOneFlight() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    FaultyPeer slow = faulty();
    RunningRegistry b = b(slow.url());
    pullDocuments(b);
    slow.with(
        (request, body, out) -> {
          out.write(body, 0, 1000);
          out.flush();
          try {
            go.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          out.write(body, 1000, body.length - 1000);
        });
    List<HttpResponse<InputStream>> waiting = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      waiting.add(
          i % 2 == 0 ? b.stream(BLOB) : b.stream(BLOB, "Range", "bytes=" + 100_000 * i + "-"));
    }
    go.countDown();
    for (int i = 0; i < 10; i++) {
      byte[] body = waiting.get(i).body().readAllBytes();
      int from = i % 2 == 0 ? 0 : 100_000 * i;
      assertThat(body).isEqualTo(Arrays.copyOfRange(LAYER.content(), from, LAYER.size()));
    }
    assertThat(slow.requests()).filteredOn(request -> request.startsWith("GET " + BLOB)).hasSize(1);
  }

  @Test
  void lieIsCutShortAndTheNextPeerAsked() throws Exception {
    FaultyPeer liar = faulty();
    List<URI> peers = new ArrayList<>(List.of(liar.url()));
    RunningRegistry b =
        opened.add(RunningRegistry.pulling(storeB, new MinFree(0, 0), () -> List.copyOf(peers)));
    pullDocuments(b);
    liar.lie();

    HttpResponse<InputStream> response = b.stream(BLOB);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThatThrownBy(() -> response.body().readAllBytes()).isInstanceOf(IOException.class);
    assertThat(isStored(LAYER)).isFalse();
    assertThat(b.log()).contains("a peer sent wrong bytes").contains(liar.host());

    peers.add(a.peerUrl());
    assertThat(b.get(BLOB).body()).isEqualTo(LAYER.content());
    assertThat(liar.requests()).filteredOn(r -> r.startsWith("GET " + BLOB)).hasSize(1);
    assertThat(text(b.manage("/metrics")))
        .contains("ipfstee_registry_pulls_total{outcome=\"rejected\"} 1.0");
  }

  @Test
  void smallBlobsLieCostsItsClientNothing() throws Exception {
    FaultyPeer liar = faulty();
    RunningRegistry b = b(liar.url(), a.peerUrl());
    pullDocuments(b);
    liar.lie();

    String config = REPOSITORY + "/blobs/" + IMAGE.amd64().config().digest();
    assertThat(b.get(config).body()).isEqualTo(IMAGE.amd64().config().content());
  }

  @Test
  void blobThatBreaksOffIsGoneOnWithFromAnotherPeer() throws Exception {
    FaultyPeer one = faulty();
    FaultyPeer other = faulty();
    RunningRegistry b = b(one.url(), other.url());
    pullDocuments(b);
    one.breakOffAfter(2 << 20);
    other.breakOffAfter(2 << 20);

    assertThat(b.get(BLOB).body()).isEqualTo(LAYER.content());
    assertThat(one.requests()).anyMatch(request -> request.startsWith("GET " + BLOB));
    assertThat(other.requests()).anyMatch(request -> request.startsWith("GET " + BLOB));
  }

  @Test
  void fullDiskIsLeftAloneAndTold() throws Exception {
    RunningRegistry b = b(new MinFree(0, Long.MAX_VALUE / 4), a.peerUrl());

    HttpResponse<byte[]> response = b.get(INDEX);
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(text(response)).contains("\"UNAVAILABLE\"").contains("--min-free");
    assertThat(files(storeB.resolve("blobs"))).isEmpty();
  }

  @Test
  void blobThatNoPeerHasIsUnknown() throws Exception {
    Path storeC = temp.resolve("c");
    BlobStore.open(storeC).close();
    RunningRegistry b = b(a.peerUrl());
    pullDocuments(b);
    RunningRegistry c =
        opened.add(RunningRegistry.pulling(storeC, new MinFree(0, 0), () -> List.of(b.peerUrl())));
    pullDocuments(c);

    HttpResponse<byte[]> response = c.get(BLOB);

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(text(response)).contains("\"BLOB_UNKNOWN\"").contains("no peer has it");
  }

  private static void assertUnavailable(HttpResponse<byte[]> response, String why) {
    assertThat(response.statusCode()).as(text(response)).isEqualTo(503);
    assertThat(text(response)).contains("\"UNAVAILABLE\"").contains(why);
  }

  @Test
  void blobThatAPeerThatIsAwayMayHaveIsNotUnknown() throws Exception {
    Path storeC = temp.resolve("c");
    BlobStore.open(storeC).close();
    RunningRegistry empty = opened.add(new RunningRegistry(storeC));
    RunningRegistry b = b(a.peerUrl(), empty.peerUrl());
    pullDocuments(b);
    a.close();

    String why = "1 of 2 didn't answer or weren't asked (" + a.peerUrl();
    assertUnavailable(b.get(BLOB), why);
    assertUnavailable(b.get(REPOSITORY + "/manifests/sha256:" + "0".repeat(64)), why);
    assertThat(b.log()).contains("failed to pull a blob from peers").contains(why);
    assertThat(text(b.manage("/metrics")))
        .contains("ipfstee_registry_pulls_total{outcome=\"failed\"} 2.0")
        .contains("ipfstee_registry_pulls_total{outcome=\"missed\"} 0.0");
  }

  @Test
  void blobOfAPeerThatIsLeftAloneAfterAFailureIsNotUnknown() throws Exception {
    FaultyPeer broken = faulty();
    RunningRegistry b = b(broken.url());
    pullDocuments(b);
    broken.breakOffAfter(0);

    assertUnavailable(b.get(BLOB), broken.url() + ": it failed, and isn't asked for a while");
  }

  @Test
  void blobOfAPeerThatSentWrongBytesIsNotUnknown() throws Exception {
    FaultyPeer liar = faulty();
    RunningRegistry b = b(liar.url());
    pullDocuments(b);
    liar.lie();

    assertUnavailable(
        b.get(REPOSITORY + "/blobs/" + IMAGE.amd64().config().digest()), liar.url().toString());
  }

  @Test
  void nothingIsUnknownWhileThePeersCannotBeFound() throws Exception {
    RunningRegistry b =
        opened.add(
            RunningRegistry.pulling(
                storeB,
                new MinFree(0, 0),
                new PeerNames(ListenAddress.parse("peers.invalid:5051"))));

    assertUnavailable(b.get(INDEX), "failed to find the peers behind the name 'peers.invalid'");
    assertThat(b.head(INDEX).statusCode()).isEqualTo(503);
  }

  @Test
  void damagedBlobIsHealedFromAPeer() throws Exception {
    RunningRegistry b = b(a.peerUrl());
    pull(b);
    Path blob = storeB.resolve("blobs/sha256").resolve(LAYER.digest().hex());
    byte[] wrong = LAYER.content().clone();
    wrong[7] ^= 1;
    Files.write(blob, wrong);
    await(() -> b.log().contains("a blob is damaged"));

    assertThat(b.get(BLOB).body()).isEqualTo(LAYER.content());
    assertThat(blob).hasBinaryContent(LAYER.content());
  }

  @Test
  void headOfABlobSaysWhetherItCanBeHad() throws Exception {
    RunningRegistry b = b(a.peerUrl());
    pullDocuments(b);

    HttpResponse<byte[]> head = b.head(BLOB);
    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.headers().firstValueAsLong("content-length")).hasValue(LAYER.size());
    assertThat(b.head(REPOSITORY + "/manifests/" + IMAGE.arm64().manifest().digest()).statusCode())
        .isEqualTo(404);
  }

  @Test
  void clientThatGoesAwayHoldsUpNobody() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    FaultyPeer slow = faulty();
    RunningRegistry b = b(slow.url());
    pullDocuments(b);
    slow.with(
        (request, body, out) -> {
          out.write(body, 0, 1000);
          out.flush();
          try {
            go.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
          out.write(body, 1000, body.length - 1000);
        });
    try (InputStream left = b.stream(BLOB).body()) {
      assertThat(left.read()).isEqualTo(LAYER.content()[0] & 0xff);
    }
    go.countDown();
    await(() -> isStored(LAYER));
  }

  @Test
  void manyClientsPullAtOnce() throws Exception {
    RunningRegistry b = b(a.peerUrl());
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Void>> pulls = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        pulls.add(
            clients.submit(
                () -> {
                  pull(b);
                  return null;
                }));
      }
      for (Future<Void> one : pulls) {
        one.get();
      }
    }
    assertThat(files(storeB.resolve("ingest")))
        .allMatch(file -> List.of("lock", "alive", "pulls.json").contains(name(file)));
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }

  @Test
  void registryWithoutPeersNeedsNoRightToWrite() throws Exception {
    RunningRegistry alone = opened.add(new RunningRegistry(storeB));
    assertThat(alone.get(INDEX).statusCode()).isEqualTo(404);
    assertThat(files(storeB.resolve("ingest")))
        .extracting(PullThroughTest::name)
        .containsOnly("lock");
  }
}
