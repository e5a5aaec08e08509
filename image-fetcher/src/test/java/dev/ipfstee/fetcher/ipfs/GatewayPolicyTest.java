package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.Authority;
import dev.ipfstee.fetcher.testing.HostileGateway;
import dev.ipfstee.fetcher.testing.Opened;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom the client talks to, and what it says to whom. */
@Timeout(60)
class GatewayPolicyTest {
  private static final byte[] CONTENT = "what was asked for".getBytes(StandardCharsets.UTF_8);

  private final TestDag dag = new TestDag();
  private final Cid file = dag.file(CONTENT, TestDag.Shape.RAW_LEAVES);
  @AutoClose private final Opened opened = new Opened();

  @Test
  void dialsLoopbackOnlyWhenNamed() {
    HostileGateway gateway = gateway();
    GatewayOptions.Builder options =
        GatewayOptions.builder().gateways(List.of(gateway.url())).allowHttp(true);

    assertReason(options, Reason.ADDRESS_REFUSED);
    assertThat(gateway.requests()).isEmpty();
    assertThat(read(options.privateHosts(Set.of(HostPort.parse(gateway.host())))))
        .isEqualTo(CONTENT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://169.254.169.254", "http://[fe80::1]", "http://0.0.0.0:1"})
  void neverDialsMetadataAddresses(URI url) {
    assertReason(
        GatewayOptions.builder()
            .gateways(List.of(url))
            .allowHttp(true)
            .privateHosts(Set.of(HostPort.of(url)))
            .allowPrivateAddresses(true),
        Reason.ADDRESS_REFUSED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://gw.example",
        "ftp://gw.example",
        "https://user@gw.example",
        "https://user:secret@gw.example",
        "https:gw.example",
        "gw.example",
        "https://gw.example/ipfs/",
        "https://gw.example?x=1",
        "https://gw.example#x",
        "https://gw.example:0",
        "https://gw.example:70000",
      })
  void refusesWhatIsNoPlainHttpsBase(String url) {
    assertThatThrownBy(() -> GatewayOptions.builder().gateways(List.of(URI.create(url))).build())
        .isInstanceOfSatisfying(
            FetchException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(Reason.INVALID_USAGE);
              assertThat(e).message().doesNotContain("secret");
            });
  }

  @Test
  void followsTwoRedirectsOnTheSameHost() {
    HostileGateway gateway = gateway();
    redirect(gateway, 2, "/ipfs/" + file + "?format=raw&n=");

    assertThat(read(options(gateway))).isEqualTo(CONTENT);
    assertThat(gateway.requests()).hasSize(3);
  }

  /**
   * A client that follows it sends what it has to a host of the gateway's choice (CVE-2026-33540).
   */
  @Test
  void asksNobodyForATokenWhereAGatewaySaysSo() {
    HostileGateway other = gateway();
    String realm = "WWW-Authenticate: Bearer realm=\"" + other.url() + "/token\"";
    HostileGateway gateway = gateway().status("raw", 401, realm).status("car", 401, realm);

    assertReason(options(gateway), Reason.GATEWAY_ERROR);
    assertThat(gateway.requests()).isNotEmpty();
    assertThat(other.requests()).isEmpty();
  }

  @Test
  void refusesAThirdRedirect() {
    HostileGateway gateway = gateway();
    redirect(gateway, 3, "/ipfs/" + file + "?format=raw&n=");

    assertReason(options(gateway), Reason.REDIRECT_REFUSED);
  }

  @ParameterizedTest
  @CsvSource({
    "301, http://other.example/",
    "302, https://127.0.0.1:PORT/",
    "303, http://127.0.0.1:1/",
    "307, http://169.254.169.254/latest/meta-data",
    "308, http://user:pw@127.0.0.1:PORT/",
    "301, http://CID.ipfs.other.example:PORT/",
    "301, http://bafkqaaa.ipfs.127.0.0.1:PORT/",
    "301, http://evil.CID.ipfs.127.0.0.1:PORT/",
    "301, file:///etc/passwd",
    "301, '::not a url'",
    "301, ''",
  })
  void refusesRedirectsElsewhere(int status, String location) {
    HostileGateway gateway = gateway();
    String to =
        location
            .replace("PORT", String.valueOf(gateway.url().getPort()))
            .replace("CID", file.toString());
    gateway.status("raw", status, "Location: " + to).status("car", status, "Location: " + to);

    assertReason(options(gateway), Reason.REDIRECT_REFUSED);
  }

  @Test
  void followsToTheSubdomainOfTheCidWithoutTheToken() throws Exception {
    HostileGateway gateway = gateway();
    URI url = URI.create("http://localhost:" + gateway.url().getPort());
    String subdomain = file + ".ipfs.localhost:" + url.getPort();
    gateway.behave(
        (request, answer) -> {
          if (request.headers().get("host").equals(subdomain)) {
            return false;
          }
          answer.head(
              301,
              "text/html",
              0,
              "Location: http://" + subdomain + "/?format=" + request.format());
          return true;
        });
    gateway.behave(
        (request, answer) -> {
          byte[] block = dag.get(file).bytes();
          answer.head(200, "application/vnd.ipld.raw", block.length);
          answer.write(block);
          return true;
        });
    boolean resolvable = resolvable(file + ".ipfs.localhost");
    GatewayOptions.Builder options =
        GatewayOptions.builder()
            .gateways(List.of(url))
            .allowHttp(true)
            .privateHosts(Set.of(HostPort.of(url)))
            .tokens(Map.of(HostPort.of(url), "secret"));

    if (resolvable) {
      assertThat(read(options)).isEqualTo(CONTENT);
      assertThat(gateway.requests().get(1).headers()).doesNotContainKey("authorization");
    } else {
      // A machine that can't resolve names below localhost: then at least nothing goes elsewhere.
      assertReason(options, Reason.GATEWAY_ERROR);
    }
    assertThat(gateway.requests().get(0).headers()).containsEntry("authorization", "Bearer secret");
  }

  @Test
  void sendsATokenToItsHostOnly() {
    HostileGateway first = gateway().status("car", 500).status("raw", 500);
    HostileGateway second = gateway();

    assertThat(read(options(first, second).tokens(Map.of(HostPort.parse(first.host()), "secret"))))
        .isEqualTo(CONTENT);
    assertThat(first.requests())
        .allSatisfy(r -> assertThat(r.headers()).containsEntry("authorization", "Bearer secret"));
    assertThat(second.requests())
        .isNotEmpty()
        .allSatisfy(r -> assertThat(r.headers()).doesNotContainKey("authorization"));
  }

  @ParameterizedTest
  @CsvSource({
    "gw.example, https://gw.example/ipfs, true",
    "gw.example:443, https://gw.example/ipfs, true",
    "gw.example:443, http://gw.example/ipfs, false",
    "gw.example:443, https://gw.example:8443/ipfs, false",
    "gw.example:8443, https://gw.example/ipfs, false",
    "gw.example:8443, https://GW.example:8443/ipfs, true",
    "gw.example, https://cid.ipfs.gw.example/ipfs, false"
  })
  void aTokenNamesThePortThatItIsFor(String host, URI request, boolean sent) {
    GatewayOptions options =
        GatewayOptions.builder()
            .gateways(List.of(URI.create("https://gw.example")))
            .allowHttp(true)
            .tokens(Map.of(HostPort.parse(host), "secret"))
            .build();

    assertThat(options.tokenFor(request).isPresent()).isEqualTo(sent);
  }

  @Test
  void showsTokensNowhere() {
    HostileGateway gateway = gateway().status("car", 401).status("raw", 401);
    GatewayOptions options =
        options(gateway).tokens(Map.of(HostPort.parse(gateway.host()), "secret")).build();

    assertThat(options.toString()).doesNotContain("secret");
    try (IpfsContent content = GatewayContent.open(options)) {
      assertThatThrownBy(() -> content.resolve(file, List.of()))
          .message()
          .doesNotContain("secret")
          .contains("--gateway-token-file");
    }
  }

  /** All the ways in which a gateway could have us show the token that we have sent. */
  @ParameterizedTest
  @ValueSource(strings = {"body", "type", "redirect", "status", "broken head", "car"})
  void aGatewayThatSendsTheTokenBackDoesNotGetItShown(String where) {
    String token = "s3cr3t-t0ken";
    String base64 = "czNjcjN0LXQwa2Vu";
    HostileGateway gateway = gateway();
    gateway.behave(
        (request, answer) -> {
          String echo = request.headers().get("authorization").substring("Bearer ".length());
          String both = echo + "-" + base64;
          switch (where) {
            case "body" ->
                answer.head(401, "text/plain", both.length(), "WWW-Authenticate: " + both);
            case "type" -> answer.head(200, "text/" + both, both.length());
            case "redirect" ->
                answer.head(
                    302, "text/plain", both.length(), "Location: http://" + both + "/" + both);
            case "status" -> answer.head(599, both, both.length());
            case "broken head" ->
                answer.head(200, "text/plain", both.length(), "no header but " + both);
            default -> answer.head(200, "application/vnd.ipld.car", both.length());
          }
          answer.write(both.getBytes(StandardCharsets.US_ASCII));
          return true;
        });

    assertThatThrownBy(
            () -> read(options(gateway).tokens(Map.of(HostPort.parse(gateway.host()), token))))
        .isInstanceOf(FetchException.class)
        .satisfies(
            e ->
                assertThat(e)
                    .message()
                    .contains(gateway.host())
                    .doesNotContainIgnoringCase(token)
                    .doesNotContainIgnoringCase(base64));
  }

  @Test
  void goesThroughAProxy() {
    HostileGateway proxy = gateway();

    assertThat(
            read(
                GatewayOptions.builder()
                    .gateways(List.of(URI.create("http://gateway.example")))
                    .allowHttp(true)
                    .proxy(new ProxyOptions(proxy.url(), Optional.empty(), Set.of()))))
        .isEqualTo(CONTENT);
    assertThat(proxy.requests().get(0).headers()).containsEntry("host", "gateway.example");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void trustsACustomAuthorityForItsHostOnly(boolean named, @TempDir Path directory)
      throws Exception {
    Authority authority = Authority.of(directory, "dns:localhost", "ip:127.0.0.1");
    HostileGateway gateway =
        opened.add(new HostileGateway(dag, authority.keyStore(), authority.password()));
    HostPort host = HostPort.parse(named ? gateway.host() : "127.0.0.1:1");
    GatewayOptions.Builder options =
        GatewayOptions.builder()
            .gateways(List.of(gateway.url()))
            .allowPrivateAddresses(true)
            .certificateAuthorities(Map.of(host, authority.certificate()));

    if (named) {
      assertThat(read(options)).isEqualTo(CONTENT);
    } else {
      assertReason(options, Reason.GATEWAY_ERROR);
    }
  }

  @Test
  void refusesACaFileThatIsNone(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("ca.pem"), "nothing");

    assertReason(
        options(gateway()).certificateAuthorities(Map.of(HostPort.parse("gw.example"), file)),
        Reason.INVALID_USAGE);
  }

  private static boolean resolvable(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private static void redirect(HostileGateway gateway, int times, String location) {
    gateway.behave(
        (request, answer) -> {
          int n = Integer.parseInt(request.query().getOrDefault("n", "0"));
          if (n < times) {
            answer.head(302, "text/html", 0, "Location: " + location + (n + 1));
            return true;
          }
          return false;
        });
  }

  private HostileGateway gateway() {
    return opened.add(new HostileGateway(dag));
  }

  private static GatewayOptions.Builder options(HostileGateway... gateways) {
    return GatewayOptions.builder()
        .gateways(Arrays.stream(gateways).map(HostileGateway::url).toList())
        .allowHttp(true)
        .allowPrivateAddresses(true);
  }

  private byte[] read(GatewayOptions.Builder options) {
    try (IpfsContent content = GatewayContent.open(options.build())) {
      content.resolve(file, List.of());
      ByteArrayOutputStream sink = new ByteArrayOutputStream();
      content.read(file, Long.MAX_VALUE, sink);
      return sink.toByteArray();
    }
  }

  private void assertReason(GatewayOptions.Builder options, Reason reason) {
    assertThatThrownBy(() -> read(options))
        .isInstanceOfSatisfying(
            FetchException.class, e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason));
  }
}
