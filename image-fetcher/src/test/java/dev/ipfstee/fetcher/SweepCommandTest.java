package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.StoredImage;
import dev.ipfstee.fetcher.store.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepCommandTest {
  private static final TestImage FIRST = TestImage.of(1, 2000);
  private static final TestImage SECOND = TestImage.of(2, 2000);

  @TempDir Path temp;
  private Path root;
  private StoredImage first;
  private StoredImage second;

  @BeforeEach
  void store() throws IOException {
    root = temp.resolve("store");
    try (BlobStore store = BlobStore.open(root)) {
      first = FIRST.store(store, FIRST.amd64());
    }
    new StoreOnDisk(root).age(Duration.ofHours(1));
    try (BlobStore store = BlobStore.open(root)) {
      second = SECOND.store(store, SECOND.amd64());
    }
    new StoreOnDisk(root).age(Duration.ofHours(1));
  }

  @Test
  void oldestImageGoesAndTheRestIsWithinTheQuota() throws IOException {
    CommandLineRun run = sweep("--quota=" + second.bytes());

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out())
        .isEqualTo(
            "image %s %s is removed%n5 blobs of %d bytes are removed, %d bytes stay%n"
                .formatted(first.source(), first.digest(), first.bytes(), second.bytes()));
    assertThat(new StoreOnDisk(root).images()).hasSize(1);
    assertThat(new StoreOnDisk(root).leftovers()).isEmpty();
  }

  @Test
  void dryRunSaysTheSameAndRemovesNothing() throws IOException {
    CommandLineRun run = sweep("--quota=0", "--dry-run", "--output=json");

    assertThat(run.exitCode()).as(run.err()).isZero();
    var document = CommandLineRun.json(run.out());
    assertThat(document.at("/images/0/cid").asText()).isEqualTo(FIRST.cid());
    assertThat(document.at("/images/0/source").asText()).isEqualTo(first.source());
    assertThat(document.at("/images/0/digest").asText()).isEqualTo(first.digest().toString());
    assertThat(document.path("images").size()).isEqualTo(2);
    assertThat(document.path("blobs").asInt()).isEqualTo(10);
    assertThat(document.path("removedBytes").asLong()).isEqualTo(first.bytes() + second.bytes());
    assertThat(document.path("bytes").asLong()).isZero();
    assertThat(document.path("withinQuota").asBoolean()).isTrue();
    assertThat(document.path("dryRun").asBoolean()).isTrue();
    assertThat(new StoreOnDisk(root).images()).hasSize(2);
  }

  @Test
  void quotaThatCannotBeReachedIsTold() throws IOException {
    Path list =
        Files.writeString(temp.resolve("list"), "# two of them\n\n" + FIRST.cid() + " # one\n");

    CommandLineRun run = sweep("--quota=1", "--keep=" + SECOND.cid(), "--keep-file=" + list);

    assertThat(run.exitCode()).isEqualTo(17);
    assertThat(run.out())
        .startsWith("0 blobs of 0 bytes are removed, ")
        .endsWith(
            ": more than --quota, and all of it is in use, to be kept or younger than --min-age\n");
    assertThat(new StoreOnDisk(root).images()).hasSize(2);
    assertThat(sweep("--quota=1", "--min-age=3h").exitCode()).isEqualTo(17);
    assertThat(new StoreOnDisk(root).images()).hasSize(2);
  }

  @Test
  void wrongOptionsAndWrongDirectoriesAreRefused() throws IOException {
    assertThat(CommandLineRun.of("sweep", "--store=" + root).exitCode()).isEqualTo(2);
    Path empty = Files.writeString(temp.resolve("empty"), "# no CID\n");
    Path wrong = Files.writeString(temp.resolve("wrong"), FIRST.cid() + "\nQmNoCid\n");
    for (String option :
        List.of(
            "--min-age=0s",
            "--output=xml",
            "--keep=latest",
            "--keep-file=" + empty,
            "--keep-file=" + wrong,
            "--keep-file=" + temp.resolve("none"))) {
      CommandLineRun run = sweep("--quota=0", option);
      assertThat(run.exitCode()).as(option).isEqualTo(2);
      assertThat(run.err()).contains(option.substring(0, option.indexOf('=')));
    }
    assertThat(new StoreOnDisk(root).images()).hasSize(2);
    CommandLineRun run = CommandLineRun.of("sweep", "--store=" + temp.resolve("typo"), "--quota=0");
    assertThat(run.exitCode()).isEqualTo(17);
    assertThat(run.err()).contains("failed to sweep").contains("there is no such directory");
    assertThat(temp.resolve("typo")).doesNotExist();
  }

  private CommandLineRun sweep(String... options) {
    return CommandLineRun.of(CommandBed.arguments(List.of("sweep", "--store=" + root), options));
  }
}
