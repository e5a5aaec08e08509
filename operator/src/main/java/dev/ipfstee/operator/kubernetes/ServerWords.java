package dev.ipfstee.operator.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClientException;

/** What an API server said, without what the client wraps around it. */
public final class ServerWords {
  private ServerWords() {}

  /** The message of the status that a request was refused with, else that of the failure. */
  public static String of(Exception failure) {
    return failure instanceof KubernetesClientException refused
            && refused.getStatus() != null
            && refused.getStatus().getMessage() != null
        ? refused.getStatus().getMessage()
        : String.valueOf(failure.getMessage());
  }
}
