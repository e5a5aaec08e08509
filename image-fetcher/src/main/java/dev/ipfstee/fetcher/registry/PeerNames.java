package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.ipfs.PeerAddresses;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.Security;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * The addresses behind the name of a headless Service, this machine's own left out. Looked up each
 * time; Java remembers an answer for some seconds.
 */
final class PeerNames implements Supplier<List<URI>> {
  private static final String SECONDS = "5";

  private final ListenAddress service;

  /**
   * @param service the name, and the port on which each of its addresses listens for peers
   */
  PeerNames(ListenAddress service) {
    this.service = service;
    Security.setProperty("networkaddress.cache.ttl", SECONDS);
    Security.setProperty("networkaddress.cache.negative.ttl", SECONDS);
  }

  /**
   * None when this machine's are the only ones.
   *
   * @throws FetchException {@link Reason#GATEWAY_ERROR} when the name can't be resolved now
   */
  @Override
  public List<URI> get() {
    try {
      List<URI> peers = new ArrayList<>();
      for (InetAddress address : InetAddress.getAllByName(service.host())) {
        if (!isOwn(address)) {
          peers.add(PeerAddresses.url(address, service.port()));
        }
      }
      return peers;
    } catch (UnknownHostException | SocketException unknown) {
      throw new FetchException(
          Reason.GATEWAY_ERROR,
          "failed to find the peers behind the name '"
              + service.host()
              + "': "
              + unknown.getClass().getSimpleName());
    }
  }

  private static boolean isOwn(InetAddress address) throws SocketException {
    return NetworkInterface.getByInetAddress(address) != null;
  }
}
