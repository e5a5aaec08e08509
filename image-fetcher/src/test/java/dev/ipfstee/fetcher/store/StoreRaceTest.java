package dev.ipfstee.fetcher.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.report.FetchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreRaceTest {
  private static final int IMAGES = 12;

  @TempDir Path temp;

  /** What each of the racing processes does: the same images, in its own order. */
  static final class Racer {
    private Racer() {}

    /** Store, and the number of this racer. */
    public static void main(String[] args) {
      int offset = Integer.parseInt(args[1]);
      for (int i = 0; i < IMAGES; i++) {
        TestImage image = TestImage.of((i + offset) % IMAGES, 20_000);
        try (BlobStore store = BlobStore.open(Path.of(args[0]))) {
          image.store(store, offset % 2 == 0 ? image.amd64() : image.arm64());
        }
      }
    }
  }

  @Test
  void processesThatWriteTheSameImagesAllSucceedAndLoseNothing() throws Exception {
    Path root = temp.resolve("store");
    List<Process> racers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      racers.add(start(root, i));
    }
    StoreReader reader = StoreReader.of(root);
    while (racers.stream().anyMatch(Process::isAlive)) {
      // The registry reads meanwhile, and never sees an image that lacks a blob.
      for (StoredImage image : reader.images()) {
        assertThat(ImageGraph.read(reader, image).isComplete(reader, image.platforms())).isTrue();
      }
    }
    for (int i = 0; i < racers.size(); i++) {
      assertThat(racers.get(i).waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(racers.get(i).exitValue())
          .as(Files.readString(temp.resolve("racer-" + i)))
          .isZero();
    }
    assertThat(reader.images()).hasSize(IMAGES);
    for (StoredImage image : reader.images()) {
      assertThat(image.platforms()).containsExactlyInAnyOrder("linux/amd64", "linux/arm64");
      assertThat(image.bytes()).isEqualTo(ImageGraph.read(reader, image).storedBytes(reader));
    }
    assertThat(BlobStoreTest.names(root.resolve("ingest"))).containsExactly("lock");
  }

  private Process start(Path root, int number) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Racer.class.getName(),
            root.toString(),
            Integer.toString(number))
        .redirectErrorStream(true)
        .redirectOutput(temp.resolve("racer-" + number).toFile())
        .start();
  }

  @Test
  void aRunThatRemovesItsDirectoryIsNoDeadOne() throws Exception {
    Path ingest = Files.createDirectories(temp.resolve("store/ingest"));

    assertThat(IngestSession.isDead(ingest.resolve("run-that-is-gone"))).isFalse();
    assertThat(BlobStoreTest.names(ingest)).isEmpty();
  }

  @Test
  void aRunThatWasKilledWhileItRemovedItsDirectoryLeavesNothing() throws Exception {
    Path ended = Files.createDirectories(temp.resolve("store/ingest/ended-0123456789abcdef"));
    Files.writeString(ended.resolve("sha256-0123.1"), "half a blob");

    BlobStore.open(temp.resolve("store")).close();

    assertThat(BlobStoreTest.names(temp.resolve("store/ingest"))).containsExactly("lock");
  }

  @Test
  void threadsOfOneProcessThatAddImagesLoseNone() throws Exception {
    Path root = temp.resolve("store");
    try (BlobStore store = BlobStore.open(root);
        ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<StoredImage>> added = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        int seed = i;
        added.add(
            threads.submit(
                () -> {
                  TestImage image = TestImage.of(seed, 100);
                  return image.store(store, image.amd64());
                }));
      }
      List<StoredImage> expected = new ArrayList<>();
      for (Future<StoredImage> one : added) {
        expected.add(one.get());
      }
      assertThat(store.images()).containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  @Test
  void killedWriterLeavesNeitherALockNorAnUnfinishedDownload() throws Exception {
    Path root = temp.resolve("store");
    Process racer = start(root, 0);
    StoreReader reader = StoreReader.of(root);
    while (reader.images().isEmpty() && racer.isAlive()) {
      Thread.onSpinWait();
    }
    racer.destroyForcibly().waitFor();

    TestImage image = TestImage.of(99, 100);
    try (BlobStore store = BlobStore.open(root)) {
      image.store(store, image.amd64());
    } catch (FetchException failure) {
      throw new AssertionError("a killed process must not stand in the way", failure);
    }
    assertThat(BlobStoreTest.names(root.resolve("ingest"))).containsExactly("lock");
    for (StoredImage stored : reader.images()) {
      assertThat(ImageGraph.read(reader, stored).isComplete(reader, stored.platforms())).isTrue();
    }
  }
}
