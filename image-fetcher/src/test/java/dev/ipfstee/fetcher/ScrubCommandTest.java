package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.StoredImage;
import dev.ipfstee.fetcher.store.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScrubCommandTest {
  private static final TestImage GOOD = TestImage.of(1, 2000);
  private static final TestImage ROTTEN = TestImage.of(2, 2000);
  private static final TestImage.Blob LAYER = ROTTEN.amd64().layers().getFirst();

  @TempDir Path temp;
  private StoredImage rotten;

  @BeforeEach
  void store() {
    try (BlobStore store = BlobStore.open(temp)) {
      GOOD.store(store, GOOD.amd64(), GOOD.arm64());
      rotten = ROTTEN.store(store, ROTTEN.amd64());
    }
  }

  @Test
  void soundStoreIsCountedAndLeftAlone() {
    CommandLineRun run = CommandLineRun.of("scrub", "--store=" + temp);
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).matches("14 blobs of \\d+ bytes hashed, 0 damaged\n");
    assertThat(temp.resolve("ingest/quarantine")).doesNotExist();
  }

  @Test
  void rottenBlobGoesToQuarantineAndComesBackWithTheNextFetch() throws IOException {
    Files.write(blob(), new byte[LAYER.size()]);

    CommandLineRun run = CommandLineRun.of("scrub", "--store=" + temp);

    assertThat(run.exitCode()).isEqualTo(17);
    assertThat(run.out())
        .startsWith(
            "blob " + LAYER.digest() + " is damaged and in quarantine now: its content is sha256:")
        .contains("\nimage " + rotten.source() + " lacks a blob: fetch it again\n")
        .doesNotContain(GOOD.cid())
        .endsWith(" bytes hashed, 1 damaged\n");
    assertThat(blob()).doesNotExist();
    try (Stream<Path> quarantined = Files.list(temp.resolve("ingest/quarantine"))) {
      assertThat(quarantined)
          .singleElement()
          .satisfies(file -> assertThat(file).hasBinaryContent(new byte[LAYER.size()]));
    }

    try (BlobStore store = BlobStore.open(temp)) {
      ROTTEN.store(store, ROTTEN.amd64());
    }
    assertThat(blob()).hasBinaryContent(LAYER.content());
    assertThat(CommandLineRun.of("scrub", "--store=" + temp).exitCode()).isZero();
  }

  @Test
  void jsonSaysTheSame() throws IOException {
    Files.write(blob(), new byte[] {1});

    CommandLineRun run = CommandLineRun.of("scrub", "--store=" + temp, "--output=json");

    assertThat(run.exitCode()).isEqualTo(17);
    var document = CommandLineRun.json(run.out());
    assertThat(document.path("blobs").asInt()).isEqualTo(14);
    assertThat(document.path("damaged").size()).isEqualTo(1);
    assertThat(document.at("/damaged/0/digest").asText()).isEqualTo(LAYER.digest().toString());
    assertThat(document.at("/damaged/0/finding").asText()).startsWith("its content is sha256:");
    assertThat(document.path("incompleteImages").size()).isEqualTo(1);
    assertThat(document.at("/incompleteImages/0").asText()).isEqualTo(rotten.source());
  }

  @Test
  void whatIsNoBlobIsLeftAlone() throws IOException {
    Path blobs = blob().getParent();
    Files.writeString(blobs.resolve("README"), "by somebody else");
    Files.createSymbolicLink(blobs.resolve("a".repeat(64)), temp.resolve("index.json"));
    Files.createDirectory(blobs.resolve("b".repeat(64)));

    CommandLineRun run = CommandLineRun.of("scrub", "--store=" + temp);

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).startsWith("14 blobs ");
    assertThat(blobs.resolve("a".repeat(64))).isSymbolicLink();
  }

  @Test
  void wrongOptionsAndWrongDirectoriesAreRefused() {
    assertThat(CommandLineRun.of("scrub").exitCode()).isEqualTo(2);
    for (String wrong : List.of("--rate=0", "--rate=fast", "--output=xml")) {
      assertThat(CommandLineRun.of("scrub", "--store=" + temp, wrong).exitCode()).isEqualTo(2);
    }
    CommandLineRun run = CommandLineRun.of("scrub", "--store=" + temp.resolve("typo"));
    assertThat(run.exitCode()).isEqualTo(17);
    assertThat(run.err()).contains("failed to scrub").contains("there is no such directory");
    assertThat(temp.resolve("typo")).doesNotExist();
  }

  private Path blob() {
    return temp.resolve("blobs/sha256").resolve(LAYER.digest().hex());
  }
}
