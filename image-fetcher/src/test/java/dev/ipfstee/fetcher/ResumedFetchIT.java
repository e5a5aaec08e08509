package dev.ipfstee.fetcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program is killed in the middle of a layer, and the next run goes on there. */
@Timeout(300)
class ResumedFetchIT {
  private static final int PART = 16 << 20;
  private static final int SIZE = 4 * PART;

  /** So much of each part comes before the gateway stops. */
  private static final int FIRST = 6 << 20;

  @TempDir private Path directory;
  private final AtomicLong sent = new AtomicLong();
  @AutoClose private CommandBed bed;
  private Part layer;
  private Cid root;

  @BeforeEach
  void open() {
    bed = new CommandBed(directory);
    bed.image.shaped(new TestDag.Shape(1 << 20, 174, true, false, false));
    layer = bed.image.layer(1, SIZE);
    root = bed.image.layout(bed.image.image("linux/amd64", layer));
  }

  @Test
  void asksOnlyForWhatIsMissingOfALayerAfterAKill() throws Exception {
    killInTheMiddle();
    assertOnlyTheRestIsAskedFor();
  }

  @Test
  void asksOnlyForWhatIsMissingOfALayerAfterASigterm() throws Exception {
    endInTheMiddle(ProgramProcess::terminate);
    assertOnlyTheRestIsAskedFor();
  }

  private void assertOnlyTheRestIsAskedFor() throws Exception {
    sent.set(0);

    JsonNode found = complete();

    assertThat(sent.get()).isLessThan(SIZE - 4L * FIRST + PART);
    assertThat(found.path("fetchedBytes").asLong()).isLessThan(SIZE - 4L * FIRST + PART);
  }

  @Test
  void healsWhatTheDiskHasSpoiltMeanwhile() throws Exception {
    Path begun = killInTheMiddle();
    try (RandomAccessFile file = new RandomAccessFile(begun.toFile(), "rw")) {
      file.seek(1000);
      file.write(~layer.bytes()[1000]);
    }

    JsonNode found = complete();

    assertThat(found.path("sources").path(0).path("rejected").asLong()).isZero();
  }

  /** Returns what is left of the layer, of which the first bytes of all parts are there. */
  private Path killInTheMiddle() throws Exception {
    return endInTheMiddle(ProgramProcess::kill);
  }

  private Path endInTheMiddle(Consumer<ProgramProcess> end) throws Exception {
    HostileGateway slow = gateway(FIRST);
    try (ProgramProcess fetch =
        new ProgramProcess(directory, bed.fetch(slow, "ipfs://" + root, "--concurrency=4"))) {
      fetch.await("the first bytes of all parts", () -> begun().stream().anyMatch(this::hasFirst));
      end.accept(fetch);
      fetch.awaitExit();
    }
    assertThat(new StoreOnDisk(bed.store).assertValid()).isEmpty();
    return begun().get(0);
  }

  private JsonNode complete() throws Exception {
    HostileGateway quick = gateway(SIZE);
    JsonNode found;
    try (ProgramProcess fetch = new ProgramProcess(directory, bed.fetch(quick, "ipfs://" + root))) {
      assertThat(fetch.awaitExit()).as(fetch.err()).isZero();
      found = CommandLineRun.report(bed.report);
    }
    StoreOnDisk disk = new StoreOnDisk(bed.store);
    assertThat(disk.assertValid()).hasSize(1);
    assertThat(disk.leftovers()).isEmpty();
    return found;
  }

  /** Counts what it sends of the layer, and stops within each answer after so many bytes of it. */
  private HostileGateway gateway(int bytes) {
    return bed.gateway()
        .behave(
            (request, answer) -> {
              if (!request.format().isEmpty()) {
                return false;
              }
              String[] ends = request.headers().get("range").substring(6).split("-");
              int from = Integer.parseInt(ends[0]);
              int to = ends.length > 1 ? Integer.parseInt(ends[1]) + 1 : SIZE;
              String range = "Content-Range: bytes " + from + "-" + (to - 1) + "/" + SIZE;
              answer.head(206, "application/octet-stream", to - from, range);
              int end = Math.min(to, from + bytes);
              answer.write(Arrays.copyOfRange(layer.bytes(), from, end));
              answer.flush();
              sent.addAndGet(end - from);
              if (end < to) {
                answer.awaitEnd();
              }
              return true;
            });
  }

  private List<Path> begun() {
    List<Path> begun = new ArrayList<>();
    try (Stream<Path> files = Files.walk(bed.store.resolve("ingest"))) {
      files
          .filter(file -> file.getFileName().toString().contains(layer.digest().hex()))
          .forEach(begun::add);
    } catch (IOException | UncheckedIOException notYet) {
      return List.of();
    }
    return begun;
  }

  private boolean hasFirst(Path file) {
    byte[] last = new byte[100];
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "r")) {
      for (int part = 0; part < SIZE; part += PART) {
        int end = part + FIRST;
        bytes.seek(end - last.length);
        bytes.readFully(last);
        if (!Arrays.equals(last, Arrays.copyOfRange(layer.bytes(), end - last.length, end))) {
          return false;
        }
      }
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }
}
