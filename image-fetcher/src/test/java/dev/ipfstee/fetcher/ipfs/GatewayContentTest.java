package dev.ipfstee.fetcher.ipfs;

import static dev.ipfstee.fetcher.ipfs.GatewayBed.random;
import static dev.ipfstee.fetcher.ipfs.GatewayBed.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.HostileGateway;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class GatewayContentTest {
  private static final byte[] CONTENT = random(123_456, 7);

  @AutoClose private final GatewayBed bed = new GatewayBed();
  private final TestDag dag = bed.dag;
  private final Cid file = dag.file(CONTENT, TestDag.Shape.KUBO_DEFAULT);

  @ParameterizedTest
  @CsvSource({
    "1000, 5, false, true, false",
    "1000, 5, true, false, false",
    "1000, 4, false, true, true",
    "1000, 4, true, false, true",
    "50000, 174, true, false, false",
    "200000, 174, true, false, false",
    "200000, 174, false, true, false",
  })
  void readsFilesOfEveryShape(int chunk, int width, boolean raw, boolean v0, boolean trickle) {
    Cid cid = dag.file(CONTENT, new TestDag.Shape(chunk, width, raw, v0, trickle));
    HostileGateway gateway = bed.gateway();
    IpfsContent content = open(gateway);

    assertThat(read(content, cid)).isEqualTo(CONTENT);
    assertThat(content.resolve(cid, List.of())).isEqualTo(new Entity.File(cid, CONTENT.length));
    assertThat(gateway.requests("car")).isEqualTo(1);
    assertThat(gateway.requests("raw")).isLessThanOrEqualTo(1);
    assertThat(content.sources())
        .singleElement()
        .satisfies(
            use -> {
              assertThat(use.host()).isEqualTo(gateway.host());
              assertThat(use.bytes()).isGreaterThan(CONTENT.length);
              assertThat(use.rejected()).isZero();
              assertThat(use.errors()).isZero();
            });
  }

  @Test
  void readsInlineContentWithoutARequest() {
    HostileGateway gateway = bed.gateway();

    assertThat(read(open(gateway), Cid.parse("bafkqaddimvwgy3zao5xxe3debi")))
        .asString(StandardCharsets.US_ASCII)
        .isEqualTo("hello world\n");
    assertThat(gateway.requests()).isEmpty();
  }

  @Test
  void readsAnEmptyFile() {
    assertThat(read(open(bed.gateway()), dag.file(new byte[0], TestDag.Shape.KUBO_DEFAULT)))
        .isEmpty();
  }

  @Test
  void asksAsTheSpecificationSays() {
    HostileGateway gateway = bed.gateway();
    read(open(gateway), file);

    HostileGateway.Request request = gateway.requests().get(0);
    assertThat(request.path()).isEqualTo("/ipfs/" + file);
    assertThat(request.query()).containsEntry("format", "car").containsEntry("dag-scope", "entity");
    assertThat(request.headers())
        .containsEntry("accept", "application/vnd.ipld.car;version=1;order=dfs;dups=y")
        .hasEntrySatisfying(
            "user-agent", agent -> assertThat(agent).startsWith("ipfs-tee-operator/"))
        .doesNotContainKeys("authorization", "accept-encoding", "cookie");
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 16, 256, 1024})
  void findsNamesInShardedDirectories(int fanout) {
    Map<String, Cid> entries = new HashMap<>();
    for (int i = 0; i < 700; i++) {
      entries.put("entry-" + i, dag.raw(("content " + i).getBytes(StandardCharsets.UTF_8)));
    }
    Cid root = dag.directory(Map.of("blobs", dag.hamt(entries, fanout)));
    IpfsContent content = open(bed.gateway());

    assertThat(content.resolve(root, List.of("blobs", "entry-42")).cid())
        .isEqualTo(entries.get("entry-42"));
    Entity.Directory blobs = (Entity.Directory) content.resolve(root, List.of("blobs"));
    assertThat(content.child(blobs, "entry-700")).isEmpty();
    assertThat(content.list(blobs, 700))
        .hasSize(700)
        .allSatisfy(entry -> assertThat(entry.cid()).isEqualTo(entries.get(entry.name())));
    assertReason(() -> content.list(blobs, 699), Reason.DAG_TOO_LARGE);
  }

  @Test
  void saysThatAPathIsProvablyAbsentAtOnce() {
    Cid root = dag.directory(Map.of("file", file));
    IpfsContent content = open(bed.gateway());

    assertReason(() -> content.resolve(root, List.of("other")), Reason.PATH_NOT_FOUND);
    assertReason(() -> content.resolve(root, List.of("file", "x")), Reason.PATH_NOT_FOUND);
    assertThat(content.list(new Entity.Directory(root), 10))
        .containsExactly(new Entity.Named("file", file));
  }

  @Test
  void refusesASymbolicLink() {
    Cid link =
        dag.dagPb(dag.node(List.of(), TestDag.unixFs(4, new byte[] {'x'}, -1)), List.of(), 0, true);
    IpfsContent content = open(bed.gateway());

    assertReason(
        () -> content.resolve(dag.directory(Map.of("l", link)), List.of("l")),
        Reason.LAYOUT_UNRECOGNIZED);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 0", "3, 500", "50, 0", "50, 3", "120, 20"})
  void goesOnAfterABrokenCarAtTheSameGateway(int blocks, int bytes) {
    HostileGateway gateway = bed.gateway().breakCar(blocks, bytes);
    IpfsContent content = open(gateway);

    assertThat(read(content, file)).isEqualTo(CONTENT);
    assertThat(content.sources().get(0).rejected()).isZero();
    assertThat(content.sources().get(0).errors()).isPositive();
    assertThat(content.sources().get(0).bytes()).isLessThan(2L * CONTENT.length);
  }

  @ParameterizedTest
  @CsvSource({"0,''", "20,''", "20,'[Gateway Error: Response truncated]'", "20,garbage after it"})
  void completesWhatACarThatEndsEarlyLeftOut(int blocks, String lastWords) {
    HostileGateway gateway = bed.gateway().endCar(blocks, lastWords);
    IpfsContent content = open(gateway);

    assertThat(read(content, file)).isEqualTo(CONTENT);
    assertThat(content.sources().get(0).rejected()).isZero();
  }

  @Test
  void takesTheRestFromTheNextGateway() {
    HostileGateway broken = bed.gateway().breakCar(50, 10).status("raw", 500);
    HostileGateway whole = bed.gateway();
    IpfsContent content = open(broken, whole);

    assertThat(read(content, file)).isEqualTo(CONTENT);
    assertThat(content.sources().get(0).bytes()).isGreaterThan(40_000);
    assertThat(content.sources().get(1).bytes()).isGreaterThan(10_000).isLessThan(100_000);
  }

  @Test
  void dropsAGatewayThatSendsOneWrongBlockAndNamesIt() {
    Cid leaf = dag.entity(file).get(60).cid();
    HostileGateway liar = bed.gateway().corrupt(leaf);
    HostileGateway honest = bed.gateway();
    IpfsContent content = open(liar, honest);

    assertThat(read(content, file)).isEqualTo(CONTENT);
    assertThat(content.sources().get(0).rejected()).isEqualTo(1);
    assertThat(content.sources().get(1).rejected()).isZero();
    int before = liar.requests().size();
    assertThat(read(content, file)).isEqualTo(CONTENT);
    assertThat(liar.requests()).hasSize(before);
  }

  @Test
  void failsAtOnceWhenAllGatewaysLie() {
    Cid leaf = dag.entity(file).get(60).cid();
    HostileGateway one = bed.gateway().corrupt(leaf);
    HostileGateway two = bed.gateway().corrupt(leaf);
    IpfsContent content = open(one, two);
    ByteArrayOutputStream sink = new ByteArrayOutputStream();

    assertThatThrownBy(() -> content.read(file, Long.MAX_VALUE, sink))
        .isInstanceOfSatisfying(
            FetchException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(Reason.BLOCK_MISMATCH);
              assertThat(e).hasMessageContaining(one.host()).hasMessageContaining(two.host());
            });
    assertThat(CONTENT).startsWith(sink.toByteArray());
  }

  @Test
  void believesTheOthersWhenOneGatewayLied() {
    HostileGateway liar = bed.gateway().corrupt(file);
    HostileGateway empty = bed.gateway(new TestDag());
    HostileGateway broken = bed.gateway().status("car", 500).status("raw", 500);

    assertReason(() -> read(open(liar, empty), file), Reason.CONTENT_NOT_FOUND);
    assertReason(() -> read(open(liar, broken), file), Reason.GATEWAY_ERROR);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 406, 415, 501})
  void readsBlockByBlockFromAGatewayWithoutCars(int status) {
    HostileGateway gateway = bed.gateway().status("car", status);

    assertThat(read(open(gateway), file)).isEqualTo(CONTENT);
    assertThat(gateway.requests("car")).isEqualTo(1);
  }

  @Test
  void readsBlockByBlockWhereACarIsAnHtmlPage() {
    HostileGateway gateway =
        bed.gateway()
            .behave(
                (request, answer) -> {
                  if (request.format().equals("car")) {
                    answer.head(200, "text/html", 0);
                  }
                  return request.format().equals("car");
                });

    assertThat(read(open(gateway), file)).isEqualTo(CONTENT);
    assertThat(gateway.requests("car")).isEqualTo(1);
  }

  @Test
  void readsDirectoriesFromAGatewayWithoutRawBlocks() {
    HostileGateway gateway = bed.gateway().status("raw", 406);

    assertThat(open(gateway).resolve(dag.directory(Map.of("f", file)), List.of("f")).cid())
        .isEqualTo(file);
  }

  @Test
  void toleratesAnyOrderOfBlocks() {
    assertThat(read(open(bed.gateway().unordered()), file)).isEqualTo(CONTENT);
  }

  @Test
  void toleratesACarThatSendsRepeatedBlocksOnce() {
    byte[] zeros = new byte[60_000];
    System.arraycopy(CONTENT, 0, zeros, 20_000, 10_000);
    Cid repeated = dag.file(zeros, TestDag.Shape.RAW_LEAVES);

    assertThat(read(open(bed.gateway().withoutDuplicates()), repeated)).isEqualTo(zeros);
    assertThat(read(open(bed.gateway()), repeated)).isEqualTo(zeros);
  }

  @Test
  void keepsFewBlocksThatComeBeforeTheirTurn() {
    byte[] large = random(24 << 20, 7);
    Cid cid = dag.file(large, new TestDag.Shape(1 << 20, 174, true, false, false));

    assertThat(read(open(bed.gateway().unordered()), cid)).isEqualTo(large);
  }

  @Test
  void saysNotFoundOnlyAfterAllGatewaysSaidSoForAWhile() {
    HostileGateway one = bed.gateway(new TestDag());
    HostileGateway two = bed.gateway(new TestDag()).status("raw", 410);
    long start = System.nanoTime();

    assertReason(() -> read(open(one, two), file), Reason.CONTENT_NOT_FOUND);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(NOT_FOUND_AFTER);
    assertThat(one.requests("raw")).isGreaterThan(1);
  }

  @Test
  void findsContentThatAppearsWhileItWaits() {
    TestDag late = new TestDag();
    HostileGateway gateway = bed.gateway(late);
    gateway.behave(
        (request, answer) -> {
          if (gateway.requests("raw") == 2) {
            late.file(CONTENT, TestDag.Shape.KUBO_DEFAULT);
          }
          return false;
        });

    assertThat(read(open(gateway), file)).isEqualTo(CONTENT);
  }

  @Test
  void retriesWhatMayPass() {
    int[] answers = {0};
    HostileGateway gateway = bed.gateway();
    gateway.behave(
        (request, answer) -> {
          if (answers[0]++ < 3) {
            answer.head(502, "text/plain", 0);
            return true;
          }
          return false;
        });

    assertThat(read(open(gateway), file)).isEqualTo(CONTENT);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void honoursRetryAfterInSecondsAndAsADate(boolean date) {
    String asked =
        date
            ? DateTimeFormatter.RFC_1123_DATE_TIME.format(
                ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(3))
            : "2";
    int[] answers = {0};
    HostileGateway gateway = bed.gateway();
    gateway.behave(
        (request, answer) -> {
          if (answers[0]++ == 0) {
            answer.head(429, "text/plain", 0, "Retry-After: " + asked);
            return true;
          }
          return false;
        });
    long start = System.nanoTime();

    assertThat(read(open(gateway), file)).isEqualTo(CONTENT);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(1900));
  }

  @ParameterizedTest
  @CsvSource({
    "500, GATEWAY_ERROR",
    "401, GATEWAY_ERROR",
    "504, GATEWAY_TIMEOUT",
    "429, RATE_LIMITED",
    "503, RATE_LIMITED",
  })
  void saysWhyNoGatewayCouldBeMadeToAnswer(int status, Reason reason) {
    HostileGateway gateway = bed.gateway().status("car", status).status("raw", status);
    IpfsContent content = open(gateway);

    assertReason(() -> read(content, file), reason);
    assertThat(content.sources().get(0).errors()).isPositive();
  }

  @Test
  void leavesAGatewayThatStalls() {
    HostileGateway slow = bed.gateway().stallCar(40).hang("raw");
    IpfsContent content = open(slow, bed.gateway());

    assertThat(read(content, file)).isEqualTo(CONTENT);
  }

  @Test
  void endsAtTheDeadline() {
    HostileGateway slow = bed.gateway().stallCar(40);
    IpfsContent content =
        bed.open(
            options(slow)
                .deadline(Instant.now().plusSeconds(1))
                .stallTimeout(Duration.ofMinutes(1)));
    long start = System.nanoTime();

    assertReason(() -> read(content, file), Reason.GATEWAY_TIMEOUT);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void stopsSoonWhenInterruptedOrClosed(boolean interrupt) throws Exception {
    HostileGateway slow = bed.gateway().stallCar(40);
    IpfsContent content = bed.open(options(slow).stallTimeout(Duration.ofMinutes(1)));
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
    while (slow.requests().isEmpty()) {
      Thread.onSpinWait();
    }
    if (interrupt) {
      reader.interrupt();
    } else {
      content.close();
    }

    assertThat(reader.join(Duration.ofSeconds(5))).isTrue();
    assertThat(found[0]).isEqualTo(Reason.CANCELLED);
  }

  @Test
  void writesNothingOfAFileThatIsTooLarge() {
    ByteArrayOutputStream sink = new ByteArrayOutputStream();
    IpfsContent content = open(bed.gateway());

    assertReason(() -> content.read(file, CONTENT.length - 1, sink), Reason.IMAGE_TOO_LARGE);
    assertThat(sink.size()).isZero();
    content.read(file, CONTENT.length, sink);
    assertThat(sink.toByteArray()).isEqualTo(CONTENT);
  }

  @Test
  void boundsWhatIsReceivedInARun() {
    byte[] large = random(24 << 20, 7);
    Cid cid = dag.file(large, new TestDag.Shape(1 << 20, 174, true, false, false));
    IpfsContent content = bed.open(options(bed.gateway()).maxBytes(100));

    assertReason(
        () -> {
          for (int i = 0; i < 4; i++) {
            read(content, cid);
          }
        },
        Reason.GATEWAY_ERROR);
  }

  private static final Duration NOT_FOUND_AFTER = Duration.ofMillis(1500);

  private IpfsContent open(HostileGateway... gateways) {
    return bed.open(options(gateways));
  }

  private static GatewayOptions.Builder options(HostileGateway... gateways) {
    return GatewayBed.options(gateways)
        .stallTimeout(Duration.ofSeconds(1))
        .notFoundAfter(NOT_FOUND_AFTER);
  }

  private static void assertReason(Runnable action, Reason reason) {
    assertThatThrownBy(action::run)
        .isInstanceOfSatisfying(
            FetchException.class, e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason));
  }
}
