package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;

/**
 * Reads the addresses of HTTP providers: {@code /dns/HOST/tcp/PORT/https}, {@code …/tls/http} and
 * {@code …/http}, of a name or a literal address.
 *
 * @see <a href="https://github.com/multiformats/multiaddr">multiaddr</a>
 */
final class Multiaddress {
  private static final int MAX_LENGTH = 512;

  private Multiaddress() {}

  /**
   * The base URL of the gateway at this address; empty for every other address, one with a path or
   * with another name in TLS than in the URL included.
   *
   * @param http whether one without TLS will do
   */
  static Optional<URI> toGateway(String address, boolean http) {
    if (address.length() > MAX_LENGTH || !address.startsWith("/")) {
      return Optional.empty();
    }
    Deque<String> parts = new ArrayDeque<>(Arrays.asList(address.substring(1).split("/", -1)));
    Optional<String> host = host(next(parts), next(parts));
    if (host.isEmpty() || !next(parts).equals("tcp")) {
      return Optional.empty();
    }
    String port = next(parts);
    Optional<String> scheme = scheme(parts, host.get());
    boolean isAll = parts.isEmpty() || next(parts).equals("p2p") && parts.size() == 1;
    if (scheme.isEmpty() || !isAll || !port.matches("[0-9]{1,5}")) {
      return Optional.empty();
    }
    try {
      URI uri = URI.create(scheme.get() + "://" + host.get() + ":" + port);
      return Optional.of(GatewayOptions.base(uri, "provider", http));
    } catch (FetchException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> host(String protocol, String value) {
    return switch (protocol) {
      case "dns", "dns4", "dns6", "ip4" -> Optional.of(value);
      case "ip6" -> Optional.of("[" + value + "]");
      default -> Optional.empty();
    };
  }

  private static Optional<String> scheme(Deque<String> parts, String host) {
    String first = next(parts);
    if (!first.equals("tls")) {
      return Optional.of(first).filter(name -> name.equals("https") || name.equals("http"));
    }
    String second = next(parts);
    if (second.equals("sni")) {
      second = next(parts).equals(host) ? next(parts) : "";
    }
    return second.equals("http") ? Optional.of("https") : Optional.empty();
  }

  private static String next(Deque<String> parts) {
    return parts.isEmpty() ? "" : parts.removeFirst();
  }
}
