package dev.ipfstee.fetcher.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.FetchReport.SourceReport;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a run that was killed, or failed, had of a layer, the next one goes on with. */
@Timeout(120)
class ResumedLayerTest {
  private static final int MIB = 1 << 20;
  private static final int SIZE = 40 * MIB;

  @TempDir private Path directory;
  @AutoClose private TestBed bed;
  private Part layer;
  private Cid root;
  private Path dead;

  @BeforeEach
  void open() throws IOException {
    bed = new TestBed(directory);
    ImageFixture image = bed.image().shaped(new TestDag.Shape(1 << 20, 174, true, false, false));
    layer = image.layer(1, SIZE);
    root = image.layout(image.image("linux/amd64", layer));
    dead = Files.createDirectory(bed.store.resolve("ingest/run-0123456789abcdef"));
    Files.createFile(dead.resolve("alive"));
  }

  private void leave(Digest digest, byte[] written) throws IOException {
    String name = digest.algorithm().label() + "-" + digest.hex() + ".1";
    Files.write(dead.resolve(name), written);
  }

  @Test
  void asksForNothingThatWasWritten() throws Exception {
    leave(layer.digest(), Arrays.copyOf(layer.bytes(), 20 * MIB));
    HostileGateway gateway = bed.gateway().plain(layer.cid(), layer.bytes());

    FetchReport report = bed.succeed(Wanted.of(root));

    assertThat(bed.blob(layer.digest())).hasBinaryContent(layer.bytes());
    assertThat(ranges(gateway))
        .containsExactlyInAnyOrder(
            "bytes=" + 20 * MIB + "-" + (32 * MIB - 1), "bytes=" + 32 * MIB + "-");
    assertThat(report.fetchedBytes()).isLessThan(20 * MIB + 10_000);
  }

  @Test
  void fillsTheHolesBetweenPartsThatWereUnderWayAtOnce() throws Exception {
    byte[] written = new byte[35 * MIB];
    System.arraycopy(layer.bytes(), 0, written, 0, 16 * MIB);
    System.arraycopy(layer.bytes(), 16 * MIB, written, 16 * MIB, 5 * MIB);
    System.arraycopy(layer.bytes(), 32 * MIB, written, 32 * MIB, 3 * MIB);
    leave(layer.digest(), written);
    HostileGateway gateway = bed.gateway().plain(layer.cid(), layer.bytes());

    bed.succeed(Wanted.of(root));

    assertThat(bed.blob(layer.digest())).hasBinaryContent(layer.bytes());
    assertThat(ranges(gateway))
        .containsExactlyInAnyOrder(
            "bytes=" + 21 * MIB + "-" + (32 * MIB - 1), "bytes=" + 35 * MIB + "-");
  }

  @Test
  void keepsWhatIsAllThere() throws Exception {
    leave(layer.digest(), layer.bytes());
    HostileGateway gateway = bed.gateway().plain(layer.cid(), layer.bytes());

    bed.succeed(Wanted.of(root));

    assertThat(bed.blob(layer.digest())).hasBinaryContent(layer.bytes());
    assertThat(gateway.requests("")).isZero();
  }

  @Test
  void goesOnByBlocksWhereNoGatewayHasPlainBytes() throws Exception {
    leave(layer.digest(), Arrays.copyOf(layer.bytes(), 20 * MIB));
    HostileGateway gateway = bed.gateway();

    FetchReport report = bed.succeed(Wanted.of(root));

    assertThat(bed.blob(layer.digest())).hasBinaryContent(layer.bytes());
    assertThat(gateway.requests().stream().filter(request -> request.format().equals("car")))
        .isNotEmpty()
        .allMatch(request -> request.query().containsKey("entity-bytes"));
    assertThat(report.fetchedBytes()).isLessThan(21 * MIB + 100_000);
  }

  @Test
  void goesOnAfterARunForWhichNoGatewayHadTheRest() throws Exception {
    Files.delete(dead.resolve("alive"));
    Files.delete(dead);
    AtomicBoolean gone = new AtomicBoolean();
    bed.gateway()
        .behave(
            (request, answer) -> {
              if (gone.get()) {
                answer.head(404, "text/plain", 0);
              }
              return gone.get();
            })
        .behave(
            (request, answer) -> {
              gone.set(request.format().equals("car") && request.cid().equals(layer.cid()));
              return false;
            })
        .endCar(22, "");

    FetchReport failed = bed.fetch(Wanted.of(root));

    assertThat(failed.reason()).as(failed.message()).isEqualTo(Reason.CONTENT_NOT_FOUND);
    assertThat(failed.fetchedBytes()).isGreaterThan(16 * MIB);
    gone.set(true);
    bed.gateway().plain(layer.cid(), layer.bytes());

    FetchReport report = bed.succeed(Wanted.of(root));

    assertThat(bed.blob(layer.digest())).hasBinaryContent(layer.bytes());
    assertThat(report.fetchedBytes()).isLessThan(25 * MIB);
  }

  @Test
  void fetchesAnewWhatADiskHasSpoiltAndAccusesNobody() throws Exception {
    byte[] spoilt = Arrays.copyOf(layer.bytes(), 20 * MIB);
    spoilt[MIB] ^= 1;
    leave(layer.digest(), spoilt);
    HostileGateway gateway = bed.gateway().plain(layer.cid(), layer.bytes());

    FetchReport report = bed.succeed(Wanted.of(root));

    assertThat(bed.blob(layer.digest())).hasBinaryContent(layer.bytes());
    assertThat(ranges(gateway)).contains("bytes=0-" + (16 * MIB - 1));
    assertThat(report.sources())
        .extracting(SourceReport::rejected, SourceReport::errors)
        .containsExactly(tuple(0L, 0L));
  }

  @Test
  void keepsNothingOfAFileWhoseBytesAPowerLossTook() throws Exception {
    leave(layer.digest(), new byte[SIZE]);
    HostileGateway gateway = bed.gateway().plain(layer.cid(), layer.bytes());

    bed.succeed(Wanted.of(root));

    assertThat(bed.blob(layer.digest())).hasBinaryContent(layer.bytes());
    assertThat(ranges(gateway)).hasSize(3);
  }

  @Test
  void removesWhatItHasNoUseFor() throws Exception {
    leave(Digest.of(Digest.Algorithm.SHA256, new byte[1]), new byte[3 * MIB]);
    leave(layer.digest(), Arrays.copyOf(layer.bytes(), SIZE + 1));
    HostileGateway gateway = bed.gateway().plain(layer.cid(), layer.bytes());

    bed.succeed(Wanted.of(root));

    assertThat(dead).doesNotExist();
    assertThat(ranges(gateway)).hasSize(3);
  }

  @Test
  void removesItThoughTheImageIsStored() throws Exception {
    bed.succeed(Wanted.of(root));
    Files.createDirectory(dead);
    leave(layer.digest(), Arrays.copyOf(layer.bytes(), 20 * MIB));

    bed.succeed(Wanted.of(root));

    assertThat(dead).doesNotExist();
  }

  private static List<String> ranges(HostileGateway gateway) {
    return gateway.requests().stream()
        .filter(request -> request.headers().containsKey("range"))
        .map(request -> request.headers().get("range"))
        .toList();
  }
}
