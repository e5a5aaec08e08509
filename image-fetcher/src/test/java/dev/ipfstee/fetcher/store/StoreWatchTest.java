package dev.ipfstee.fetcher.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.oci.Digest;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Condition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreWatchTest {
  private static final TestImage IMAGE = TestImage.of(7, 3 << 20);
  private static final TestImage.Blob LAYER = IMAGE.amd64().layers().getFirst();
  private static final Duration OFTEN = Duration.ofMillis(10);
  private static final Duration NEVER = Duration.ofDays(1);

  @TempDir Path temp;
  private final BlockingQueue<Digest> told = new LinkedBlockingQueue<>();

  @BeforeEach
  void store() {
    try (BlobStore store = BlobStore.open(temp)) {
      IMAGE.store(store, IMAGE.amd64());
    }
  }

  @Test
  void bitsThatRotWithoutTouchingTheFileAreFoundByAPass() throws Exception {
    flip(LAYER.digest());
    try (StoreWatch watch = watch(NEVER, 1L << 40, NEVER)) {
      assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo(LAYER.digest());
      assertThat(watch.isDamaged(LAYER.digest())).isTrue();
      assertThat(watch.damages())
          .hasSize(1)
          .hasValueSatisfying(
              new Condition<>(
                  finding -> finding.startsWith("its content is sha256:"), "what it is"));
      await(() -> watch.passes() == 1);
      assertThat(watch.isDamaged(IMAGE.index().digest())).isFalse();
    }
  }

  @Test
  void writeThatHidesItsTimeIsFoundByALookWithoutAnyPass() throws Exception {
    try (StoreWatch watch = watch(OFTEN, 0, NEVER)) {
      Path file = blob(LAYER.digest());
      FileTime modified = Files.getLastModifiedTime(file);
      touchUntilHashed(watch);
      assertThat(told).isEmpty();

      flip(LAYER.digest());
      Files.setLastModifiedTime(file, modified);

      assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo(LAYER.digest());
      assertThat(watch.isDamaged(LAYER.digest())).isTrue();
      assertThat(watch.passes()).isZero();
    }
  }

  @Test
  void writeBeforeTheFirstLookIsFoundWithoutAnyPass() throws Exception {
    flip(LAYER.digest());
    try (StoreWatch watch = watch(OFTEN, 0, NEVER)) {
      assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo(LAYER.digest());
      assertThat(watch.passes()).isZero();
    }
  }

  @Test
  void whatWasPutRightIsRightAgain() throws Exception {
    flip(LAYER.digest());
    try (StoreWatch watch = watch(OFTEN, 1L << 40, NEVER)) {
      assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo(LAYER.digest());
      try (BlobStore store = BlobStore.open(temp)) {
        TestImage.write(store, LAYER);
      }
      await(() -> !watch.isDamaged(LAYER.digest()) && watch.damages().isEmpty());
      touchUntilHashed(watch);
      flip(LAYER.digest());
      assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo(LAYER.digest());
    }
  }

  @Test
  void aBlobThatGoesAwayIsNoDamage() throws Exception {
    flip(LAYER.digest());
    try (StoreWatch watch = watch(OFTEN, 1L << 40, OFTEN)) {
      assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo(LAYER.digest());
      Files.delete(blob(LAYER.digest()));
      assertThat(watch.isDamaged(LAYER.digest())).isFalse();
      assertThat(watch.damages()).isEmpty();
      long passes = watch.passes();
      await(() -> watch.passes() > passes + 1);
      assertThat(told).isEmpty();
    }
  }

  @Test
  void endsAtOnceHoweverSlowItReads() throws Exception {
    List<Thread> threads;
    try (StoreWatch watch = watch(OFTEN, 1, NEVER)) {
      await(() -> watch.bytes() > 0);
      threads =
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().startsWith("store-"))
              .toList();
      assertThat(threads).isNotEmpty();
    }
    for (Thread thread : threads) {
      thread.join(20_000);
      assertThat(thread.isAlive()).isFalse();
    }
  }

  @Test
  void aStoreThatIsNotThereYetIsWatchedFromWhenItIs() throws Exception {
    Path later = temp.resolve("later");
    try (StoreWatch watch =
        StoreWatch.start(
            StoreReader.of(later),
            new StoreWatch.Settings(OFTEN, 1L << 40, OFTEN),
            (digest, finding) -> told.add(digest))) {
      await(() -> watch.passes() > 0);
      try (BlobStore store = BlobStore.open(later)) {
        TestImage.write(store, LAYER);
      }
      await(() -> watch.bytes() >= LAYER.size());
      assertThat(told).isEmpty();
    }
  }

  private StoreWatch watch(Duration look, long rate, Duration interval) {
    return StoreWatch.start(
        StoreReader.of(temp),
        new StoreWatch.Settings(look, rate, interval),
        (digest, finding) -> told.add(digest));
  }

  /** Until then, what is there counts as what a fetch has verified. */
  private void touchUntilHashed(StoreWatch watch) throws Exception {
    long before = watch.bytes();
    await(
        () -> {
          Files.setLastModifiedTime(blob(LAYER.digest()), FileTime.from(Instant.now()));
          return watch.bytes() >= before + LAYER.size();
        });
  }

  private Path blob(Digest digest) {
    return temp.resolve("blobs/sha256").resolve(digest.hex());
  }

  private void flip(Digest digest) throws IOException {
    Path file = blob(digest);
    try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "rw")) {
      content.seek(1000);
      int before = content.read();
      content.seek(1000);
      content.write(before ^ 0x10);
    }
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    Instant deadline = Instant.now().plusSeconds(20);
    while (!condition.call()) {
      assertThat(Instant.now()).isBefore(deadline);
      Thread.onSpinWait();
    }
  }
}
