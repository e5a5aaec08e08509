package dev.ipfstee.fetcher.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.StoreReader;
import dev.ipfstee.fetcher.store.StoredImage;
import dev.ipfstee.fetcher.store.TestImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnwantedSweepTest {
  private static final Duration AFTER = Duration.ofMinutes(10);
  private static final Duration ROUND = Duration.ofSeconds(10);
  private static final TestImage A = TestImage.of(1, 10_000);
  private static final TestImage B = TestImage.of(2, 10_000);
  private static final String REMOVED = "an image was removed";

  @TempDir private Path temp;
  private Path root;
  private long now;
  private final Set<String> pulls = new HashSet<>();
  private final RegistryMetrics metrics = new RegistryMetrics();
  private final ByteArrayOutputStream logged = new ByteArrayOutputStream();
  private UnwantedSweep sweep;

  @BeforeEach
  void start() throws IOException {
    root = temp.resolve("store");
    try (BlobStore store = BlobStore.open(root)) {
      A.store(store, A.amd64());
      B.store(store, B.amd64());
    }
    TestImage.age(root, Duration.ofDays(1));
    sweep = sweep(0);
  }

  private UnwantedSweep sweep(long quota) {
    PrintStream out = new PrintStream(logged, true, StandardCharsets.UTF_8);
    JsonLog log = new JsonLog(out, InstantSource.system());
    StoreReader store = StoreReader.of(root);
    return new UnwantedSweep(
        new UnwantedSweep.Settings(AFTER, quota),
        store,
        new RegistryContents(store, log),
        () -> Set.copyOf(pulls),
        metrics,
        log,
        now);
  }

  private static Optional<DesiredSet> wanted(String... cids) {
    return Optional.of(set(true, cids));
  }

  private static DesiredSet set(boolean complete, String... cids) {
    return new DesiredSet(
        complete,
        Arrays.stream(cids).collect(Collectors.toMap(Function.identity(), cid -> Set.of())));
  }

  private void rounds(Duration time, Optional<DesiredSet> desired) {
    for (long end = now + time.toNanos(); now < end; now += ROUND.toNanos()) {
      sweep.round(desired, now);
    }
  }

  private List<String> stored() {
    try (BlobStore store = BlobStore.open(root)) {
      return store.images().stream().map(StoredImage::cid).toList();
    }
  }

  private List<String> log(String part) {
    return logged
        .toString(StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.contains(part))
        .toList();
  }

  private static long bytes(TestImage image) {
    return image.index().size()
        + image.amd64().blobs().stream().mapToLong(TestImage.Blob::size).sum();
  }

  @Test
  void listedStaysAndUnlistedGoesWhenItsTimeHasPassed() {
    rounds(AFTER, wanted(A.cid()));
    assertThat(stored()).containsExactly(A.cid(), B.cid());

    rounds(ROUND, wanted(A.cid()));

    assertThat(stored()).containsExactly(A.cid());
    assertThat(root.resolve("blobs/sha256")).isDirectoryNotContaining("glob:**" + hex(B));
    assertThat(log(REMOVED))
        .singleElement()
        .asString()
        .contains("\"cid\":\"" + B.cid() + "\"")
        .contains("\"digest\":\"" + B.index().digest() + "\"")
        .contains("\"source\":\"ipfs://" + B.cid() + "\"");
    assertThat(log("the store was swept")).singleElement().asString().contains("" + bytes(B));
    assertThat(metrics.scrape())
        .contains("ipfstee_store_swept_images_total 1.0")
        .contains("ipfstee_store_swept_bytes_total " + (double) bytes(B))
        .contains("ipfstee_store_sweeps_total{outcome=\"done\"} 1.0")
        .contains("ipfstee_store_sweeps_total{outcome=\"failed\"} 0.0");
  }

  private static String hex(TestImage image) {
    return image.amd64().layers().getFirst().digest().hex();
  }

  @Test
  void nothingGoesOfASetThatCantBeReadOrIsIncompleteAndItsTimeBeginsAnew() {
    for (Optional<DesiredSet> unknown :
        List.of(Optional.<DesiredSet>empty(), Optional.of(set(false, A.cid())))) {
      rounds(ROUND, wanted(A.cid(), B.cid()));
      rounds(AFTER, wanted(A.cid()));
      rounds(AFTER.multipliedBy(20), unknown);
      rounds(AFTER, wanted(A.cid()));
      assertThat(stored()).contains(B.cid());
    }
    rounds(ROUND, wanted(A.cid()));
    assertThat(stored()).containsExactly(A.cid());
  }

  @Test
  void whatIsListedAgainInTimeStays() {
    rounds(AFTER, wanted(A.cid()));
    rounds(ROUND, wanted(A.cid(), B.cid()));
    rounds(AFTER, wanted(A.cid()));
    assertThat(stored()).contains(B.cid());
  }

  @Test
  void emptySetIsOneAfterWhichAllGoes() {
    rounds(AFTER.plus(ROUND), wanted());
    assertThat(stored()).isEmpty();
    assertThat(root.resolve("blobs/sha256")).isEmptyDirectory();
  }

  @Test
  void rootOfAReferenceKeepsWhatIsBelowIt() throws IOException {
    String directory = "bafybeie5nqv6kd3qnfjupgvz34woh3oksc3iau6abmyajn7qvtf6d2ho34";
    try (BlobStore store = BlobStore.open(root)) {
      StoredImage listed = store.images().getLast();
      store.addImage(
          new StoredImage(
              listed.digest(),
              listed.mediaType(),
              listed.size(),
              listed.cid(),
              "ipfs://" + directory + "/image#name",
              listed.layout(),
              listed.platforms(),
              listed.bytes()));
    }
    TestImage.age(root, Duration.ofDays(1));

    rounds(AFTER.multipliedBy(2), wanted(A.cid(), directory));
    assertThat(stored()).contains(B.cid());

    rounds(AFTER.multipliedBy(2), wanted(A.cid()));
    assertThat(stored()).containsExactly(A.cid());
  }

  @Test
  void unlistedStaysWithinTheQuotaAndTheOldestGoesAboveIt() throws IOException {
    Files.setLastModifiedTime(
        root.resolve("blobs/sha256").resolve(A.index().digest().hex()),
        FileTime.from(Instant.now().minus(Duration.ofDays(2))));
    sweep = sweep(bytes(A) + bytes(B));
    rounds(AFTER.multipliedBy(3), wanted());
    assertThat(stored()).hasSize(2);
    assertThat(metrics.scrape()).contains("ipfstee_store_sweeps_total{outcome=\"done\"} 0.0");

    sweep = sweep(bytes(A) + bytes(B) - 1);
    rounds(AFTER.plus(ROUND), wanted());
    assertThat(stored()).containsExactly(B.cid());
  }

  @Test
  void whatWasFetchedSinceStays() throws IOException {
    Path index = root.resolve("blobs/sha256").resolve(B.index().digest().hex());
    Files.setLastModifiedTime(index, FileTime.from(Instant.now()));
    rounds(AFTER.multipliedBy(2), wanted(A.cid()));
    assertThat(stored()).contains(B.cid());

    TestImage.age(root, Duration.ofDays(1));
    rounds(Duration.ofMinutes(1).plus(ROUND), wanted(A.cid()));
    assertThat(stored()).containsExactly(A.cid());
  }

  @Test
  void whatIsPulledNowStaysAndItsTimeBeginsAnew() {
    pulls.add(B.cid());
    rounds(AFTER.multipliedBy(2), wanted(A.cid()));
    pulls.clear();
    rounds(AFTER, wanted(A.cid()));
    assertThat(stored()).contains(B.cid());

    rounds(ROUND, wanted(A.cid()));
    assertThat(stored()).containsExactly(A.cid());
  }

  @Test
  void whatAFetchReliesOnStaysAsLongAsItRuns() throws IOException {
    try (BlobStore fetch = BlobStore.open(root)) {
      fetch.use(B.index().digest());
      TestImage.age(root, Duration.ofDays(1));
      rounds(AFTER.multipliedBy(2), wanted(A.cid()));
      assertThat(stored()).contains(B.cid());
    }
    rounds(Duration.ofMinutes(1).plus(ROUND), wanted(A.cid()));
    assertThat(stored()).containsExactly(A.cid());
  }

  @Test
  void blobsWithoutAnImageGoWithinAnHour() throws IOException {
    TestImage.Blob orphan;
    try (BlobStore store = BlobStore.open(root)) {
      orphan = TestImage.write(store, "what a fetch left");
    }
    TestImage.age(root, Duration.ofDays(1));
    Path file = root.resolve("blobs/sha256").resolve(orphan.digest().hex());
    rounds(Duration.ofHours(1), wanted(A.cid(), B.cid()));
    assertThat(file).exists();

    rounds(ROUND, wanted(A.cid(), B.cid()));

    assertThat(file).doesNotExist();
    assertThat(stored()).hasSize(2);
  }

  @Test
  void sweepThatFailsIsToldOnceAndTriedAgain() throws IOException {
    Path index = root.resolve("index.json");
    byte[] good = Files.readAllBytes(index);
    rounds(AFTER, wanted(A.cid()));
    // Read by nobody since it was exchanged but by the sweep: its claims can't be listed.
    Path ingest = root.resolve("ingest");
    Files.move(ingest, temp.resolve("aside"));
    Files.createFile(ingest);
    rounds(Duration.ofMinutes(5), wanted(A.cid()));

    assertThat(log("failed to sweep the store")).singleElement().asString().contains("ingest");
    assertThat(metrics.scrape()).contains("ipfstee_store_sweeps_total{outcome=\"failed\"} 5.0");
    assertThat(index).hasBinaryContent(good);

    Files.delete(ingest);
    Files.move(temp.resolve("aside"), ingest);
    rounds(Duration.ofMinutes(1), wanted(A.cid()));
    assertThat(stored()).containsExactly(A.cid());
  }

  @Test
  void storeThatCantBeReadIsToldOnce() throws IOException {
    Files.writeString(root.resolve("index.json"), "{");
    rounds(AFTER.multipliedBy(2), wanted(A.cid()));
    assertThat(log("failed to sweep the store")).singleElement().asString().contains("index.json");
  }

  @Test
  void storeThatIsntThereYetIsNoFailureAndIsntMade() {
    root = temp.resolve("later");
    sweep = sweep(0);
    assertThatCode(sweep::check).doesNotThrowAnyException();
    rounds(Duration.ofHours(2), wanted());
    assertThat(root).doesNotExist();
    assertThat(log("failed")).isEmpty();
  }
}
