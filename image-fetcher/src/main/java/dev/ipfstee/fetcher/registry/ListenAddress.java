package dev.ipfstee.fetcher.registry;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where to listen.
 *
 * @param host an address or a name of this machine; IPv6 without brackets
 * @param port 0 to 65535; 0 takes any free one
 */
record ListenAddress(String host, int port) {
  private static final Pattern FORM =
      Pattern.compile("(?:\\[([0-9A-Fa-f:.%]+)]|([A-Za-z0-9.-]+)):(\\d{1,5})");

  /**
   * Parses {@code HOST:PORT}.
   *
   * @throws IllegalArgumentException with a message for the user
   */
  static ListenAddress parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches() || Integer.parseInt(form.group(3)) > 65_535) {
      throw new IllegalArgumentException(
          "expected HOST:PORT such as 127.0.0.1:5050, found '" + text + "'");
    }
    return new ListenAddress(
        form.group(1) == null ? form.group(2) : form.group(1), Integer.parseInt(form.group(3)));
  }

  ListenAddress withPort(int actual) {
    return new ListenAddress(host, actual);
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
