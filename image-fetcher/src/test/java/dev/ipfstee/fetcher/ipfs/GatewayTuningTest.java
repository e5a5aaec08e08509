package dev.ipfstee.fetcher.ipfs;

import static dev.ipfstee.fetcher.ipfs.GatewayBed.random;
import static dev.ipfstee.fetcher.ipfs.GatewayBed.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How patient the client is with gateways, and how modest. */
@Timeout(60)
class GatewayTuningTest {
  private static final byte[] CONTENT = random(60_000, 5);

  /** Only a hedge ends the wait for a silent gateway within the time of a test. */
  private static final GatewayTuning PATIENT =
      new GatewayTuning(
          Duration.ofSeconds(5),
          Duration.ofMinutes(10),
          Duration.ofMinutes(10),
          Duration.ofMillis(100),
          8,
          2,
          150);

  @AutoClose private final GatewayBed bed = new GatewayBed();
  private final TestDag dag = bed.dag;
  private final Cid file = dag.file(CONTENT, TestDag.Shape.KUBO_DEFAULT);

  @ParameterizedTest
  @ValueSource(strings = {"car", "raw"})
  void asksASecondGatewayWhenTheFirstIsSilent(String format) {
    HostileGateway silent = bed.gateway().hang(format);
    HostileGateway other = bed.gateway();
    IpfsContent content = open(PATIENT, silent, other);
    content.resolve(file, List.of());

    assertThat(read(content, file)).isEqualTo(CONTENT);
    assertThat(silent.requests(format)).isPositive();
    assertThat(other.requests(format)).isPositive();
    assertThat(content.sources()).extracting(SourceUse::errors).containsExactly(0L, 0L);
  }

  @Test
  void asksASecondGatewayWhenTheFirstSendsTheHeadOfACarAndNoBlock() {
    HostileGateway silent = bed.gateway().stallCar(0);
    HostileGateway other = bed.gateway();

    IpfsContent content =
        bed.open(options(PATIENT, silent, other).stallTimeout(Duration.ofMinutes(10)));

    assertThat(read(content, file)).isEqualTo(CONTENT);
    assertThat(other.requests("car")).isEqualTo(1);
  }

  @Test
  void asksASecondGatewayForPlainBytes() {
    HostileGateway silent = bed.gateway().hang("");
    HostileGateway other = bed.gateway().plain(file, CONTENT);
    ByteArrayOutputStream sink = new ByteArrayOutputStream();

    assertThat(
            open(PATIENT, silent, other)
                .readPlain(FilePart.all(new Entity.File(file, CONTENT.length)), sink))
        .isPresent();
    assertThat(sink.toByteArray()).isEqualTo(CONTENT);
  }

  @Test
  void asksNoSecondGatewayWhileTheFirstAnswers() {
    HostileGateway first = bed.gateway();
    HostileGateway second = bed.gateway();

    assertThat(read(open(PATIENT.withHedgeAfter(Duration.ofMinutes(1)), first, second), file))
        .isEqualTo(CONTENT);
    assertThat(second.requests()).isEmpty();
  }

  @Test
  void waitsForTheFirstIfTheSecondHasNothing() throws Exception {
    HostileGateway empty = bed.gateway(new TestDag());
    HostileGateway slow =
        bed.gateway()
            .behave(
                (request, answer) -> {
                  awaitRequest(empty);
                  return false;
                });

    assertThat(read(open(PATIENT, slow, empty), file)).isEqualTo(CONTENT);
    assertThat(empty.requests()).isNotEmpty();
  }

  @Test
  void asksNoSecondGatewayForAFirstThatIsSilentIfToldToWait() {
    GatewayTuning never =
        new GatewayTuning(
            Duration.ofMillis(100),
            Duration.ofMillis(100),
            Duration.ofMillis(100),
            Duration.ZERO,
            8,
            2,
            150);
    HostileGateway silent = bed.gateway().hang("car").hang("raw");
    IpfsContent content = open(never, silent, bed.gateway());

    assertThat(read(content, file)).isEqualTo(CONTENT);
    assertThat(content.sources().get(0).errors()).isPositive();
  }

  @Test
  void endsBothWhenItIsCancelled() throws Exception {
    HostileGateway one = bed.gateway().hang("car").hang("raw");
    HostileGateway two = bed.gateway().hang("car").hang("raw");
    IpfsContent content = open(PATIENT, one, two);
    Reason[] found = new Reason[1];
    Thread reader =
        Thread.startVirtualThread(
            () -> {
              try {
                read(content, file);
              } catch (FetchException e) {
                found[0] = e.reason();
              }
            });
    awaitRequest(two);
    reader.interrupt();

    assertThat(reader.join(Duration.ofSeconds(20))).isTrue();
    assertThat(found[0]).isEqualTo(Reason.CANCELLED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"car", "raw"})
  void neverHasMoreOfAKindUnderWayAtAGatewayThanItMay(String format) throws Exception {
    int most = format.equals("car") ? 2 : 3;
    CountDownLatch together = new CountDownLatch(most);
    AtomicInteger underWay = new AtomicInteger();
    AtomicInteger high = new AtomicInteger();
    HostileGateway gateway = bed.gateway();
    if (format.equals("raw")) {
      gateway.status("car", 406);
    }
    gateway.behave(
        (request, answer) -> {
          if (!request.format().equals(format)) {
            return false;
          }
          high.accumulateAndGet(underWay.incrementAndGet(), Math::max);
          together.countDown();
          try {
            together.await();
            // Counted out before the answer has ended, so that never too many are counted.
            underWay.decrementAndGet();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return false;
        });
    GatewayTuning modest =
        new GatewayTuning(
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(1),
            3,
            2,
            150);
    IpfsContent content = open(modest, gateway);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<byte[]>> reads = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        byte[] other = random(20_000, 100 + i);
        Cid cid = dag.file(other, TestDag.Shape.RAW_LEAVES);
        reads.add(threads.submit(() -> read(content, cid)));
      }
      for (Future<byte[]> read : reads) {
        assertThat(read.get()).hasSize(20_000);
      }
    }
    assertThat(high).hasValue(most);
  }

  @Test
  void aGatewayAtAPrivateAddressIsAskedAsOftenAsNeeded() {
    GatewayTuning slow =
        new GatewayTuning(
            Duration.ofSeconds(5),
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(1),
            8,
            2,
            1);
    HostileGateway gateway = bed.gateway().status("car", 406);

    assertThat(read(open(slow, gateway), file)).isEqualTo(CONTENT);
    assertThat(gateway.requests("raw")).isGreaterThan(60);
  }

  @Test
  void keepsEightBlocksOnTheWayFromAGatewayWithoutCars() {
    byte[] large = random(200_000, 9);
    Cid cid = dag.file(large, new TestDag.Shape(1000, 174, true, false, false));
    // Which they are must not depend on the order in which requests arrive.
    Set<Cid> eight =
        IntStream.range(40, 48)
            .mapToObj(leaf -> Arrays.copyOfRange(large, 1000 * leaf, 1000 * (leaf + 1)))
            .map(leaf -> Cid.raw(Digest.of(Digest.Algorithm.SHA256, leaf)))
            .collect(Collectors.toSet());
    CountDownLatch together = new CountDownLatch(eight.size());
    HostileGateway gateway =
        bed.gateway()
            .status("car", 501)
            .behave(
                (request, answer) -> {
                  if (eight.contains(request.cid())) {
                    together.countDown();
                    try {
                      together.await();
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  }
                  return false;
                });

    assertThat(read(open(GatewayTuning.DEFAULTS, gateway), cid)).isEqualTo(large);
  }

  @Test
  void refusesATuningThatAllowsNothing() {
    assertThatThrownBy(
            () ->
                new GatewayTuning(
                    Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0, 1, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void awaitRequest(HostileGateway gateway) {
    while (gateway.requests().isEmpty()) {
      Thread.onSpinWait();
    }
  }

  private IpfsContent open(GatewayTuning tuning, HostileGateway... gateways) {
    return bed.open(options(tuning, gateways));
  }

  private static GatewayOptions.Builder options(GatewayTuning tuning, HostileGateway... gateways) {
    return GatewayBed.options(gateways).tuning(tuning);
  }
}
