package dev.ipfstee.fetcher.registry;

import static dev.ipfstee.fetcher.registry.RunningRegistry.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.TestImage;
import dev.ipfstee.fetcher.testing.FaultyPeer;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A registry that sweeps its store, for which a minute goes by whenever it looks at its clock. */
@Timeout(120)
class DesiredRegistryTest {
  private static final Duration AFTER = Duration.ofMinutes(10);
  private static final long MINUTE = Duration.ofMinutes(1).toNanos();
  private static final TestImage A = TestImage.of(1, 100_000);
  private static final TestImage B = TestImage.of(2, 3 << 20);
  private static final String REPOSITORY = "/v2/ipfs/" + B.cid();
  private static final String REMOVED = "an image was removed";

  @TempDir private Path temp;
  private Path store;
  private MountedSet mounted;
  private final AtomicLong clock = new AtomicLong();

  @BeforeEach
  void start() throws Exception {
    store = temp.resolve("store");
    mounted = new MountedSet(temp.resolve("desired"));
    try (BlobStore open = BlobStore.open(store)) {
      A.store(open, A.amd64());
    }
  }

  private void storeB(Path where) throws Exception {
    try (BlobStore open = BlobStore.open(where)) {
      B.store(open, B.amd64());
    }
    TestImage.age(where, Duration.ofDays(1));
  }

  private RunningRegistry registry(URI... peers) {
    return RunningRegistry.following(
        new DesiredRounds.Settings(
            mounted.file(),
            Duration.ofMillis(5),
            () -> clock.addAndGet(MINUTE),
            Optional.of(new UnwantedSweep.Settings(AFTER, 0))),
        store,
        () -> List.of(peers));
  }

  /** So many rounds, and all that they do. */
  private void awaitTime(Duration time) throws Exception {
    long end = clock.get() + time.toNanos();
    await(() -> clock.get() >= end);
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    while (!condition.call()) {
      Thread.onSpinWait();
    }
  }

  private static int status(RunningRegistry registry, TestImage image) throws Exception {
    return registry
        .get("/v2/ipfs/" + image.cid() + "/manifests/" + image.index().digest())
        .statusCode();
  }

  @Test
  void listedImageStaysAndUnlistedOneIsNoLongerServedNorInTheInventory() throws Exception {
    storeB(store);
    mounted.show(MountedSet.image(A.cid()), MountedSet.image(B.cid()));
    try (RunningRegistry registry = registry()) {
      awaitTime(AFTER.multipliedBy(6));
      assertThat(status(registry, A)).isEqualTo(200);
      assertThat(status(registry, B)).isEqualTo(200);
      assertThat(registry.log()).doesNotContain(REMOVED);

      mounted.show(MountedSet.image(A.cid()));
      await(() -> registry.log().contains("the store was swept"));

      assertThat(status(registry, A)).isEqualTo(200);
      assertThat(status(registry, B)).isEqualTo(404);
      for (TestImage.Blob blob : A.amd64().blobs()) {
        assertThat(registry.get("/v2/ipfs/" + A.cid() + "/blobs/" + blob.digest()).body())
            .isEqualTo(blob.content());
      }
      assertThat(text(registry.manage("/inventory")))
          .contains(A.cid())
          .doesNotContain(B.cid())
          .contains("\"damaged\":[]");
      assertThat(text(registry.manage("/metrics"))).contains("ipfstee_store_swept_images_total 1");
      assertThat(registry.log()).doesNotContain("failed");
      assertThat(store.resolve("blobs/sha256").resolve(B.index().digest().hex())).doesNotExist();
    }
  }

  @Test
  void nothingIsRemovedWhileTheSetIsGone() throws Exception {
    storeB(store);
    mounted.show(MountedSet.image(A.cid()), MountedSet.image(B.cid()));
    try (RunningRegistry registry = registry()) {
      mounted.hide();
      await(() -> registry.log().contains("the desired set can't be read"));
      awaitTime(AFTER.multipliedBy(6));

      assertThat(status(registry, A)).isEqualTo(200);
      assertThat(status(registry, B)).isEqualTo(200);
      assertThat(registry.log()).doesNotContain(REMOVED);
    }
  }

  @Test
  void imageThatIsBeingPulledStays() throws Exception {
    storeB(temp.resolve("other"));
    mounted.show(MountedSet.image(A.cid()));
    try (RunningRegistry other = new RunningRegistry(temp.resolve("other"));
        FaultyPeer peer = new FaultyPeer(other.peerUrl());
        RunningRegistry registry = registry(peer.url())) {
      assertThat(status(registry, B)).isEqualTo(200);
      assertThat(
              registry.get(REPOSITORY + "/manifests/" + B.amd64().manifest().digest()).statusCode())
          .isEqualTo(200);
      peer.stallAfter(1 << 20);
      HttpResponse<InputStream> layer =
          registry.stream(REPOSITORY + "/blobs/" + B.amd64().layers().getFirst().digest());
      try (InputStream body = layer.body()) {
        TestImage.age(store, Duration.ofDays(1));
        awaitTime(AFTER.multipliedBy(6));
        assertThat(registry.log()).doesNotContain(REMOVED);
        assertThat(body.readNBytes(1000)).hasSize(1000);
      }
    }
  }
}
