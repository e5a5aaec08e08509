package dev.ipfstee.operator.leadership;

import java.time.Duration;

/**
 * The lease that replicas compete for.
 *
 * @param identity of this replica: the name of its pod
 */
public record LeaseSettings(String namespace, String identity) {
  public static final String NAME = "ipfs-tee-operator";

  /** The figures of the Kubernetes controllers. */
  static final Duration DURATION = Duration.ofSeconds(15);

  static final Duration RENEW_DEADLINE = Duration.ofSeconds(10);
  static final Duration RETRY_PERIOD = Duration.ofSeconds(2);
}
