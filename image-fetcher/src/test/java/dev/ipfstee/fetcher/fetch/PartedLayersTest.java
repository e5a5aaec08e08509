package dev.ipfstee.fetcher.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.FilePart;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.ipfs.PlainBytes;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.FetchReport.SourceReport;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A layer so large that it comes in parts, by the three threads that a test bed's fetch has. */
@Timeout(120)
class PartedLayersTest {
  private static final int PART = 16 << 20;
  private static final int SIZE = 3 * PART + 4711;

  @TempDir private Path directory;
  private final CountDownLatch streams = new CountDownLatch(4);
  @AutoClose private TestBed bed;
  private Part layer;
  private Cid root;

  @BeforeEach
  void open() {
    bed = new TestBed(directory);
    ImageFixture image = bed.image().shaped(new TestDag.Shape(1 << 20, 174, true, false, false));
    layer = image.layer(1, SIZE);
    root = image.layout(image.image("linux/amd64", layer));
  }

  @Test
  void comesFromOneGatewayInSeveralStreamsAtOnce() {
    HostileGateway gateway = together(bed.gateway(), layer.bytes());

    FetchReport report = bed.succeed(Wanted.of(root));

    assertThat(streams.getCount()).isZero();
    assertThat(bed.blob(layer.digest())).hasBinaryContent(layer.bytes());
    assertThat(ranges(gateway))
        .containsExactlyInAnyOrder(
            range(0, PART), range(PART, 2 * PART), range(2 * PART, 3 * PART), "bytes=50331648-");
    assertThat(gateway.requests("car")).isZero();
    assertThat(report.sources()).extracting(SourceReport::errors).containsExactly(0L);
  }

  @Test
  void isSharedByGatewaysWhenTheFirstIsBusy() {
    HostileGateway first = together(bed.gateway(), layer.bytes());
    HostileGateway second = together(bed.gateway(), layer.bytes());

    FetchReport report = bed.succeed(Wanted.of(root));

    assertThat(streams.getCount()).isZero();
    assertThat(bed.blob(layer.digest())).hasBinaryContent(layer.bytes());
    assertThat(ranges(first)).hasSizeGreaterThanOrEqualTo(2);
    assertThat(ranges(second)).isNotEmpty();
    assertThat(ranges(first)).doesNotContainAnyElementsOf(ranges(second));
    assertThat(report.sources()).extracting(SourceReport::errors).containsExactly(0L, 0L);
  }

  @Test
  void goesOnAtAnotherGatewayWhereOneDied() {
    HostileGateway dying = bed.gateway();
    dying.behave(
        (request, answer) -> {
          if (request.headers().containsKey("range")) {
            dying.close();
          }
          return false;
        });
    dying.plain(layer.cid(), layer.bytes());
    HostileGateway whole = bed.gateway().plain(layer.cid(), layer.bytes());

    bed.succeed(Wanted.of(root));

    assertThat(bed.blob(layer.digest())).hasBinaryContent(layer.bytes());
    assertThat(ranges(whole)).isNotEmpty();
  }

  @Test
  void whoLiedInOnePartIsFoundOutAndNobodyElseIsAccused() {
    HostileGateway honest = together(bed.gateway(), layer.bytes());
    HostileGateway liar = together(bed.gateway(), new byte[SIZE]);

    FetchReport report = bed.succeed(Wanted.of(root));

    assertThat(streams.getCount()).isZero();
    assertThat(bed.blob(layer.digest())).hasBinaryContent(layer.bytes());
    assertThat(report.sources())
        .extracting(SourceReport::host, SourceReport::rejected)
        .containsExactly(tuple(honest.host(), 0L), tuple(liar.host(), 1L));
  }

  @Test
  void isOneStreamFromAGatewayWithoutRanges() {
    HostileGateway gateway =
        bed.gateway()
            .behave(
                (request, answer) -> {
                  if (!request.format().isEmpty()) {
                    return false;
                  }
                  answer.head(200, "application/octet-stream", SIZE);
                  answer.write(layer.bytes());
                  return true;
                });

    FetchReport report = bed.succeed(Wanted.of(root));

    assertThat(bed.blob(layer.digest())).hasBinaryContent(layer.bytes());
    assertThat(gateway.requests("")).as("once in parts, and once all of it").isEqualTo(2);
    assertThat(gateway.requests("car")).isZero();
    assertThat(report.sources()).extracting(SourceReport::errors).containsExactly(0L);
  }

  @Test
  void comesInSeveralCarsAtOnceFromAGatewayWithoutPlainBytes() {
    HostileGateway gateway = bed.gateway();

    FetchReport report = bed.succeed(Wanted.of(root));

    assertThat(bed.blob(layer.digest())).hasBinaryContent(layer.bytes());
    assertThat(entityBytes(gateway))
        .containsExactlyInAnyOrder(
            "0:" + (PART - 1), PART + ":" + (2 * PART - 1), 2 * PART + ":" + (3 * PART - 1));
    assertThat(report.fetchedBytes()).isLessThan(SIZE + 100_000);
  }

  @Test
  void isOneCarFromAGatewayThatSendsAllOfItForEachPart() {
    bed.gateway().withoutRanges();

    FetchReport report = bed.succeed(Wanted.of(root));

    assertThat(bed.blob(layer.digest())).hasBinaryContent(layer.bytes());
    assertThat(report.fetchedBytes()).isLessThan(2L * SIZE);
    assertThat(report.sources()).extracting(SourceReport::rejected).containsExactly(0L);
  }

  @Test
  void whatBreaksOffForGoodIsGoneOnWithByBlocks() {
    HostileGateway gateway =
        bed.gateway()
            .behave(
                (request, answer) -> {
                  if (!request.headers().getOrDefault("range", "").startsWith("bytes=2")) {
                    return false;
                  }
                  answer.head(400, "text/plain", 0);
                  return true;
                })
            // The second part breaks at 20 MiB and more, and can't be asked for from there.
            .plain(layer.cid(), layer.bytes(), 5 << 20);

    bed.succeed(Wanted.of(root));

    assertThat(bed.blob(layer.digest())).hasBinaryContent(layer.bytes());
    assertThat(gateway.requests().stream().filter(request -> request.format().equals("car")))
        .isNotEmpty()
        .allMatch(request -> request.query().containsKey("entity-bytes"));
  }

  @Test
  void aFailureOfOneStreamEndsTheOthers() {
    bed.gateway().plain(layer.cid(), layer.bytes());
    CountDownLatch forEver = new CountDownLatch(1);
    bed.wrap(
        content ->
            new Parts(content) {
              @Override
              void at(FilePart part) {
                if (part.from() == 2L * PART) {
                  throw new FetchException(
                      Reason.GATEWAY_ERROR, "failed to go on: the test says so");
                }
                try {
                  forEver.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                  throw new FetchException(Reason.CANCELLED, "failed to go on: it was interrupted");
                }
              }
            });

    FetchReport report = bed.fetch(Wanted.of(root));

    assertThat(report.reason()).as(report.message()).isEqualTo(Reason.GATEWAY_ERROR);
    assertThat(report.message()).contains("the test says so");
    assertThat(bed.has(layer)).isFalse();
  }

  /** Stands before each part once its first bytes have come. */
  private abstract static class Parts extends ContentBetween {
    Parts(IpfsContent content) {
      super(content);
    }

    abstract void at(FilePart part);

    @Override
    public Optional<PlainBytes> readPlain(FilePart part, OutputStream sink) {
      return super.readPlain(
          part,
          new OutputStream() {
            @Override
            public void write(int value) {
              throw new UnsupportedOperationException();
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
              sink.write(bytes, offset, length);
              at(part);
            }
          });
    }
  }

  /**
   * Sends the first bytes of each part that is asked for, and the rest when all four were. What is
   * held longer than a stall lasts is asked for again, which counts as an error.
   */
  private HostileGateway together(HostileGateway gateway, byte[] content) {
    return gateway.behave(
        (request, answer) -> {
          String range = request.headers().getOrDefault("range", "");
          if (range.isEmpty()) {
            return false;
          }
          String[] ends = range.substring(6).split("-");
          int from = Integer.parseInt(ends[0]);
          int to = ends.length > 1 ? Integer.parseInt(ends[1]) + 1 : SIZE;
          String sent = "Content-Range: bytes " + from + "-" + (to - 1) + "/" + SIZE;
          answer.head(206, "application/octet-stream", to - from, sent);
          answer.write(Arrays.copyOfRange(content, from, from + 1000));
          answer.flush();
          streams.countDown();
          if (from > 0) {
            await();
          }
          answer.write(Arrays.copyOfRange(content, from + 1000, to));
          return true;
        });
  }

  private void await() {
    try {
      streams.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String range(int from, int to) {
    return "bytes=" + from + "-" + (to - 1);
  }

  private static List<String> entityBytes(HostileGateway gateway) {
    return gateway.requests().stream()
        .filter(request -> request.format().equals("car"))
        .map(request -> request.query().get("entity-bytes"))
        .filter(Objects::nonNull)
        .toList();
  }

  private static List<String> ranges(HostileGateway gateway) {
    return gateway.requests().stream()
        .filter(request -> request.headers().containsKey("range"))
        .map(request -> request.headers().get("range"))
        .toList();
  }
}
