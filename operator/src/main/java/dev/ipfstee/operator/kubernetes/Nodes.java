package dev.ipfstee.operator.kubernetes;

import io.fabric8.kubernetes.api.model.Node;
import java.util.Optional;

/** Reads nodes. */
public final class Nodes {
  private Nodes() {}

  /** Whether the scheduler may put pods there: not cordoned, not about to go. */
  public static boolean takesPods(Node node) {
    return node.getMetadata().getDeletionTimestamp() == null
        && (node.getSpec() == null || !Boolean.TRUE.equals(node.getSpec().getUnschedulable()));
  }

  /** {@code arm64} of {@code linux/arm64/v8}: what the label kubernetes.io/arch of a node says. */
  public static String architecture(String platform) {
    String[] parts = platform.split("/", -1);
    return parts.length < 2 ? platform : parts[1];
  }

  /** As {@code linux/amd64}, in the words of OCI; empty until the kubelet has told. */
  public static Optional<String> platform(Node node) {
    return Optional.ofNullable(node.getStatus())
        .map(status -> status.getNodeInfo())
        .filter(info -> info.getOperatingSystem() != null && info.getArchitecture() != null)
        .map(info -> info.getOperatingSystem() + "/" + info.getArchitecture());
  }
}
