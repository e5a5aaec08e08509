package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.Authority;
import dev.ipfstee.fetcher.testing.ConnectProxy;
import dev.ipfstee.fetcher.testing.HostileGateway;
import dev.ipfstee.fetcher.testing.Opened;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes through a proxy, what goes around it, and what each side gets to see. */
@Timeout(60)
class ProxyTest {
  private static final byte[] CONTENT = "what was asked for".getBytes(StandardCharsets.UTF_8);
  private static final String NAME = "gateway.example";
  private static final String TOKEN = "s3cr3t-t0ken";
  private static final String LOGIN =
      "Basic " + Base64.getEncoder().encodeToString("me:pa:ss".getBytes(StandardCharsets.UTF_8));

  @TempDir static Path directory;
  private static Authority authority;

  private final TestDag dag = new TestDag();
  private final Cid file = dag.file(CONTENT, TestDag.Shape.RAW_LEAVES);
  @AutoClose private final Opened opened = new Opened();

  @BeforeAll
  static void certify() throws Exception {
    authority = Authority.of(directory, "dns:" + NAME, "ip:127.0.0.1");
  }

  @Test
  void theProxyResolvesTheNameAndSeesNeitherTokenNorContent() {
    HostileGateway gateway = gateway();
    ConnectProxy proxy = opened.add(new ConnectProxy(null));

    assertThat(read(options(gateway, proxy, null))).isEqualTo(CONTENT);

    assertThat(proxy.heads()).isNotEmpty();
    assertThat(proxy.heads())
        .allSatisfy(
            head -> {
              assertThat(head.getFirst()).isEqualTo("CONNECT " + named(gateway) + " HTTP/1.1");
              assertThat(head).noneMatch(line -> line.contains(TOKEN));
            });
    assertThat(gateway.requests())
        .allSatisfy(
            request ->
                assertThat(request.headers())
                    .containsEntry("authorization", "Bearer " + TOKEN)
                    .doesNotContainKey("proxy-authorization"));
  }

  @Test
  void aProxyThatAsksForALoginGetsItAndNobodyElseDoes() {
    HostileGateway gateway = gateway();
    ConnectProxy proxy = opened.add(new ConnectProxy(LOGIN));

    assertThat(read(options(gateway, proxy, new ProxyOptions.Login("me", "pa:ss"))))
        .isEqualTo(CONTENT);

    assertThat(gateway.requests())
        .isNotEmpty()
        .allSatisfy(
            request -> assertThat(request.headers()).doesNotContainKey("proxy-authorization"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"wrong", ""})
  void aLoginThatTheProxyRefusesIsTold(String password) {
    ConnectProxy proxy = opened.add(new ConnectProxy(LOGIN));
    ProxyOptions.Login login = password.isEmpty() ? null : new ProxyOptions.Login("me", password);

    assertThatThrownBy(() -> read(options(gateway(), proxy, login)))
        .isInstanceOfSatisfying(
            FetchException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(Reason.GATEWAY_ERROR);
              assertThat(e).message().contains("--proxy-credentials-file");
            });
  }

  /** Through the tunnel, a gateway may pretend to be the proxy. */
  @ParameterizedTest
  @ValueSource(strings = {"407", "401"})
  void aGatewayThatAsksForTheProxysLoginDoesNotGetIt(int status) {
    String challenge =
        (status == 407 ? "Proxy-Authenticate" : "WWW-Authenticate") + ": Basic realm=\"egress\"";
    HostileGateway gateway =
        gateway().status("car", status, challenge).status("raw", status, challenge);
    ConnectProxy proxy = opened.add(new ConnectProxy(LOGIN));

    assertThatThrownBy(() -> read(options(gateway, proxy, new ProxyOptions.Login("me", "pa:ss"))))
        .isInstanceOf(FetchException.class);

    assertThat(gateway.requests())
        .isNotEmpty()
        .allSatisfy(
            request ->
                assertThat(request.headers().toString())
                    .doesNotContain("proxy-authorization", LOGIN));
  }

  @Test
  void aHostThatIsExceptedIsDialledDirectly() {
    HostileGateway gateway = gateway();
    ConnectProxy proxy = opened.add(new ConnectProxy(null));
    HostPort host = HostPort.parse(gateway.host());
    GatewayOptions.Builder options =
        GatewayOptions.builder()
            .gateways(List.of(gateway.url()))
            .certificateAuthorities(Map.of(host, authority.certificate()))
            .proxy(new ProxyOptions(proxy.url(), Optional.empty(), Set.of(host)));

    // Going around the proxy is no way around the address policy.
    assertThatThrownBy(() -> read(options))
        .isInstanceOfSatisfying(
            FetchException.class, e -> assertThat(e.reason()).isEqualTo(Reason.ADDRESS_REFUSED));
    assertThat(gateway.requests()).isEmpty();

    assertThat(read(options.privateHosts(Set.of(host)))).isEqualTo(CONTENT);
    assertThat(proxy.heads()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://169.254.169.254",
        "https://10.0.0.1",
        "https://127.0.0.1:1",
        "https://[::1]"
      })
  void anAddressIsJudgedBeforeTheProxyIsAskedForIt(URI address) {
    ConnectProxy proxy = opened.add(new ConnectProxy(null));

    assertThatThrownBy(
            () ->
                read(
                    GatewayOptions.builder()
                        .gateways(List.of(address))
                        .proxy(new ProxyOptions(proxy.url(), Optional.empty(), Set.of()))))
        .isInstanceOfSatisfying(
            FetchException.class, e -> assertThat(e.reason()).isEqualTo(Reason.ADDRESS_REFUSED));
    assertThat(proxy.heads()).isEmpty();
  }

  @Test
  void showsNoLogin() {
    ProxyOptions proxy =
        new ProxyOptions(
            URI.create("http://proxy.example:3128"),
            Optional.of(new ProxyOptions.Login("me", "pa:ss")),
            Set.of());

    assertThat(proxy.toString()).contains("proxy.example").doesNotContain("me,", "pa:ss");
  }

  private HostileGateway gateway() {
    return opened.add(new HostileGateway(dag, authority.keyStore(), authority.password()));
  }

  /** As only the proxy knows it. */
  private static String named(HostileGateway gateway) {
    return NAME + ":" + gateway.url().getPort();
  }

  private static GatewayOptions.Builder options(
      HostileGateway gateway, ConnectProxy proxy, ProxyOptions.Login login) {
    HostPort host = HostPort.parse(named(gateway));
    return GatewayOptions.builder()
        .gateways(List.of(URI.create("https://" + host)))
        .tokens(Map.of(host, TOKEN))
        .certificateAuthorities(Map.of(host, authority.certificate()))
        .proxy(new ProxyOptions(proxy.url(), Optional.ofNullable(login), Set.of()));
  }

  private byte[] read(GatewayOptions.Builder options) {
    try (IpfsContent content = GatewayContent.open(options.build())) {
      content.resolve(file, List.of());
      ByteArrayOutputStream sink = new ByteArrayOutputStream();
      content.read(file, Long.MAX_VALUE, sink);
      return sink.toByteArray();
    }
  }
}
