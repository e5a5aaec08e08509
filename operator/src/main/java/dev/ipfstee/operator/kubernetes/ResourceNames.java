package dev.ipfstee.operator.kubernetes;

/** The names of all objects that the operator makes. Each fits a label value and a DNS label. */
public final class ResourceNames {
  /** The ConfigMap by which the nodes know what is wanted; the chart mounts it by this name. */
  public static final String DESIRED_SET = "node-registry-desired";

  /** A Job's name is also a label value and the beginning of its pods' names (RFC 1123 label). */
  private static final int MAX_LENGTH = 63;

  /** The suffix that the Job controller adds to a pod's name: a dash and five characters. */
  private static final int POD_SUFFIX = 6;

  private ResourceNames() {}

  /** The name of a fetch Job: told apart by the hash, readable by the image's name. */
  public static String fetchJob(String imageName, String hash) {
    return shortened("fetch-" + imageName, MAX_LENGTH - POD_SUFFIX - 1 - hash.length())
        + "-"
        + hash;
  }

  /** Cut to at most {@code length}, never ending in a character that a name can't end in. */
  static String shortened(String name, int length) {
    String safe = name.replace('.', '-');
    String cut = safe.length() <= length ? safe : safe.substring(0, length);
    int end = cut.length();
    while (end > 0 && cut.charAt(end - 1) == '-') {
      end--;
    }
    return cut.substring(0, end);
  }
}
