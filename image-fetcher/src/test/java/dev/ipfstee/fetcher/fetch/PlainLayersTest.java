package dev.ipfstee.fetcher.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ipfstee.fetcher.fetch.ImageFixture.Part;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.TestDag;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.FetchReport.SourceReport;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Large layers as plain bytes: checked by their digest, and by their blocks when that is wrong. */
@Timeout(60)
class PlainLayersTest {
  private static final int LARGE = 3 << 20;

  @TempDir private Path directory;
  @AutoClose private TestBed bed;
  private ImageFixture image;
  private Part layer;
  private Cid root;

  @BeforeEach
  void open() {
    bed = new TestBed(directory);
    image = bed.image().shaped(new TestDag.Shape(200_000, 174, true, false, false));
    layer = image.layer(1, LARGE);
    root = image.layout(image.image("linux/amd64", layer));
  }

  @Test
  void aLargeLayerIsOneRequestMoreThanItsRootBlock() {
    HostileGateway gateway = bed.gateway().plain(layer.cid(), layer.bytes());

    FetchReport report = bed.succeed(Wanted.of(root));

    assertThat(bed.blob(layer.digest())).hasBinaryContent(layer.bytes());
    assertThat(requestsOfLayer(gateway)).containsExactlyInAnyOrder("raw", "");
    assertThat(report.sources()).extracting(SourceReport::rejected).containsExactly(0L);
  }

  @Test
  void aSmallLayerIsReadByItsBlocks() {
    Part small = image.layer(2, 100_000);
    Cid other = image.layout(image.image("linux/amd64", small));
    HostileGateway gateway = bed.gateway().plain(small.cid(), small.bytes());

    bed.succeed(Wanted.of(other));

    assertThat(gateway.requests("")).isZero();
  }

  @Test
  void wrongPlainBytesAreNeverKeptAndTheBlocksProveTheLie() {
    HostileGateway liar = bed.gateway().plain(layer.cid(), flipped());
    HostileGateway honest = bed.gateway();

    FetchReport report = bed.succeed(Wanted.of(root));

    assertThat(bed.blob(layer.digest())).hasBinaryContent(layer.bytes());
    assertThat(report.sources())
        .extracting(SourceReport::host, SourceReport::rejected)
        .containsExactly(tuple(liar.host(), 1L), tuple(honest.host(), 0L));
  }

  @Test
  void aGatewayThatLiesEitherWayIsABlockMismatch() {
    HostileGateway liar =
        bed.gateway()
            .plain(layer.cid(), flipped())
            .corrupt(bed.dag.get(layer.cid()).children().get(3));

    FetchReport report = bed.refuse(Wanted.of(root), Reason.BLOCK_MISMATCH);

    assertThat(report.message()).contains(liar.host());
    assertThat(bed.has(layer)).isFalse();
  }

  @Test
  void wrongBytesUnderRightBlocksAreThePublishersFault() {
    byte[] wrong = flipped();
    Cid published = image.file(wrong);
    Part again = image.layer(1, LARGE);
    Cid other = image.instead(again, published).layout(image.image("linux/amd64", again));
    bed.gateway().plain(published, wrong);

    FetchReport report = bed.refuse(Wanted.of(other), Reason.DIGEST_MISMATCH);

    assertThat(report.sources()).extracting(SourceReport::rejected).containsExactly(0L);
    bed.assertTakesAnotherImage();
  }

  @Test
  void whatBreaksOffForGoodIsReadByItsBlocks() {
    HostileGateway gateway = bed.gateway().plain(layer.cid(), layer.bytes(), 0);

    FetchReport report = bed.succeed(Wanted.of(root));

    assertThat(gateway.requests("")).isPositive();
    assertThat(report.sources().get(0).errors()).isPositive();
  }

  private byte[] flipped() {
    byte[] wrong = layer.bytes().clone();
    wrong[LARGE / 2] ^= 1;
    return wrong;
  }

  private List<String> requestsOfLayer(HostileGateway gateway) {
    return gateway.requests().stream()
        .filter(request -> request.cid().equals(layer.cid()))
        .map(HostileGateway.Request::format)
        .toList();
  }
}
