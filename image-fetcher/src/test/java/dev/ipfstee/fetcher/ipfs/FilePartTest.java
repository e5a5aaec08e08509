package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.testing.HostileGateway;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Parts of a file: just these bytes, and no more blocks than they need. */
@Timeout(60)
class FilePartTest {
  private static final byte[] CONTENT = new byte[5_000_123];

  static {
    new Random(1).nextBytes(CONTENT);
  }

  private final TestDag dag = new TestDag();
  private HostileGateway gateway;
  private IpfsContent content;

  private Cid open(TestDag.Shape shape) {
    Cid file = dag.file(CONTENT, shape);
    gateway = new HostileGateway(dag);
    content =
        GatewayContent.open(
            GatewayOptions.builder()
                .gateways(List.of(URI.create(gateway.url().toString())))
                .allowHttp(true)
                .allowPrivateAddresses(true)
                .stallTimeout(Duration.ofSeconds(5))
                .build());
    return file;
  }

  @AfterEach
  void close() {
    content.close();
    gateway.close();
  }

  private byte[] read(Cid file, int from, int length) {
    ByteArrayOutputStream sink = new ByteArrayOutputStream();
    content.read(new FilePart(file, CONTENT.length, from, length), sink);
    return sink.toByteArray();
  }

  private static byte[] expected(int from, int length) {
    return Arrays.copyOfRange(CONTENT, from, from + length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kubo", "raw", "trickle"})
  void readsAnyPart(String shape) {
    Cid file =
        open(
            switch (shape) {
              case "kubo" -> TestDag.Shape.KUBO_DEFAULT;
              case "raw" -> new TestDag.Shape(10_000, 7, true, false, false);
              default -> new TestDag.Shape(10_000, 7, false, true, true);
            });
    int[][] parts = {
      {0, 0},
      {0, 1},
      {0, CONTENT.length},
      {999, 2},
      {1000, 1000},
      {CONTENT.length - 1, 1},
      {CONTENT.length, 0},
      {1_234_567, 512},
      {100_001, 3_000_000},
      {2_000_000, 3_000_123}
    };
    for (int[] part : parts) {
      assertThat(read(file, part[0], part[1])).isEqualTo(expected(part[0], part[1]));
    }
  }

  @Test
  void asksForNoOtherBlocks() {
    Cid file = open(new TestDag.Shape(100_000, 10, true, false, false));

    assertThat(read(file, 2_500_000, 3000)).isEqualTo(expected(2_500_000, 3000));
    assertThat(gateway.requests()).hasSize(3); // Two nodes and a leaf.

    assertThat(read(file, 2_504_000, 3000)).isEqualTo(expected(2_504_000, 3000));
    assertThat(gateway.requests()).hasSize(3);
  }

  @Test
  void asksForTheRangeOfALargePartOnce() {
    Cid file = open(new TestDag.Shape(100_000, 10, true, false, false));

    assertThat(read(file, 1_000_050, 3_000_000)).isEqualTo(expected(1_000_050, 3_000_000));

    assertThat(gateway.requests()).hasSize(1);
    assertThat(gateway.requests().get(0).query()).containsEntry("entity-bytes", "1000050:4000049");
  }

  @Test
  void readsAPartFromAGatewayWithoutRanges() {
    Cid file = open(new TestDag.Shape(100_000, 10, true, false, false));
    gateway.behave(
        (request, answer) -> {
          if (request.query().containsKey("entity-bytes")) {
            answer.head(400, "text/plain", 0);
            return true;
          }
          return false;
        });

    assertThat(read(file, 1_000_050, 3_000_000)).isEqualTo(expected(1_000_050, 3_000_000));
  }

  @Test
  void readsPlainPartsByRange() {
    Cid file = open(TestDag.Shape.RAW_LEAVES);
    gateway.plain(file, CONTENT, 1_000_000);
    ByteArrayOutputStream sink = new ByteArrayOutputStream();

    assertThat(content.readPlain(new FilePart(file, CONTENT.length, 500, 1_500_000), sink))
        .isPresent();

    assertThat(sink.toByteArray()).isEqualTo(expected(500, 1_500_000));
    assertThat(gateway.requests())
        .extracting(request -> request.headers().get("range"))
        .containsExactly("bytes=500-1500499", "bytes=1000500-1500499");
  }
}
