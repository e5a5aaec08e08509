package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MultiaddressTest {

  @ParameterizedTest
  @CsvSource({
    "/dns/gw.example/tcp/443/https, https://gw.example",
    "/dns4/GW.example/tcp/443/tls/http, https://gw.example",
    "/dns6/gw.example/tcp/8443/https, https://gw.example:8443",
    "/ip4/203.0.113.7/tcp/443/https, https://203.0.113.7",
    "/ip6/2001:db8::1/tcp/8443/tls/http, https://[2001:db8::1]:8443",
    "/dns4/gw.example/tcp/443/tls/sni/gw.example/http, https://gw.example",
    "/dns4/gw.example/tcp/443/https/p2p/12D3KooWHVXoJnv2ifmr9K6LWwJP, https://gw.example",
    "/dns4/gw.example/tcp/80/http, http://gw.example",
    "/dns4/gw.example/tcp/8080/http, http://gw.example:8080",
  })
  void readsTheAddressesOfHttpProviders(String address, URI gateway) {
    assertThat(Multiaddress.toGateway(address, true)).contains(gateway);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/dns4/gw.example/tcp/80/http", "/ip4/203.0.113.7/tcp/443/http"})
  void takesNoneWithoutTlsUnlessPlainHttpWillDo(String address) {
    assertThat(Multiaddress.toGateway(address, false)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "dns4/gw.example/tcp/443/https",
        "/dns4/gw.example",
        "/dns4/gw.example/tcp/443",
        "/dns4/gw.example/tcp/443/tls",
        "/dns4/gw.example/tcp/443/tls/ws",
        "/dns4/gw.example/tcp/443/tls/sni/other.example/http",
        "/dns4/gw.example/tcp/443/https/http-path/ipfs",
        "/dns4/gw.example/tcp/443/https/p2p",
        "/dns4/gw.example/tcp/443/https/p2p/x/p2p-circuit",
        "/dns4/gw.example/tcp/0/https",
        "/dns4/gw.example/tcp/65536/https",
        "/dns4/gw.example/tcp/-1/https",
        "/dns4/gw.example/udp/443/quic-v1",
        "/dns4/user@gw.example/tcp/443/https",
        "/dns4/gw example/tcp/443/https",
        "/dns4//tcp/443/https",
        "/dnsaddr/gw.example/tcp/443/https",
        "/ip4/203.0.113.7/tcp/4001",
        "/unix/run/socket/https",
      })
  void leavesEveryOtherAddressAlone(String address) {
    assertThat(Multiaddress.toGateway(address, true)).isEmpty();
  }

  @Test
  void readsNoAddressWithoutEnd() {
    String address = "/dns4/" + "a.".repeat(300) + "example/tcp/443/https";

    assertThat(Multiaddress.toGateway(address, true)).isEmpty();
  }
}
