package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.Reason;
import java.net.URI;
import java.util.Locale;

/** Judges where a gateway redirects to: only subdomain gateways have reason to. */
final class Redirect {
  private Redirect() {}

  /**
   * Where the gateway sends us.
   *
   * @param cid what is asked for, the only label that may come before the host
   * @param location as the gateway gives it; "" for none
   * @param guarded whether the gateway was told a token, and might send it back
   * @throws GatewayFailure if it is anywhere else than the same host or its subdomain for the CID
   */
  static URI follow(Gateway gateway, Cid cid, URI from, String location, boolean guarded)
      throws GatewayFailure {
    URI to;
    try {
      to = from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw refused("it redirects to something that is no URL");
    }
    String host = to.getHost() == null ? "" : to.getHost().toLowerCase(Locale.ROOT);
    boolean sameScheme = from.getScheme().equalsIgnoreCase(to.getScheme());
    int port = to.getPort() < 0 ? HostPort.defaultPort(from.getScheme()) : to.getPort();
    boolean samePort = port == gateway.host().portFor(from.getScheme());
    boolean sameHost =
        host.equals(gateway.host().host()) || host.equals(cid + ".ipfs." + gateway.host().host());
    if (!sameScheme
        || !samePort
        || !sameHost
        || to.getRawUserInfo() != null
        || location.isEmpty()) {
      String shown =
          "'%s%s',"
              .formatted(
                  Text.printable(to.getScheme() + "://" + host),
                  to.getPort() < 0 ? "" : ":" + to.getPort());
      throw refused(
          "it redirects to "
              + (guarded ? Exchange.UNTOLD : shown)
              + " but only the same host or <cid>.ipfs.<host>, scheme and port are followed");
    }
    return to;
  }

  static GatewayFailure refused(String message) {
    return new GatewayFailure(GatewayFailure.Kind.REFUSED, Reason.REDIRECT_REFUSED, message);
  }
}
