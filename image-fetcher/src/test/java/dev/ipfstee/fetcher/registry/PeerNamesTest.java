package dev.ipfstee.fetcher.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ipfstee.fetcher.report.FetchException;
import java.net.URI;
import org.junit.jupiter.api.Test;

class PeerNamesTest {
  private static PeerNames names(String service) {
    return new PeerNames(ListenAddress.parse(service));
  }

  @Test
  void leavesOutThisMachine() {
    assertThat(names("127.0.0.1:5051").get()).isEmpty();
    assertThat(names("[::1]:5051").get()).isEmpty();
  }

  @Test
  void givesEveryOtherAddressWithThePort() {
    assertThat(names("127.0.0.2:5051").get()).containsExactly(URI.create("http://127.0.0.2:5051"));
    assertThat(names("[2001:db8::1]:5051").get())
        .containsExactly(URI.create("http://[2001:db8:0:0:0:0:0:1]:5051"));
  }

  @Test
  void nameThatIsUnknownMayHaveAnyPeers() {
    PeerNames names = names("peers.invalid:5051");
    assertThatThrownBy(names::get)
        .isInstanceOf(FetchException.class)
        .hasMessage(
            "failed to find the peers behind the name 'peers.invalid': UnknownHostException");
  }
}
