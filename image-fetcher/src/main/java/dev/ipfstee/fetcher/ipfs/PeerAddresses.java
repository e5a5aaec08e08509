package dev.ipfstee.fetcher.ipfs;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.stream.Stream;

/**
 * The peers behind a name: that of a headless Service has the address of each node's registry, and
 * a client that is given the name would only ever ask one of them.
 */
public final class PeerAddresses {
  /** Looks a name up. */
  interface Resolver {
    InetAddress[] addresses(String host) throws UnknownHostException;
  }

  private final Resolver resolver;

  PeerAddresses(Resolver resolver) {
    this.resolver = resolver;
  }

  /**
   * @param peer {@code http(s)://host[:port]}
   * @return one URL per address; the peer's own if it is {@code https}, whose certificate is the
   *     name's, or if the name is not known now
   */
  Stream<URI> of(URI peer) {
    if (!"http".equals(peer.getScheme())) {
      return Stream.of(peer);
    }
    try {
      return Stream.of(resolver.addresses(peer.getHost()))
          .map(address -> url(address, peer.getPort()));
    } catch (UnknownHostException unknown) {
      return Stream.of(peer);
    }
  }

  /**
   * Where the peer at this address listens.
   *
   * @param port negative for that of {@code http}
   */
  public static URI url(InetAddress address, int port) {
    String literal = address.getHostAddress();
    String host = address instanceof Inet6Address ? "[" + literal + "]" : literal;
    return URI.create("http://" + host + (port < 0 ? "" : ":" + port));
  }
}
