package dev.ipfstee.crds;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The API server's own words around ours, which differ between minors, in those of the newest that
 * the project is tested with. So one table of refusals holds for all of them.
 */
final class ServerWording {
  /** What an older server says, as a pattern, and how it is said today. */
  private static final Map<String, String> TODAY = new LinkedHashMap<>();

  static {
    // In 1.30: the type of the value in place of the value.
    TODAY.put("Invalid value: \"(?:object|array)\": ", "Invalid value: ");
    // In 1.30: the key of a list's entry as Go prints it.
    TODAY.put("map\\[string]interface \\{}(\\{[^}]*})", "$1");
    TODAY.put("may not be longer than (\\d+)", "may not be more than $1 bytes");
    // In 1.30: paths in a status begin below it.
    TODAY.put("(?<![.\\w])conditions\\[", "status.conditions[");
  }

  private ServerWording() {}

  /** The message as the newest server words it. */
  static String today(String message) {
    String worded = message;
    for (Map.Entry<String, String> difference : TODAY.entrySet()) {
      worded = worded.replaceAll(difference.getKey(), difference.getValue());
    }
    return worded;
  }
}
