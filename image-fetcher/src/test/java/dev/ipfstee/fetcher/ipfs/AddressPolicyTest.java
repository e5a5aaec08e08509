package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPolicyTest {

  @ParameterizedTest
  @CsvSource({
    "1.1.1.1, PUBLIC",
    "172.32.0.1, PUBLIC",
    "100.128.0.1, PUBLIC",
    "192.169.0.1, PUBLIC",
    "2606:4700::1111, PUBLIC",
    "64:ff9b::1.1.1.1, PUBLIC",
    "127.0.0.1, PRIVATE",
    "127.255.255.254, PRIVATE",
    "10.0.0.1, PRIVATE",
    "172.16.0.1, PRIVATE",
    "172.31.255.255, PRIVATE",
    "192.168.1.1, PRIVATE",
    "100.64.0.1, PRIVATE",
    "100.127.255.255, PRIVATE",
    "198.18.0.1, PRIVATE",
    "203.0.113.9, PRIVATE",
    "::1, PRIVATE",
    "fc00::1, PRIVATE",
    "fdff::1, PRIVATE",
    "fec0::1, PRIVATE",
    "::ffff:127.0.0.1, PRIVATE",
    "::ffff:10.0.0.1, PRIVATE",
    "0.0.0.0, NEVER",
    "0.1.2.3, NEVER",
    "169.254.169.254, NEVER",
    "169.254.170.2, NEVER",
    "169.254.0.23, NEVER",
    "100.100.100.200, NEVER",
    "192.0.0.192, NEVER",
    "168.63.129.16, NEVER",
    "224.0.0.1, NEVER",
    "255.255.255.255, NEVER",
    "240.0.0.1, NEVER",
    "::, NEVER",
    "fe80::1, NEVER",
    "ff02::1, NEVER",
    "fd00:ec2::254, NEVER",
    "::ffff:169.254.169.254, NEVER",
    "::127.0.0.1, NEVER",
    "64:ff9b::127.0.0.1, NEVER",
    "64:ff9b::169.254.169.254, NEVER",
    "64:ff9b:1::1.1.1.1, NEVER",
    "2002:7f00:1::, NEVER",
    "2001:0:1::, NEVER",
  })
  void judgesAddresses(String address, AddressPolicy.Reach reach) throws Exception {
    assertThat(AddressPolicy.reach(InetAddress.getByName(address))).isEqualTo(reach);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"127.0.0.1", "127.1", "2130706433", "::1", "10.0.0.1", "localhost", "0.0.0.0"})
  void refusesPrivateHostsThatNobodyNamed(String host) {
    AddressPolicy policy = new AddressPolicy(Set.of(HostPort.parse("gateway.internal")), false);

    assertThatThrownBy(() -> policy.resolve(host, 443))
        .isInstanceOf(AddressPolicy.RefusedException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, 443, true",
    "LOCALHOST, 80, true",
    "bafkqaaa.ipfs.localhost, 443, true",
    "localhost, 8080, false",
    "a.b.ipfs.localhost, 443, false",
    "ipfs.localhost, 443, false",
    "bafkqaaa.localhost, 443, false",
    "127.0.0.1, 8080, true",
    "127.0.0.1, 443, false",
    "127.0.0.2, 8080, false",
    "::1, 9090, true",
  })
  void allowsPrivateAddressesOnlyToNamedHostsAndTheirSubdomains(
      String host, int port, boolean allowed) {
    AddressPolicy policy =
        new AddressPolicy(
            Set.of(
                HostPort.parse("localhost"),
                HostPort.parse("127.0.0.1:8080"),
                HostPort.parse("[::1]:9090")),
            false);

    if (allowed) {
      assertThatCode(() -> policy.resolve(host, port))
          .satisfiesAnyOf(
              none -> assertThat(none).isNull(),
              // Not every machine resolves names below localhost; that is no refusal.
              e -> assertThat(e).isNotInstanceOf(AddressPolicy.RefusedException.class));
    } else {
      assertThatThrownBy(() -> policy.resolve(host, port)).isInstanceOf(UnknownHostException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"169.254.169.254", "fe80::1", "224.0.0.1", "100.100.100.200"})
  void refusesMetadataAddressesEvenWhenPrivateOnesAreAllowed(String host) {
    HostPort named = HostPort.parse(host.contains(":") ? "[" + host + "]" : host);
    AddressPolicy policy = new AddressPolicy(Set.of(named), true);

    assertThatThrownBy(() -> policy.resolve(host, 80))
        .isInstanceOf(AddressPolicy.RefusedException.class)
        .hasMessageContaining("never dialled");
  }
}
