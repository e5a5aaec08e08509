package dev.ipfstee.fetcher.registry;

import java.util.List;
import java.util.Map;

/**
 * A request without its connection.
 *
 * @param method the HTTP method in upper case
 * @param path as it came, without the query
 * @param query decoded, the last value of each name
 * @param headers by lower-case name, all values
 */
record RegistryRequest(
    String method, String path, Map<String, String> query, Map<String, List<String>> headers) {

  /** Whether it is a GET or a HEAD. */
  boolean isRead() {
    return method.equals("GET") || method.equals("HEAD");
  }

  /** The first value of a header, or null. */
  String header(String name) {
    List<String> values = headers.get(name);
    return values == null || values.isEmpty() ? null : values.getFirst();
  }

  /** All values of a list header, joined as if they had come in one line; null without any. */
  String joined(String name) {
    List<String> values = headers.get(name);
    return values == null ? null : String.join(",", values);
  }

  /** Whether the client has these very bytes already. */
  boolean hasCurrent(String etag) {
    String known = joined("if-none-match");
    if (known == null) {
      return false;
    }
    for (String one : known.split(",")) {
      String tag = one.strip();
      if (tag.equals("*") || tag.equals(etag) || tag.equals("W/" + etag)) {
        return true;
      }
    }
    return false;
  }
}
