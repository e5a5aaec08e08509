package dev.ipfstee.fetcher.store;

import static dev.ipfstee.fetcher.store.BlobStoreTest.assertReason;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ipfstee.fetcher.registry.CommandProcess;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Giving files away needs root; elsewhere the user keeps what is his. */
class StorePreparationTest {
  private static final StoreOwner OWNER = new StoreOwner(65532, 65532);

  @TempDir Path temp;

  @Test
  void ownerThatIsNoneIsAUsageError() {
    CommandLine command = new CommandLine(new PrepareStoreCommand());
    for (String owner : List.of("65532", "nobody:nobody", "1:2:3", "-1:0", "9999999999:0")) {
      assertThat(command.execute("--store=" + root(), "--owner=" + owner)).isEqualTo(2);
    }
    assertThat(root()).doesNotExist();
  }

  @Test
  void symbolicLinkOrFileInTheStoresPlaceIsRefused() throws Exception {
    Files.createSymbolicLink(root(), Files.createDirectory(temp.resolve("elsewhere")));
    assertReason(() -> prepare(myself()), Reason.STORE_CORRUPT);
    Path file = Files.createFile(temp.resolve("file"));
    assertReason(() -> new StorePreparation(myself()).prepare(file), Reason.STORE_CORRUPT);
    assertThat(BlobStoreTest.names(temp.resolve("elsewhere"))).isEmpty();
  }

  @Test
  void directoriesAreMadeForTheOwnerOnlyAndASecondRunChangesNothing() throws Exception {
    Files.createDirectory(root());
    assertThat(prepare(myself())).isPositive();
    assertThat(mode(root())).isEqualTo("rwx------");
    assertThat(BlobStoreTest.names(root())).containsExactly("blobs", "ingest");
    assertThat(prepare(myself())).isZero();
  }

  @Test
  void existingEntriesAreRepairedOnlyWhereNeeded() throws Exception {
    assumeRoot();
    TestImage image = TestImage.of(1, 100);
    try (BlobStore store = BlobStore.open(root())) {
      image.store(store, image.amd64());
    }
    prepare(OWNER);
    assertOwnedBy(65532);
    assertThat(prepare(OWNER)).isZero();

    Path copied = Files.createFile(root().resolve("blobs/sha256/copied-by-root"));
    Path opened = root().resolve("blobs");
    Files.setPosixFilePermissions(opened, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path outside = Files.createFile(temp.resolve("outside"));
    Files.createSymbolicLink(root().resolve("ingest/link"), outside);
    assertThat(prepare(OWNER)).isEqualTo(2);
    assertThat(uid(copied)).isEqualTo(65532);
    assertThat(mode(opened)).isEqualTo("rwx------");
    assertThat(uid(outside)).isZero();
  }

  @Test
  void fileWithAnotherNameOutsideIsNotGivenAway() throws Exception {
    assumeRoot();
    prepare(OWNER);
    Path outside = Files.createFile(temp.resolve("outside"));
    Files.createLink(root().resolve("ingest/link"), outside);
    assertReason(() -> prepare(OWNER), Reason.STORE_CORRUPT);
    assertThat(uid(outside)).isZero();
  }

  @Test
  void twoCapabilitiesAreEnoughEachTime() throws Exception {
    assumeRoot();
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")));
    Files.createDirectories(root());
    for (int run = 0; run < 3; run++) {
      assertThat(asInitContainer("+chown,+fowner")).contains("is ready");
      assertOwnedBy(65532);
      assertThat(mode(root())).isEqualTo("rwx------");
      if (run == 1) {
        // A directory of a third party, closed to everyone else.
        Path foreign = Files.createDirectory(root().resolve("ingest/foreign"));
        Files.setPosixFilePermissions(foreign, PosixFilePermissions.fromString("rwx------"));
        Files.setAttribute(foreign, "unix:uid", 1234);
        Files.setAttribute(root(), "unix:uid", 0);
        Files.setAttribute(root().resolve("ingest"), "unix:uid", 0);
      }
    }
  }

  @Test
  void twoCapabilitiesOpenAStoreAgainThatAnUninstallHasEmptied() throws Exception {
    assumeRoot();
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")));
    for (int owner : new int[] {65532, 0}) {
      prepare(OWNER);
      StoreRemoval.remove(root());
      // 0: a preparation that was cut short has taken it already.
      Files.setAttribute(root(), "unix:uid", owner);
      assertThat(asInitContainer("+chown,+fowner")).contains("is ready");
      assertOwnedBy(65532);
      assertThat(mode(root())).isEqualTo("rwx------");
    }
  }

  @Test
  void missingCapabilityIsNamed() throws Exception {
    assumeRoot();
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")));
    assertThat(asInitContainer("-all")).contains("CHOWN and FOWNER");
  }

  private String asInitContainer(String capabilities) throws Exception {
    String bounding = capabilities.startsWith("-") ? capabilities : "-all," + capabilities;
    try (CommandProcess process =
        CommandProcess.start(
            temp.resolve("log"),
            List.of("setpriv", "--bounding-set=" + bounding, "--inh-caps=" + bounding),
            List.of("-XX:-UsePerfData"),
            "prepare-store",
            "--store=" + root(),
            "--owner=65532:65532")) {
      process.awaitExit();
      return process.output();
    }
  }

  private void assertOwnedBy(int uid) throws IOException {
    try (Stream<Path> files = Files.walk(root())) {
      assertThat(files).allMatch(file -> uidOf(file) == uid);
    }
  }

  @BeforeEach
  void letOthersIn() throws IOException {
    // JUnit closes its directories to others; a real store's parents aren't.
    Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private int prepare(StoreOwner owner) {
    return new StorePreparation(owner).prepare(root());
  }

  private StoreOwner myself() throws IOException {
    return new StoreOwner(uid(temp), (Integer) Files.getAttribute(temp, "unix:gid"));
  }

  private void assumeRoot() throws IOException {
    assumeTrue(uid(temp) == 0, "needs root");
  }

  private static int uidOf(Path path) {
    try {
      return uid(path);
    } catch (IOException gone) {
      return -1;
    }
  }

  private static int uid(Path path) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private Path root() {
    return temp.resolve("store");
  }
}
