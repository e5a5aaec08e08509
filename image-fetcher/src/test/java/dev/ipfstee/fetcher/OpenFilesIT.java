package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** However many blobs an image has, few files and connections are open at a time. */
@Timeout(180)
class OpenFilesIT {
  /** Java itself, with its libraries, needs some 60. */
  private static final int MOST = 128;

  @TempDir private Path directory;

  @Test
  void anImageOfManyBlobsNeedsFewOpenFiles() throws Exception {
    try (CommandBed bed = new CommandBed(directory)) {
      Part[] layers =
          IntStream.range(0, 2 * MOST).mapToObj(i -> bed.image.layer(i, 500)).toArray(Part[]::new);
      Cid cid = bed.image.layout(bed.image.image("linux/amd64", layers));
      String[] fetch = bed.fetch(bed.gateway(), "--max-layers=1000", "ipfs://" + cid);
      try (ProgramProcess limited =
          new ProgramProcess(
              directory, List.of("prlimit", "--nofile=" + MOST + ":" + MOST), fetch)) {
        assertThat(limited.awaitExit()).as(limited.err()).isZero();
      }
      assertThat(new StoreOnDisk(bed.store).assertValid()).hasSize(1);
    }
  }
}
