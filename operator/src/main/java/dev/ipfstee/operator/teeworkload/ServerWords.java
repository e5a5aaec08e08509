package dev.ipfstee.operator.teeworkload;

import io.fabric8.kubernetes.client.KubernetesClientException;

/** What an API server said, without what the client wraps around it. */
final class ServerWords {
  private ServerWords() {}

  static String of(Exception failure) {
    return failure instanceof KubernetesClientException refused
            && refused.getStatus() != null
            && refused.getStatus().getMessage() != null
        ? refused.getStatus().getMessage()
        : String.valueOf(failure.getMessage());
  }
}
