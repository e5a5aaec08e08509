package dev.ipfstee.fetcher.ipfs;

import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.hc.core5.http.HttpHost;

/**
 * An HTTP proxy, which resolves the names of the gateways behind it.
 *
 * @param url {@code http://host:port}
 * @param login what the proxy asks for; empty for nothing
 * @param except hosts that are dialled directly, with their {@code <cid>.ipfs.} subdomains
 */
public record ProxyOptions(URI url, Optional<Login> login, Set<HostPort> except) {
  public ProxyOptions {
    url = GatewayOptions.base(url, "proxy", true);
    except = Set.copyOf(except);
  }

  /** A user's name and password. */
  public record Login(String user, String password) {
    /** Without either. */
    @Override
    public String toString() {
      return "Login";
    }
  }

  /** Whether it is asked to connect to this host. */
  boolean covers(HttpHost target) {
    String name = target.getHostName().toLowerCase(Locale.ROOT);
    String host = name.contains(":") ? "[" + name + "]" : name;
    return except.stream()
        .noneMatch(
            direct ->
                direct.portFor(target.getSchemeName()) == target.getPort()
                    && AddressPolicy.covers(direct.host(), host));
  }
}
