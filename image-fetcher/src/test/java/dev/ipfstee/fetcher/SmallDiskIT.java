package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A store on a volume that is full or can't be written to: a small tmpfs in a mount namespace of
 * the test's own.
 */
@Timeout(180)
class SmallDiskIT {
  private static final int LAYERS = 20;

  @TempDir private Path directory;
  private CommandBed bed;
  private HostileGateway gateway;
  private Cid image;

  @BeforeEach
  void open() throws IOException {
    bed = new CommandBed(directory);
    gateway = bed.gateway();
    Part[] layers =
        IntStream.range(0, LAYERS).mapToObj(i -> bed.image.layer(i, 100_000)).toArray(Part[]::new);
    image = bed.image.layout(bed.image.image("linux/amd64", layers));
    Files.createDirectory(bed.store);
  }

  @AfterEach
  void close() {
    bed.close();
  }

  /**
   * Fetches on such a volume, twice.
   *
   * @param options of the volume at first
   * @param then options with which it is mounted anew before the second fetch
   * @return the exit codes
   */
  private List<Integer> fetchTwice(String options, String then) throws Exception {
    String script =
        """
        mount -t tmpfs -o "$1" tmpfs "$3" || exit 99
        after=$2 store=$3 copy=$4
        shift 4
        "$@"; echo "exit $?"
        cp -a "$store" "$copy-1"
        mount -o "remount,$after" "$store" || exit 99
        "$@"; echo "exit $?"
        cp -a "$store" "$copy-2"
        """;
    List<String> command =
        List.of(
            "unshare",
            "--mount",
            "--map-root-user",
            "sh",
            "-c",
            script,
            "sh",
            options,
            then,
            bed.store.toString(),
            directory.resolve("copy").toString());
    try (ProgramProcess fetch =
        new ProgramProcess(directory, command, bed.fetch(gateway, "ipfs://" + image))) {
      assertThat(fetch.awaitExit()).as(fetch.err()).isZero();
      errors = fetch.err();
      List<Integer> codes = new ArrayList<>();
      fetch
          .out()
          .lines()
          .filter(line -> line.startsWith("exit "))
          .forEach(line -> codes.add(Integer.parseInt(line.substring(5))));
      return codes;
    }
  }

  private String errors;

  private StoreOnDisk after(int fetches) {
    return new StoreOnDisk(directory.resolve("copy-" + fetches));
  }

  @Test
  void aVolumeThatIsTooSmallIsToldOfBeforeAnyLayerIsAskedFor() throws Exception {
    assertThat(fetchTwice("size=1m", "size=16m")).containsExactly(17, 0);

    assertThat(errors).contains("DiskFull").contains("bytes are free");
    assertThat(after(1).assertValid()).isEmpty();
    assertThat(after(2).assertValid()).hasSize(1);
  }

  /**
   * Space is measured before, so it is the names that run out in the middle: after those of the
   * claims, one for each blob.
   */
  @Test
  void aVolumeThatFillsUpInTheMiddleKeepsWhatIsWholeAndTheNextRunCompletes() throws Exception {
    assertThat(fetchTwice("size=16m,nr_inodes=38", "nr_inodes=200")).containsExactly(17, 0);

    assertThat(errors).contains("DiskFull");
    assertThat(after(1).assertValid()).isEmpty();
    assertThat(after(1).leftovers()).isEmpty();
    try (var kept = Files.list(directory.resolve("copy-1/blobs/sha256"))) {
      assertThat(kept.count()).isBetween(1L, (long) LAYERS);
    }
    assertThat(after(2).assertValid()).hasSize(1);
  }

  @Test
  void aVolumeThatCantBeWrittenToIsNotChangedAndSaidToBeSo() throws Exception {
    assertThat(fetchTwice("size=16m", "ro")).containsExactly(0, 17);

    assertThat(errors).contains("IoError").contains(bed.store.toString());
    assertThat(after(2).assertValid()).isEqualTo(after(1).assertValid()).hasSize(1);
  }
}
