package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.net.URI;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A host and port as options and reports name it: {@code host[:port]}.
 *
 * @param host lower case; IPv6 addresses in brackets
 * @param port 1 to 65535, or 0 for the scheme's default
 */
public record HostPort(String host, int port) {
  private static final Pattern NAME =
      Pattern.compile(
          "(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\\.?");
  private static final Pattern IPV6 = Pattern.compile("\\[[0-9a-f:.]{2,45}]");

  public HostPort {
    if (!isHost(host) || port < 0 || port > 65535) {
      throw new IllegalArgumentException("not a host and port");
    }
  }

  /**
   * Parses {@code host}, {@code host:port} or {@code [ipv6]:port}.
   *
   * @throws FetchException {@link Reason#INVALID_USAGE} for anything else
   */
  public static HostPort parse(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    int colon = lower.lastIndexOf(':');
    if (colon < 0 || lower.endsWith("]")) {
      return checked(text, lower, 0);
    }
    String port = lower.substring(colon + 1);
    if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) == 0) {
      throw invalid(text);
    }
    return checked(text, lower.substring(0, colon), Integer.parseInt(port));
  }

  /** The host and port of a checked http or https URL; the scheme's default port becomes 0. */
  static HostPort of(URI uri) {
    boolean isDefault = uri.getPort() < 0 || uri.getPort() == defaultPort(uri.getScheme());
    return new HostPort(uri.getHost().toLowerCase(Locale.ROOT), isDefault ? 0 : uri.getPort());
  }

  static int defaultPort(String scheme) {
    return "https".equals(scheme) ? 443 : 80;
  }

  /** The port to dial under this scheme. */
  int portFor(String scheme) {
    return port == 0 ? defaultPort(scheme) : port;
  }

  static boolean isHost(String host) {
    return NAME.matcher(host).matches() || IPV6.matcher(host).matches();
  }

  private static HostPort checked(String text, String host, int port) {
    if (!isHost(host) || port > 65535) {
      throw invalid(text);
    }
    return new HostPort(host, port);
  }

  private static FetchException invalid(String text) {
    return new FetchException(
        Reason.INVALID_USAGE,
        "failed to parse the host '" + Text.printable(text) + "': expected HOST or HOST:PORT");
  }

  @Override
  public String toString() {
    return port == 0 ? host : host + ":" + port;
  }
}
