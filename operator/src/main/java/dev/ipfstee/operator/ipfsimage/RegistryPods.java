package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.operator.config.OperatorConfig;
import io.fabric8.kubernetes.api.model.Pod;
import java.net.URI;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Reads the pods of the node registry. Pure. */
final class RegistryPods {
  private RegistryPods() {}

  /** Whether the pod serves its node's store now. */
  static boolean ready(Pod pod) {
    return pod.getMetadata().getDeletionTimestamp() == null
        && ip(pod) != null
        && pod.getSpec().getNodeName() != null
        && pod.getStatus().getConditions().stream()
            .anyMatch(c -> "Ready".equals(c.getType()) && "True".equals(c.getStatus()));
  }

  static String ip(Pod pod) {
    return pod.getStatus() == null ? null : pod.getStatus().getPodIP();
  }

  /** Where to ask for the inventories of these nodes, one per node. */
  static List<HttpNodeInventory.Target> targets(
      Stream<Pod> pods, OperatorConfig.Registry registry) {
    return pods.filter(RegistryPods::ready)
        .map(
            pod ->
                new HttpNodeInventory.Target(
                    pod.getSpec().getNodeName(), inventory(ip(pod), registry.managementPort())))
        .sorted(Comparator.comparing(HttpNodeInventory.Target::node))
        .toList();
  }

  private static URI inventory(String ip, int port) {
    String host = ip.contains(":") ? "[" + ip + "]" : ip;
    return URI.create("http://" + host + ":" + port + "/inventory");
  }
}
