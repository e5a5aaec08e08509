package dev.ipfstee.operator.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/**
 * The base URL of a gateway, in the one form in which two of them can be compared: scheme and host
 * in lower case, no default port, no slash at the end.
 *
 * @param scheme {@code https} or {@code http}
 * @param authority {@code host} or {@code host:port}; no port means the scheme's default
 */
public record GatewayUrl(String scheme, String authority) {

  /**
   * @throws IllegalArgumentException with a sentence that quotes the URL's offence, if it is no
   *     http or https URL of a host, or has user info, a path, a query or a fragment
   */
  public static GatewayUrl parse(String url) {
    URI uri;
    try {
      uri = new URI(url).parseServerAuthority();
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("gateway '" + url + "' is no URL: " + e.getReason(), e);
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (!scheme.equals("https") && !scheme.equals("http") || uri.getHost() == null) {
      throw new IllegalArgumentException(
          "gateway '" + url + "' is not https://HOST or http://HOST");
    }
    if (uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
      // The URL is not quoted: it may hold a password.
      throw new IllegalArgumentException(
          "gateway on '" + uri.getHost() + "' has user info, a query or a fragment");
    }
    int standard = scheme.equals("https") ? 443 : 80;
    String port = uri.getPort() == -1 || uri.getPort() == standard ? "" : ":" + uri.getPort();
    if (uri.getRawPath() != null && !uri.getRawPath().isEmpty() && !uri.getRawPath().equals("/")) {
      throw new IllegalArgumentException(
          "gateway '" + url + "' has a path: give https://HOST[:PORT] alone");
    }
    return new GatewayUrl(scheme, uri.getHost().toLowerCase(Locale.ROOT) + port);
  }

  public boolean isHttp() {
    return scheme.equals("http");
  }

  /**
   * Whether that host is this gateway's, or one below it as subdomain gateways have for each CID.
   */
  public boolean covers(String host) {
    return host.equals(authority) || host.endsWith(".ipfs." + authority);
  }

  /** {@code host:port}, with the port in any case. */
  public String endpoint() {
    return authority.matches(".*:[0-9]+") ? authority : authority + (isHttp() ? ":80" : ":443");
  }

  @Override
  public String toString() {
    return scheme + "://" + authority;
  }
}
