package dev.ipfstee.fetcher.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobStoreTest {
  private static final byte[] CONTENT = "a layer".getBytes(StandardCharsets.UTF_8);
  private static final Digest DIGEST = sha256(CONTENT);

  @TempDir Path temp;

  @Test
  void newStoreIsAnEmptyImageLayoutForItsOwnerOnly() throws Exception {
    try (BlobStore store = BlobStore.open(root())) {
      assertThat(store.images()).isEmpty();
    }

    assertThat(root().resolve("oci-layout")).hasContent("{\"imageLayoutVersion\":\"1.0.0\"}");
    assertThat(mode(root())).isEqualTo("rwx------");
    assertThat(mode(root().resolve("blobs/sha256"))).isEqualTo("rwx------");
    assertThat(mode(root().resolve("index.json"))).isEqualTo("rw-------");
    assertThat(names(root())).containsExactly("blobs", "index.json", "ingest", "oci-layout");
  }

  @Test
  void committedBlobIsReadableAndNothingElseIsLeft() throws Exception {
    try (BlobStore store = BlobStore.open(root())) {
      write(store, DIGEST, CONTENT);

      assertThat(store.blob(DIGEST)).contains(blobPath(DIGEST));
      assertThat(store.hasVerified(DIGEST, CONTENT.length)).isTrue();
      assertThat(store.reader().readDocument(DIGEST, 100)).isEqualTo(CONTENT);
      assertThat(mode(blobPath(DIGEST))).isEqualTo("rw-------");
    }
    assertThat(names(root().resolve("ingest"))).containsExactly("lock");
  }

  @Test
  void sha512BlobGoesToItsOwnDirectory() throws Exception {
    Digest digest =
        new Digest(
            Digest.Algorithm.SHA512,
            HexFormat.of().formatHex(MessageDigest.getInstance("SHA-512").digest(CONTENT)));
    try (BlobStore store = BlobStore.open(root())) {
      write(store, digest, CONTENT);
      assertThat(store.hasVerified(digest, CONTENT.length)).isTrue();
    }
    assertThat(root().resolve("blobs/sha512").resolve(digest.hex())).hasBinaryContent(CONTENT);
  }

  @Test
  void piecesOfAnySizeMakeTheSameBlob() {
    byte[] big = new byte[1_500_003];
    for (int i = 0; i < big.length; i++) {
      big[i] = (byte) (i * 31 >> 7);
    }
    Digest digest = sha256(big);
    for (int piece : new int[] {1_500_003, 262_144, 131_072, 131_071, 70_000, 4097}) {
      try (BlobStore store = BlobStore.open(temp.resolve("store-" + piece));
          BlobWriter writer = store.write(digest, big.length)) {
        for (int at = 0; at < big.length; at += piece) {
          writer.write(big, at, Math.min(piece, big.length - at));
          if (at == 0 && piece == 4097) {
            writer.write(big[piece]);
            at++;
          }
        }
        writer.commit();
        assertThat(store.hasVerified(digest, big.length)).isTrue();
      }
    }
  }

  @Test
  void wrongBytesAreRefusedWithBothDigestsAndLeaveNothing() throws Exception {
    byte[] other = "b layer".getBytes(StandardCharsets.UTF_8);
    try (BlobStore store = BlobStore.open(root())) {
      assertThatThrownBy(() -> write(store, DIGEST, other))
          .isInstanceOf(FetchException.class)
          .hasMessageContaining(DIGEST.toString())
          .hasMessageContaining(sha256(other).toString())
          .extracting(failure -> ((FetchException) failure).reason())
          .isEqualTo(Reason.DIGEST_MISMATCH);
      assertThat(store.blob(DIGEST)).isEmpty();
    }
    assertThat(names(root().resolve("ingest"))).containsExactly("lock");
  }

  @Test
  void byteTooManyIsRefusedBeforeItReachesTheDisk() {
    try (BlobStore store = BlobStore.open(root());
        BlobWriter writer = store.write(DIGEST, CONTENT.length)) {
      writer.write(CONTENT, 0, CONTENT.length);
      assertReason(() -> writer.write('x'), Reason.SIZE_MISMATCH);
    }
  }

  @Test
  void byteTooFewIsRefusedAtCommit() {
    try (BlobStore store = BlobStore.open(root());
        BlobWriter writer = store.write(DIGEST, CONTENT.length)) {
      writer.write(CONTENT, 0, CONTENT.length - 1);
      assertReason(writer::commit, Reason.SIZE_MISMATCH);
    }
  }

  @Test
  void rottenBlobGoesToQuarantineAndCanBeWrittenAgain() throws Exception {
    try (BlobStore store = BlobStore.open(root())) {
      write(store, DIGEST, CONTENT);
      Files.write(blobPath(DIGEST), "b layer".getBytes(StandardCharsets.UTF_8));
      Files.setLastModifiedTime(blobPath(DIGEST), FileTime.from(Instant.EPOCH));

      assertThat(store.hasVerified(DIGEST, CONTENT.length)).isFalse();
      assertThat(store.blob(DIGEST)).isEmpty();
      assertThat(names(root().resolve("ingest/quarantine"))).isEmpty();

      write(store, DIGEST, CONTENT);
      Files.write(blobPath(DIGEST), "b layer".getBytes(StandardCharsets.UTF_8));
      assertThat(store.hasVerified(DIGEST, CONTENT.length)).isFalse();
      assertThat(names(root().resolve("ingest/quarantine")))
          .singleElement()
          .asString()
          .startsWith("sha256-" + DIGEST.hex());

      write(store, DIGEST, CONTENT);
      assertThat(store.hasVerified(DIGEST, CONTENT.length)).isTrue();
    }
  }

  @Test
  void truncatedBlobIsNotRelyedOn() throws Exception {
    try (BlobStore store = BlobStore.open(root())) {
      write(store, DIGEST, CONTENT);
    }
    Files.write(blobPath(DIGEST), new byte[0]);
    try (BlobStore store = BlobStore.open(root())) {
      assertThat(store.hasVerified(DIGEST, CONTENT.length)).isFalse();
    }
  }

  @Test
  void symbolicLinkAtABlobsPlaceIsNeverFollowed() throws Exception {
    Path outside = Files.write(temp.resolve("outside"), CONTENT);
    try (BlobStore store = BlobStore.open(root())) {
      Files.createSymbolicLink(blobPath(DIGEST), outside);

      assertThat(store.blob(DIGEST)).isEmpty();
      assertThat(store.hasVerified(DIGEST, CONTENT.length)).isFalse();
      assertReason(() -> store.reader().readDocument(DIGEST, 100), Reason.STORE_CORRUPT);

      Files.createSymbolicLink(blobPath(DIGEST), outside);
      write(store, DIGEST, CONTENT);
      assertThat(Files.isRegularFile(blobPath(DIGEST), LinkOption.NOFOLLOW_LINKS)).isTrue();
      assertThat(outside).hasBinaryContent(CONTENT);
    }
  }

  @Test
  void directoryAtABlobsPlaceMakesWay() throws Exception {
    try (BlobStore store = BlobStore.open(root())) {
      Files.createDirectories(blobPath(DIGEST).resolve("sub"));
      write(store, DIGEST, CONTENT);
      assertThat(store.hasVerified(DIGEST, CONTENT.length)).isTrue();
    }
  }

  @Test
  void symbolicLinkInsteadOfADirectoryOfTheStoreIsRefused() throws Exception {
    Path elsewhere = Files.createDirectory(temp.resolve("elsewhere"));
    for (String name : List.of("blobs", "ingest", "blobs/sha256")) {
      Path store = temp.resolve("store-" + name.replace('/', '-'));
      Files.createDirectories(store.resolve(name).getParent());
      Files.createSymbolicLink(store.resolve(name), elsewhere);
      assertReason(() -> BlobStore.open(store), Reason.STORE_CORRUPT);
    }
    assertThat(names(elsewhere)).isEmpty();
  }

  @Test
  void symbolicLinkAsIndexIsRefused() throws Exception {
    BlobStore.open(root()).close();
    Path real = temp.resolve("real-index");
    Files.move(root().resolve("index.json"), real);
    Files.createSymbolicLink(root().resolve("index.json"), real);
    assertReason(() -> BlobStore.open(root()), Reason.STORE_CORRUPT);
  }

  @Test
  void linkToTheStoreItselfIsTheAdministratorsChoice() throws Exception {
    Files.createDirectory(root());
    Path link = Files.createSymbolicLink(temp.resolve("link"), root());
    try (BlobStore store = BlobStore.open(link)) {
      write(store, DIGEST, CONTENT);
    }
    assertThat(blobPath(DIGEST)).hasBinaryContent(CONTENT);
  }

  @Test
  void documentAboveItsLimitIsNotRead() {
    try (BlobStore store = BlobStore.open(root())) {
      write(store, DIGEST, CONTENT);
      assertReason(
          () -> store.reader().readDocument(DIGEST, CONTENT.length - 1), Reason.MANIFEST_TOO_LARGE);
    }
  }

  @Test
  void whatADeadRunLeftIsRemovedAndWhatALivingOneHasIsNot() throws Exception {
    Path dead = Files.createDirectories(root().resolve("ingest/run-0123456789abcdef"));
    Files.write(dead.resolve("alive"), new byte[0]);
    Files.write(dead.resolve("sha256-00.1"), new byte[1000]);
    try (BlobStore living = BlobStore.open(root());
        BlobWriter writer = living.write(DIGEST, CONTENT.length)) {
      writer.write(CONTENT, 0, CONTENT.length);
      assertThat(dead).doesNotExist();

      BlobStore.open(root()).close();

      writer.commit();
      assertThat(living.hasVerified(DIGEST, CONTENT.length)).isTrue();
    }
  }

  @Test
  void otherLeftoversStayForADayAndWithinTheirBudget() throws Exception {
    Path ingest = Files.createDirectories(root().resolve("ingest/quarantine")).getParent();
    Path fresh = Files.write(ingest.resolve("fresh"), new byte[100]);
    Path old = Files.write(ingest.resolve("old"), new byte[100]);
    Path bad = Files.write(ingest.resolve("quarantine/bad"), new byte[100]);
    Files.setLastModifiedTime(old, ago(Duration.ofHours(25)));
    Files.setLastModifiedTime(bad, ago(Duration.ofHours(23)));

    BlobStore.open(root()).close();
    assertThat(old).doesNotExist();
    assertThat(fresh).exists();
    assertThat(bad).exists();

    BlobStore.open(root(), StoreOptions.DEFAULTS.withLeftoverBytes(150)).close();
    assertThat(fresh).exists();
    assertThat(bad).doesNotExist();
  }

  @Test
  void clearingNeverLeavesTheIngestDirectory() throws Exception {
    Path precious = Files.createDirectories(temp.resolve("precious"));
    Files.write(precious.resolve("file"), CONTENT);
    Path dead = Files.createDirectories(root().resolve("ingest/run-0123456789abcdef"));
    Files.createSymbolicLink(dead.resolve("link"), precious);
    Files.createSymbolicLink(root().resolve("ingest/run-ffffffffffffffff"), precious);

    BlobStore.open(root(), StoreOptions.DEFAULTS.withLeftoverBytes(0)).close();

    assertThat(dead).doesNotExist();
    assertThat(precious.resolve("file")).hasBinaryContent(CONTENT);
  }

  @Test
  void progressIsShownUntilTheStoreIsClosed() throws Exception {
    Path file;
    try (BlobStore store = BlobStore.open(root())) {
      store.progress("ipfs://bafy", 1, 2);
      store.progress("ipfs://bafy", 2, 2);
      try (Stream<Path> runs = Files.list(root().resolve("ingest"))) {
        file =
            runs.map(run -> run.resolve("progress.json"))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow();
      }
      assertThat(Files.readString(file).replaceAll("\\s", ""))
          .isEqualTo("{\"source\":\"ipfs://bafy\",\"bytes\":1,\"total\":2}");
    }
    assertThat(file).doesNotExist();
  }

  @Test
  void otherDirectoryThanAStoreOfOurVersionIsRefused() throws Exception {
    Files.createDirectories(root());
    Files.writeString(root().resolve("oci-layout"), "{\"imageLayoutVersion\":\"2.0.0\"}");
    assertReason(() -> BlobStore.open(root()), Reason.STORE_CORRUPT);
    Files.writeString(root().resolve("oci-layout"), "nonsense");
    assertReason(() -> BlobStore.open(root()), Reason.STORE_CORRUPT);
  }

  @Test
  void lockHeldByAnotherThreadIsWaitedForUntilTheDeadline() throws Exception {
    BlobStore.open(root()).close();
    Path lock = root().toRealPath().resolve("ingest/lock");
    StoreOptions hasty = StoreOptions.DEFAULTS.withLockTimeout(Duration.ofMillis(50));
    StoreLock.holding(
        lock,
        Duration.ofSeconds(1),
        () -> {
          CompletableFuture.runAsync(
                  () -> assertReason(() -> BlobStore.open(root(), hasty), Reason.STORE_LOCKED))
              .join();
          return null;
        });
    BlobStore.open(root(), hasty).close();
  }

  @Test
  void spaceIsTheVolumes() {
    try (BlobStore store = BlobStore.open(root())) {
      assertThat(store.usableBytes()).isPositive().isLessThan(store.totalBytes());
    }
  }

  private Path root() {
    return temp.resolve("store");
  }

  private Path blobPath(Digest digest) {
    return root().resolve("blobs").resolve(digest.algorithm().label()).resolve(digest.hex());
  }

  private static FileTime ago(Duration age) {
    return FileTime.from(Instant.now().minus(age));
  }

  private static void write(BlobStore store, Digest digest, byte[] content) {
    try (BlobWriter writer = store.write(digest, content.length)) {
      writer.write(content, 0, content.length);
      writer.commit();
    }
  }

  static Digest sha256(byte[] content) {
    return Digest.of(Digest.Algorithm.SHA256, content);
  }

  static void assertReason(ThrowingCallable call, Reason reason) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            FetchException.class, failure -> assertThat(failure.reason()).isEqualTo(reason));
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  static List<String> names(Path directory) throws IOException {
    try (Stream<Path> children = Files.list(directory)) {
      return children.map(child -> child.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void descriptorWithAWrongSizeIsRefusedAndTakesNoRightBlobFromOtherImages() {
    for (boolean known : new boolean[] {true, false}) {
      try (BlobStore store = BlobStore.open(root())) {
        if (known) {
          write(store, DIGEST, CONTENT);
        }
        assertReason(() -> store.hasVerified(DIGEST, CONTENT.length + 1), Reason.SIZE_MISMATCH);
        assertThat(store.hasVerified(DIGEST, CONTENT.length)).isTrue();
      }
    }
  }
}
