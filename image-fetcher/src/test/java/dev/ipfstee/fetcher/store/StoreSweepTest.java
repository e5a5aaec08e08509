package dev.ipfstee.fetcher.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreSweepTest {
  private static final TestImage OLD = TestImage.of(1, 2000);
  private static final TestImage NEW = TestImage.of(2, 2000);

  @TempDir Path temp;

  @Test
  void imageGoesWithItsEntryItsBlobsAndItsSignature() throws IOException {
    try (BlobStore store = BlobStore.open(temp)) {
      OLD.storeSigned(store, OLD.amd64());
    }
    age();
    try (BlobStore store = BlobStore.open(temp)) {
      StoredImage young = NEW.store(store, NEW.amd64());

      StoreSweep.Result result = sweep(store, 0);

      assertThat(result.images()).extracting(StoredImage::cid).containsExactly(OLD.cid());
      assertThat(result.after()).isEqualTo(young.bytes());
      assertThat(store.images()).containsExactly(young);
      assertThat(store.reader().listing().referrers()).isEmpty();
      assertThat(store.reader().blobs())
          .containsExactlyInAnyOrder(
              NEW.index().digest(),
              NEW.amd64().manifest().digest(),
              NEW.amd64().config().digest(),
              NEW.amd64().layers().getFirst().digest(),
              NEW.amd64().layers().getLast().digest());
      assertThat(store.hasVerified(NEW.index().digest(), NEW.index().size())).isTrue();
    }
    assertThat(BlobStoreTest.names(temp.resolve("ingest"))).containsExactly("lock");
  }

  @Test
  void imageThatIsFetchedAgainIsYoungAgain() throws IOException {
    try (BlobStore store = BlobStore.open(temp)) {
      OLD.store(store, OLD.amd64());
      age();
      OLD.store(store, OLD.amd64());
    }
    try (BlobStore store = BlobStore.open(temp)) {
      assertThat(sweep(store, 0).images()).isEmpty();
      age();
      assertThat(sweep(store, 0).images()).hasSize(1);
      assertThat(store.reader().blobs()).isEmpty();
    }
  }

  @Test
  void runThatFoundABlobKeepsItThoughItsImageGoes() throws IOException {
    TestImage.Blob layer = OLD.amd64().layers().getFirst();
    try (BlobStore run = BlobStore.open(temp)) {
      OLD.store(run, OLD.amd64());
    }
    age();
    try (BlobStore run = BlobStore.open(temp);
        BlobStore sweeper = BlobStore.open(temp)) {
      assertThat(run.hasVerified(layer.digest(), layer.size())).isTrue();

      StoreSweep.Result result = sweep(sweeper, 0);

      assertThat(result.images()).hasSize(1);
      assertThat(run.reader().blobs()).containsExactly(layer.digest());
      StoredImage again = OLD.store(run, OLD.amd64());
      assertThat(ImageGraph.read(run.reader(), again).isComplete(run.reader(), again.platforms()))
          .isTrue();
    }
  }

  @Test
  void runThatHasWrittenABlobKeepsItBeforeItsImageIsListed() throws IOException {
    try (BlobStore run = BlobStore.open(temp);
        BlobStore sweeper = BlobStore.open(temp)) {
      TestImage.Blob blob = TestImage.write(run, "a layer");
      age();
      sweep(sweeper, 0);
      assertThat(run.reader().blobs()).containsExactly(blob.digest());

      run.release(List.of(blob.digest()));
      sweep(sweeper, 0);
      assertThat(run.reader().blobs()).isEmpty();
    }
  }

  @Test
  void imageThatARunUsesStaysWhole() throws IOException {
    try (BlobStore run = BlobStore.open(temp);
        BlobStore sweeper = BlobStore.open(temp)) {
      StoredImage image = OLD.store(run, OLD.amd64());
      run.release(run.reader().blobs());
      run.use(image.digest());
      age();

      assertThat(sweep(sweeper, 0).images()).isEmpty();
      assertThat(ImageGraph.read(run.reader(), image).isComplete(run.reader(), image.platforms()))
          .isTrue();
    }
  }

  @Test
  void whatKilledRunsClaimedIsFree() throws IOException {
    try (BlobStore run = BlobStore.open(temp)) {
      OLD.store(run, OLD.amd64());
    }
    age();
    Path dead = Files.createDirectories(temp.resolve("ingest/run-0123456789abcdef"));
    Files.createFile(dead.resolve("claim-sha256-" + OLD.index().digest().hex()));
    try (BlobStore store = BlobStore.open(temp)) {
      assertThat(sweep(store, 0).images()).hasSize(1);
    }
  }

  @Test
  void keptCidHoldsItsImageAndThoseOfItsPaths() throws IOException {
    String root = "bafybeigua4lnyjkmzfhebuc3652zt2q7magf53gswajnluitj3ywgd473m";
    try (BlobStore store = BlobStore.open(temp)) {
      OLD.store(store, OLD.amd64());
      StoredImage plain = NEW.store(store, NEW.amd64());
      store.addImage(
          new StoredImage(
              plain.digest(),
              plain.mediaType(),
              plain.size(),
              plain.cid(),
              "ipfs://" + root + "/images/new",
              plain.layout(),
              plain.platforms(),
              plain.bytes()));
    }
    age();
    try (BlobStore store = BlobStore.open(temp)) {
      assertThat(sweep(store, 0, OLD.cid(), root).images()).isEmpty();
      // Both entries of one digest go, or none.
      assertThat(sweep(store, 0, OLD.cid()).images()).hasSize(2);
      assertThat(store.images()).extracting(StoredImage::cid).containsExactly(OLD.cid());
    }
  }

  @Test
  void whatOtherToolsListedStaysWithAllThatItNeeds() throws IOException {
    try (BlobStore store = BlobStore.open(temp)) {
      OLD.store(store, OLD.amd64());
    }
    String entry = TestImage.descriptor("application/vnd.oci.image.index.v1+json", OLD.index());
    Files.writeString(
        temp.resolve("index.json"), "{\"schemaVersion\":2,\"manifests\":[" + entry + "]}");
    try (BlobStore store = BlobStore.open(temp)) {
      NEW.store(store, NEW.amd64());
    }
    age();
    try (BlobStore store = BlobStore.open(temp)) {
      Set<Digest> before = Set.copyOf(store.reader().blobs());
      sweep(store, 0);
      assertThat(store.images()).isEmpty();
      assertThat(Files.readString(temp.resolve("index.json"), StandardCharsets.UTF_8))
          .contains(OLD.index().digest().toString());
      assertThat(before).hasSize(10);
      assertThat(store.reader().blobs())
          .hasSize(5)
          .contains(OLD.index().digest(), OLD.amd64().layers().getFirst().digest());
    }
  }

  @Test
  void imageThatWasPulledInPartGoesFromItsList() throws IOException {
    try (BlobStore store = BlobStore.open(temp)) {
      StoredImage image = OLD.store(store);
      Files.delete(temp.resolve("index.json"));
      store.addPull(image);
      TestImage.Blob config = TestImage.Blob.of(OLD.amd64().config().content());
      TestImage.write(store, OLD.amd64().manifest());
      TestImage.write(store, config);
    }
    try (BlobStore store = BlobStore.open(temp)) {
      assertThat(store.reader().pulls()).hasSize(1);
      assertThat(sweep(store, 0).images()).isEmpty();
      age();
      assertThat(sweep(store, 0).images()).extracting(StoredImage::cid).containsExactly(OLD.cid());
      assertThat(store.reader().pulls()).isEmpty();
      assertThat(store.reader().blobs()).isEmpty();
    }
  }

  @Test
  void sweepThatWasCutShortAfterTheIndexIsCompletedByTheNext() throws IOException {
    try (BlobStore store = BlobStore.open(temp)) {
      OLD.store(store, OLD.amd64());
      Files.writeString(
          temp.resolve("index.json"),
          new String(StoreIndex.empty().toBytes(), StandardCharsets.UTF_8));
    }
    age();
    try (BlobStore store = BlobStore.open(temp)) {
      StoreSweep.Result result = sweep(store, Long.MAX_VALUE);
      assertThat(result.blobs()).isEqualTo(5);
      assertThat(result.after()).isZero();
      assertThat(store.reader().blobs()).isEmpty();
    }
  }

  private static StoreSweep.Result sweep(BlobStore store, long quota, String... keep) {
    return new StoreSweep(
            store, new StoreSweep.Request(quota, Duration.ofMinutes(1), Set.of(keep), false))
        .run();
  }

  /** An hour goes by. */
  private void age() throws IOException {
    FileTime then = FileTime.from(Instant.now().minus(Duration.ofHours(1)));
    for (String name : BlobStoreTest.names(temp.resolve("blobs/sha256"))) {
      Files.setLastModifiedTime(temp.resolve("blobs/sha256").resolve(name), then);
    }
  }
}
