package dev.ipfstee.fetcher.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** A run may be killed after any of its steps: what is left must be a valid store each time. */
class CrashTest {
  private static final TestImage IMAGE = TestImage.of(1, 2000);

  @TempDir Path temp;

  /** Copies the store as it is after every step, as a kill at that moment would leave it. */
  private List<Path> storesAfterEveryStep() throws IOException {
    Path root = temp.resolve("store");
    List<Path> snapshots = new ArrayList<>();
    try (BlobStore store = BlobStore.open(root)) {
      snapshots.add(snapshot(root, snapshots.size()));
      for (TestImage.Blob blob : blobs()) {
        try (BlobWriter writer = store.write(blob.digest(), blob.size())) {
          snapshots.add(snapshot(root, snapshots.size()));
          writer.write(blob.content(), 0, blob.size() / 2);
          snapshots.add(snapshot(root, snapshots.size()));
          writer.write(blob.content(), blob.size() / 2, blob.size() - blob.size() / 2);
          store.progress("ipfs://" + IMAGE.cid(), blob.size(), 0);
          snapshots.add(snapshot(root, snapshots.size()));
          writer.commit();
          snapshots.add(snapshot(root, snapshots.size()));
        }
      }
      IMAGE.store(store, IMAGE.amd64());
      snapshots.add(snapshot(root, snapshots.size()));
    }
    return snapshots;
  }

  private static List<TestImage.Blob> blobs() {
    List<TestImage.Blob> blobs = new ArrayList<>(IMAGE.amd64().blobs());
    blobs.add(IMAGE.index());
    return blobs;
  }

  @TestFactory
  Stream<DynamicTest> everyPrefixOfARunIsAValidStoreThatTheNextRunCompletes() throws IOException {
    return storesAfterEveryStep().stream()
        .map(
            store ->
                DynamicTest.dynamicTest(
                    store.getFileName().toString(), () -> assertValidAndCompletable(store)));
  }

  private static void assertValidAndCompletable(Path root) throws IOException {
    assertThat(BlobStoreTest.names(root))
        .containsExactly("blobs", "index.json", "ingest", "oci-layout");
    StoreReader reader = StoreReader.of(root);
    for (StoredImage image : reader.images()) {
      assertThat(ImageGraph.read(reader, image).isComplete(reader, image.platforms())).isTrue();
    }
    for (String name : BlobStoreTest.names(root.resolve("blobs/sha256"))) {
      byte[] content = Files.readAllBytes(root.resolve("blobs/sha256").resolve(name));
      assertThat(TestImage.sha256(content).hex()).isEqualTo(name);
    }

    try (BlobStore next = BlobStore.open(root)) {
      StoredImage image = IMAGE.store(next, IMAGE.amd64());
      assertThat(next.images()).containsExactly(image);
      assertThat(ImageGraph.read(next.reader(), image).storedBytes(next.reader()))
          .isEqualTo(image.bytes());
    }
    assertThat(BlobStoreTest.names(root.resolve("ingest"))).containsExactly("lock");
  }

  @Test
  void indexIsReplacedByRenameSoThatItIsNeverHalf() throws IOException {
    Path root = temp.resolve("store");
    try (BlobStore store = BlobStore.open(root)) {
      Object before = Files.getAttribute(root.resolve("index.json"), "unix:ino");
      IMAGE.store(store, IMAGE.amd64());
      assertThat(Files.getAttribute(root.resolve("index.json"), "unix:ino")).isNotEqualTo(before);
    }
  }

  @Test
  void emptyFilesThatAPowerLossMayLeaveOfAnotherToolAreNotRelyedOn() throws IOException {
    Path root = temp.resolve("store");
    try (BlobStore store = BlobStore.open(root)) {
      IMAGE.store(store, IMAGE.amd64());
    }
    for (TestImage.Blob blob : blobs()) {
      Files.write(root.resolve("blobs/sha256").resolve(blob.digest().hex()), new byte[0]);
    }
    try (BlobStore store = BlobStore.open(root)) {
      for (TestImage.Blob blob : blobs()) {
        assertThat(store.hasVerified(blob.digest(), blob.size())).isFalse();
      }
      IMAGE.store(store, IMAGE.amd64());
      assertThat(store.reader().blobSize(IMAGE.index().digest()))
          .isEqualTo(Optional.of((long) IMAGE.index().size()));
    }
  }

  private static Path snapshot(Path root, int number) throws IOException {
    Path copy = root.resolveSibling("after-step-" + number);
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(
            file,
            copy.resolve(root.relativize(file).toString()),
            StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    return copy;
  }
}
