package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.TestImage;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RemoveStoreCommandTest {
  private static final TestImage IMAGE = TestImage.of(1, 2000);

  @TempDir Path temp;
  private Path store;

  @BeforeEach
  void store() throws IOException {
    store = temp.resolve("store");
    Files.createDirectory(store);
    try (BlobStore open = BlobStore.open(store)) {
      IMAGE.store(open, IMAGE.amd64(), IMAGE.arm64());
    }
  }

  @AfterEach
  void open() throws IOException {
    if (Files.isDirectory(store)) {
      Files.setPosixFilePermissions(store, PosixFilePermissions.fromString("rwx------"));
    }
  }

  @Test
  void theStoreIsEmptyAndClosedAndARepetitionIsFine() throws IOException {
    Files.createDirectory(store.resolve("lost+found"));

    CommandLineRun run = remove();

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .matches("the store '.*' is empty, [1-9]\\d* files of [1-9]\\d* bytes were removed\n");
    assertThat(entries()).containsExactly("lost+found");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(store)))
        .isEqualTo("r-x------");
    CommandLineRun again = remove();
    assertThat(again.exitCode()).as(again.err()).isZero();
    assertThat(again.out()).endsWith(" is empty, 0 files of 0 bytes were removed\n");
  }

  @Test
  void aRemovalThatWasCutShortIsFinished() throws IOException {
    Files.delete(store.resolve("index.json"));

    assertThat(remove().exitCode()).isZero();

    assertThat(entries()).isEmpty();
  }

  @Test
  void whatARunningFetchPutIntoAClosedStoreGoesToo() throws IOException {
    Files.delete(store.resolve("oci-layout"));
    Files.setPosixFilePermissions(store, PosixFilePermissions.fromString("r-x------"));

    CommandLineRun run = remove();

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(entries()).isEmpty();
  }

  @Test
  void aStoreThatWasOnlyPreparedIsRemoved() throws IOException {
    store = temp.resolve("prepared");
    Files.createDirectories(store.resolve("blobs"));
    Files.createDirectories(store.resolve("ingest"));

    assertThat(remove().exitCode()).isZero();

    assertThat(entries()).isEmpty();
  }

  @Test
  void aDirectoryThatIsNotThereIsNoError() throws IOException {
    store = temp.resolve("none");

    assertThat(remove().exitCode()).isZero();
  }

  @Test
  void whatIsNoStoreIsRefusedAndLosesNothing() throws IOException {
    Files.writeString(store.resolve("letter.txt"), "dear");
    List<String> before = tree();

    CommandLineRun run = remove();

    assertThat(run.exitCode()).isEqualTo(17);
    assertThat(run.err()).contains("'letter.txt' doesn't belong to one", "nothing was removed");
    assertThat(tree()).isEqualTo(before);
  }

  @Test
  void aDirectoryWithoutTheMarkOfAStoreIsRefused() throws IOException {
    Files.delete(store.resolve("oci-layout"));
    List<String> before = tree();

    assertThat(remove().err()).contains("it has no 'oci-layout'");
    Files.writeString(store.resolve("oci-layout"), "something else");
    assertThat(remove().err()).contains("its 'oci-layout' isn't that of an OCI image layout");

    Files.delete(store.resolve("oci-layout"));
    assertThat(tree()).isEqualTo(before);
  }

  @Test
  void linksAreRemovedAndNotFollowed() throws IOException {
    Path elsewhere = Files.createDirectory(temp.resolve("elsewhere"));
    Files.writeString(elsewhere.resolve("file"), "stays");
    Files.createSymbolicLink(store.resolve("ingest/link"), elsewhere);

    assertThat(remove().exitCode()).isZero();

    assertThat(entries()).isEmpty();
    assertThat(elsewhere.resolve("file")).hasContent("stays");
    Path link = Files.createSymbolicLink(temp.resolve("link"), elsewhere);
    CommandLineRun run = CommandLineRun.of("remove-store", "--store=" + link);
    assertThat(run.exitCode()).isEqualTo(17);
    assertThat(elsewhere.resolve("file")).hasContent("stays");
  }

  @Test
  void whoeverWaitsIsToldOfTheNodesThatAreDone() throws IOException {
    try (ServerSocket done = new ServerSocket(0)) {
      CommandLineRun run =
          CommandLineRun.of(
              "await-removal", "--service=localhost", "--done-port=" + done.getLocalPort());

      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(run.out()).matches("the stores of [12] nodes are removed\n");
    }
  }

  @Test
  void whoeverWaitsIsToldOfTheNodesThatAreNotAndGoesOn() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }

    CommandLineRun run =
        CommandLineRun.of(
            "await-removal", "--service=127.0.0.1", "--done-port=" + free, "--timeout=1s");

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .isEqualTo(
            "the stores of 0 nodes are removed; in vain waited 1 s for the pods [127.0.0.1]\n");
  }

  private CommandLineRun remove() {
    return CommandLineRun.of("remove-store", "--store=" + store);
  }

  private List<String> entries() throws IOException {
    try (Stream<Path> entries = Files.list(store)) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    }
  }

  private List<String> tree() throws IOException {
    try (Stream<Path> files = Files.walk(store)) {
      return files.map(Path::toString).sorted().toList();
    }
  }
}
