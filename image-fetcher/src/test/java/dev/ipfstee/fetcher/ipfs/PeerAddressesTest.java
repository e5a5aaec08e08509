package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

class PeerAddressesTest {
  private final PeerAddresses addresses =
      new PeerAddresses(
          host -> {
            if (!host.equals("registries.nodes.svc")) {
              throw new UnknownHostException(host);
            }
            return new InetAddress[] {
              InetAddress.getByName("10.1.0.7"), InetAddress.getByName("fd00::7")
            };
          });

  @Test
  void aNameIsAsManyPeersAsItHasAddresses() {
    assertThat(addresses.of(URI.create("http://registries.nodes.svc:5051")))
        .containsExactly(
            URI.create("http://10.1.0.7:5051"), URI.create("http://[fd00:0:0:0:0:0:0:7]:5051"));
    assertThat(addresses.of(URI.create("http://registries.nodes.svc")))
        .first()
        .isEqualTo(URI.create("http://10.1.0.7"));
  }

  @Test
  void aCertificateIsTheNames() {
    URI peer = URI.create("https://registries.nodes.svc:5051");

    assertThat(addresses.of(peer)).containsExactly(peer);
  }

  @Test
  void aNameThatIsNotKnownIsLeftForThoseWhoDialIt() {
    URI peer = URI.create("http://gone.nodes.svc:5051");

    assertThat(addresses.of(peer)).containsExactly(peer);
  }
}
