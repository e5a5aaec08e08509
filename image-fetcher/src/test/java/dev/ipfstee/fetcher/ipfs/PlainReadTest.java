package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.testing.HostileGateway;
import dev.ipfstee.fetcher.testing.Opened;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class PlainReadTest {
  private static final byte[] CONTENT = random(1_234_567);
  private static final byte[] WRONG = new byte[CONTENT.length];

  private final TestDag dag = new TestDag();
  private final Cid file = dag.file(CONTENT, TestDag.Shape.KUBO_DEFAULT);
  @AutoClose private final Opened opened = new Opened();
  private final ByteArrayOutputStream sink = new ByteArrayOutputStream();

  @Test
  void readsAFileWithOneRequest() {
    HostileGateway gateway = gateway().plain(file, CONTENT);
    IpfsContent content = open(gateway);

    assertThat(read(content)).isPresent();
    assertThat(sink.toByteArray()).isEqualTo(CONTENT);
    assertThat(gateway.requests()).hasSize(1);
    assertThat(gateway.requests().get(0).headers()).doesNotContainKeys("range", "accept-encoding");
    assertThat(content.sources().get(0).bytes()).isEqualTo(CONTENT.length);
  }

  @Test
  void goesOnWhereTheConnectionBroke() {
    HostileGateway gateway = gateway().plain(file, CONTENT, 500_000);
    IpfsContent content = open(gateway);

    assertThat(read(content)).isPresent();
    assertThat(sink.toByteArray()).isEqualTo(CONTENT);
    assertThat(gateway.requests())
        .extracting(request -> request.headers().get("range"))
        .containsExactly(null, "bytes=500000-", "bytes=1000000-");
    assertThat(content.sources().get(0).errors()).isEqualTo(2);
  }

  @Test
  void goesOnAtTheNextGateway() {
    HostileGateway broken = gateway().plain(file, CONTENT, 700_000);
    HostileGateway whole = gateway().plain(file, CONTENT);
    IpfsContent content = open(broken, whole);

    assertThat(read(content)).isPresent();
    assertThat(sink.toByteArray()).isEqualTo(CONTENT);
    assertThat(whole.requests().get(0).headers()).containsEntry("range", "bytes=700000-");
  }

  @ParameterizedTest
  @CsvSource({"400", "403", "404", "406", "501", "200"})
  void saysThatNobodyOffersPlainBytesAndAsksOnlyOnce(int status) {
    HostileGateway gateway = gateway().status("", status);
    IpfsContent content = open(gateway);

    assertThat(read(content)).isEmpty();
    assertThat(read(content)).isEmpty();
    assertThat(gateway.requests("")).isEqualTo(1);
    assertThat(content.sources().get(0).errors()).isZero();
    content.read(file, CONTENT.length, sink);
    assertThat(sink.toByteArray()).isEqualTo(CONTENT);
  }

  @Test
  void takesNoEncodedBytes() {
    HostileGateway gateway =
        gateway()
            .behave(
                (request, answer) -> {
                  if (!request.format().isEmpty()) {
                    return false;
                  }
                  answer.head(200, "text/plain", CONTENT.length, "Content-Encoding: gzip");
                  answer.write(CONTENT);
                  return true;
                });

    assertThat(read(open(gateway))).isEmpty();
    assertThat(sink.size()).isZero();
  }

  @Test
  void takesNoOtherPartThanTheOneAskedFor() {
    HostileGateway gateway =
        gateway()
            .behave(
                (request, answer) -> {
                  if (!request.headers().containsKey("range")) {
                    return false;
                  }
                  byte[] rest = new byte[CONTENT.length - 1000];
                  answer.head(
                      206, "x/y", rest.length, "Content-Range: bytes 0-9/" + CONTENT.length);
                  answer.write(rest);
                  return true;
                })
            .plain(file, CONTENT, 1000);

    assertThat(read(open(gateway))).isEmpty();
    assertThat(sink.size()).isEqualTo(1000);
  }

  @Test
  void leavesAStalledGatewayForTheNext() {
    HostileGateway stalled =
        gateway()
            .behave(
                (request, answer) -> {
                  answer.head(200, "x/y", CONTENT.length);
                  answer.write(Arrays.copyOf(CONTENT, 100_000));
                  answer.flush();
                  answer.awaitEnd();
                  return true;
                });
    HostileGateway whole = gateway().plain(file, CONTENT);
    IpfsContent content =
        opened.add(
            GatewayContent.open(
                options(stalled, whole).stallTimeout(Duration.ofMillis(200)).build()));

    assertThat(read(content)).isPresent();
    assertThat(sink.toByteArray()).isEqualTo(CONTENT);
    assertThat(whole.requests().get(0).headers()).containsEntry("range", "bytes=100000-");
  }

  @Test
  void aProvenLieEndsAllUseOfTheGateway() {
    HostileGateway liar = gateway().plain(file, WRONG);
    HostileGateway honest = gateway().plain(file, CONTENT);
    IpfsContent content = open(liar, honest);
    PlainBytes bytes = read(content).orElseThrow();

    bytes.wrong();
    PlainBytes.liesProven(List.of(bytes));

    assertThat(content.sources()).extracting(SourceUse::rejected).containsExactly(1L, 0L);
    int before = liar.requests().size();
    content.read(file, CONTENT.length, new ByteArrayOutputStream());
    assertThat(liar.requests()).hasSize(before);
  }

  @Test
  void nobodyIsAccusedForWhatSeveralSent() {
    HostileGateway one = gateway().plain(file, CONTENT, 700_000);
    HostileGateway other = gateway().plain(file, WRONG);
    IpfsContent content = open(one, other);
    PlainBytes bytes = read(content).orElseThrow();

    bytes.wrong();
    PlainBytes.liesProven(List.of(bytes));

    assertThat(content.sources()).extracting(SourceUse::rejected).containsExactly(0L, 0L);
    assertThat(read(content)).isEmpty();
  }

  private Optional<PlainBytes> read(IpfsContent content) {
    return content.readPlain(FilePart.all(new Entity.File(file, CONTENT.length)), sink);
  }

  private HostileGateway gateway() {
    return opened.add(new HostileGateway(dag));
  }

  private IpfsContent open(HostileGateway... gateways) {
    return opened.add(GatewayContent.open(options(gateways).build()));
  }

  private static GatewayOptions.Builder options(HostileGateway... gateways) {
    return GatewayOptions.builder()
        .gateways(Stream.of(gateways).map(HostileGateway::url).toList())
        .allowHttp(true)
        .allowPrivateAddresses(true);
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }
}
