package dev.ipfstee.operator.ipfsimage;

import java.util.LinkedHashMap;
import java.util.Map;

/** What the fetcher's remedies mean to somebody who has no command line of it. Pure. */
final class FetcherOptions {
  /** Longer names before those that they begin with. */
  private static final Map<String, String> MEANINGS = new LinkedHashMap<>();

  static {
    MEANINGS.put("--max-bytes", "spec.limits.maxBytes");
    MEANINGS.put("--max-layers", "spec.limits.maxLayers");
    MEANINGS.put("--stall-timeout", "spec.limits.stallTimeout");
    MEANINGS.put("--timeout", "spec.limits.timeout");
    MEANINGS.put("--config-lint warn", "spec.verification.config: Warn");
    MEANINGS.put("--expected-digest", "spec.expected.digest");
    MEANINGS.put("--min-free", "the chart's fetcher.minFree");
    MEANINGS.put("--private-host", "the chart's gateways");
    MEANINGS.put(
        "--gateway-token-file",
        "spec.gateways[].tokenSecretRef, or the chart's gateways[].tokenSecretName");
    MEANINGS.put("--proxy-credentials-file", "the chart's fetcher.proxy.credentialsSecretName");
    MEANINGS.put("--gateway URL", "spec.gateways");
  }

  private FetcherOptions() {}

  /** The message, with fields of the API and values of the chart instead of options. */
  static String inTheApi(String message) {
    String words = message;
    for (Map.Entry<String, String> option : MEANINGS.entrySet()) {
      words = words.replace(option.getKey(), option.getValue());
    }
    return words;
  }
}
