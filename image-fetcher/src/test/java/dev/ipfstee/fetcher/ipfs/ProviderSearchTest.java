package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.FakeRouter;
import dev.ipfstee.fetcher.testing.HostileGateway;
import dev.ipfstee.fetcher.testing.Opened;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom a router makes us ask, and whom not. */
@Timeout(60)
class ProviderSearchTest {
  private static final byte[] CONTENT = new byte[50_000];

  static {
    new Random(3).nextBytes(CONTENT);
  }

  private final TestDag dag = new TestDag();
  private final Cid file = dag.file(CONTENT, TestDag.Shape.KUBO_DEFAULT);
  @AutoClose private final Opened opened = new Opened();
  private final HostileGateway provider = opened.add(new HostileGateway(dag));
  private final HostileGateway empty = opened.add(new HostileGateway(new TestDag()));

  @Test
  void asksAProviderForWhatNoListedGatewayHas() {
    FakeRouter router = opened.add(FakeRouter.naming(provider));
    IpfsContent content = open(options(router, empty));

    assertThat(read(content)).isEqualTo(CONTENT);
    assertThat(router.requests()).hasSize(1);
    HostileGateway.Request asked = router.requests().get(0);
    assertThat(asked.path()).isEqualTo("/routing/v1/providers/" + file);
    assertThat(asked.query())
        .containsEntry("filter-protocols", "transport-ipfs-gateway-http,unknown")
        .containsEntry("filter-addrs", "https,tls,http");
    assertThat(asked.headers())
        .containsEntry("accept", "application/x-ndjson, application/json")
        .doesNotContainKey("authorization");
    assertThat(content.sources())
        .extracting(SourceUse::host)
        .containsExactly(empty.host(), provider.host(), router.host());
    assertThat(content.sources().get(1).bytes()).isGreaterThan(CONTENT.length);
  }

  @Test
  void asksNoRouterForWhatAListedGatewayHas() {
    FakeRouter router = opened.add(FakeRouter.naming(provider));
    HostileGateway listed = opened.add(new HostileGateway(dag));

    assertThat(read(open(options(router, empty, listed)))).isEqualTo(CONTENT);
    assertThat(router.requests()).isEmpty();
    assertThat(provider.requests()).isEmpty();
  }

  @Test
  void asksAProviderWhenTheListedGatewaysFail() {
    HostileGateway failing =
        opened.add(new HostileGateway(dag).status("car", 500).status("raw", 502));
    FakeRouter router = opened.add(FakeRouter.naming(provider));

    assertThat(read(open(options(router, failing)))).isEqualTo(CONTENT);
  }

  @Test
  void needsNoListedGateway() {
    assertThat(read(open(options(opened.add(FakeRouter.naming(provider)))))).isEqualTo(CONTENT);
  }

  @Test
  void readsRecordsAsTheyAreStreamedAndSkipsWhatItDoesNotKnow() {
    String records =
        String.join(
            "\n",
            FakeRouter.record("/ip4/127.0.0.1/tcp/4001", "/dns4/x.example/udp/443/quic-v1"),
            "{\"Schema\":\"other\",\"Addrs\":[\"" + FakeRouter.address(empty.url()) + "\"]}",
            "{\"Schema\":\"peer\",\"Addrs\":null,\"Extra\":{\"a\":[[{}]]}}",
            "{\"Addrs\":[7,{\"a\":1},\""
                + FakeRouter.address(provider.url())
                + "\"],"
                + "\"Schema\":\"peer\"}",
            "{\"Schema\":\"peer\",\"Addrs\":[\"/dns4/cut");
    FakeRouter router = opened.add(FakeRouter.answering(200, "application/x-ndjson", records));
    IpfsContent content = open(options(router));

    assertThat(read(content)).isEqualTo(CONTENT);
    assertThat(empty.requests()).isEmpty();
  }

  @Test
  void asksForTheRootOfTheRunWhenNobodyAnnouncesABlock() {
    Cid leaf = dag.entity(file).get(40).cid();
    TestDag holes = new TestDag();
    holes.file(CONTENT, TestDag.Shape.KUBO_DEFAULT);
    holes.remove(leaf);
    HostileGateway listed = opened.add(new HostileGateway(holes));
    FakeRouter router = opened.add(FakeRouter.answering(404, "text/plain", ""));
    IpfsContent content = open(options(router, listed));
    content.resolve(file, List.of());

    assertReason(content, Reason.CONTENT_NOT_FOUND);
    assertThat(router.requests())
        .extracting(request -> request.path().substring("/routing/v1/providers/".length()))
        .containsExactly(leaf.toString(), file.toString());
  }

  @Test
  void sendsProvidersNoTokenThoughOneIsForTheirHost() {
    FakeRouter router = opened.add(FakeRouter.naming(provider));

    assertThat(
            read(
                open(
                    options(router, empty)
                        .tokens(Map.of(HostPort.parse(provider.host()), "secret")))))
        .isEqualTo(CONTENT);
    assertThat(provider.requests())
        .isNotEmpty()
        .allSatisfy(r -> assertThat(r.headers()).doesNotContainKey("authorization"));
  }

  @Test
  void dialsNoProviderAtAPrivateAddressUnlessItMay() {
    FakeRouter router = opened.add(FakeRouter.naming(provider));
    GatewayOptions.Builder options =
        options(router, empty)
            .allowPrivateAddresses(false)
            .privateHosts(Set.of(HostPort.parse(router.host()), HostPort.parse(empty.host())));

    assertReason(open(options), Reason.CONTENT_NOT_FOUND);
    assertThat(provider.requests()).isEmpty();
  }

  @Test
  void dialsNoMetadataServiceThatCallsItselfAProvider() {
    String record = FakeRouter.record("/ip4/169.254.169.254/tcp/80/http");
    FakeRouter router = opened.add(FakeRouter.answering(200, "application/x-ndjson", record));

    assertReason(open(options(router)), Reason.ADDRESS_REFUSED);
  }

  @Test
  void asksFiveProvidersAtMost() {
    HostileGateway[] many =
        Stream.generate(() -> opened.add(new HostileGateway(new TestDag())))
            .limit(8)
            .toArray(HostileGateway[]::new);
    FakeRouter router = opened.add(FakeRouter.naming(many));

    assertReason(open(options(router, empty)), Reason.CONTENT_NOT_FOUND);
    assertThat(Arrays.stream(many).filter(one -> !one.requests().isEmpty())).hasSize(5);
  }

  @Test
  void aProviderThatLiesIsOutAndNamed() {
    HostileGateway liar = opened.add(new HostileGateway(dag).corrupt(file));
    IpfsContent content = open(options(opened.add(FakeRouter.naming(liar, provider)), empty));

    assertThat(read(content)).isEqualTo(CONTENT);
    assertThat(content.sources()).extracting(SourceUse::rejected).containsExactly(0L, 1L, 0L, 0L);
  }

  @Test
  void aDeadProviderDoesNotTurnNotFoundIntoSomethingElse() {
    HostileGateway dead = new HostileGateway(dag);
    FakeRouter router = opened.add(FakeRouter.naming(dead));
    dead.close();

    assertReason(open(options(router, empty)), Reason.CONTENT_NOT_FOUND);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "no JSON",
        "[]",
        "{\"Providers\":[",
        "{\"Providers\":\"none\"}",
        "{\"Schema\":",
        "null",
      })
  void aRouterThatAnswersGarbageChangesNothing(String body) {
    FakeRouter router = opened.add(FakeRouter.answering(200, "application/json", body));

    assertReason(open(options(router, empty)), Reason.CONTENT_NOT_FOUND);
  }

  @Test
  void readsNoMoreThanAMebibyteOfARouter() {
    FakeRouter router =
        opened.add(
            FakeRouter.answering(
                200, "application/json", " ".repeat(1 << 20) + FakeRouter.record("/x")));
    IpfsContent content = open(options(router, empty));

    assertThatThrownBy(() -> read(content))
        .isInstanceOfSatisfying(
            FetchException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(Reason.CONTENT_NOT_FOUND);
              assertThat(e).hasMessageContaining("the router: it answers more than 1048576 bytes");
            });
    assertThat(router.requests()).hasSizeLessThanOrEqualTo(3);
    assertThat(provider.requests()).isEmpty();
  }

  @Test
  void isNotTakenInByDeepNesting() {
    String deep = "{\"Schema\":\"peer\",\"x\":" + "[".repeat(100_000);
    FakeRouter router = opened.add(FakeRouter.answering(200, "application/json", deep));

    assertReason(open(options(router, empty)), Reason.CONTENT_NOT_FOUND);
  }

  @Test
  void aSilentRouterEndsWithTheRun() {
    FakeRouter router = opened.add(FakeRouter.silent());
    IpfsContent content =
        open(options(router, empty).deadline(Instant.now().plus(Duration.ofSeconds(1))));

    assertReason(content, Reason.GATEWAY_TIMEOUT);
  }

  @Test
  void saysThatTheRouterFailedWhereThereIsNothingElse() {
    FakeRouter router = opened.add(FakeRouter.answering(503, "text/plain", "", "Retry-After: 1"));

    assertReason(open(options(router)), Reason.RATE_LIMITED);
  }

  private IpfsContent open(GatewayOptions.Builder options) {
    return opened.add(GatewayContent.open(options.build()));
  }

  private static GatewayOptions.Builder options(FakeRouter router, HostileGateway... gateways) {
    return GatewayOptions.builder()
        .gateways(Arrays.stream(gateways).map(HostileGateway::url).toList())
        .router(router.url())
        .allowHttp(true)
        .allowPrivateAddresses(true)
        .notFoundAfter(Duration.ofMillis(300));
  }

  private byte[] read(IpfsContent content) {
    ByteArrayOutputStream sink = new ByteArrayOutputStream();
    content.read(file, Long.MAX_VALUE, sink);
    return sink.toByteArray();
  }

  private void assertReason(IpfsContent content, Reason reason) {
    assertThatThrownBy(() -> read(content))
        .isInstanceOfSatisfying(
            FetchException.class, e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason));
  }
}
