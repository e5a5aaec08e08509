package dev.ipfstee.e2e.harness;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The pods of the node registry, and what each of them measures. */
public final class Registries {
  private static final String COMPONENT = "node-registry";

  private Registries() {}

  /** Those that aren't about to go, one on each node. */
  public static List<Pod> of(Cluster cluster) {
    return cluster.productPods().stream()
        .filter(
            pod ->
                COMPONENT.equals(pod.getMetadata().getLabels().get("app.kubernetes.io/component")))
        .toList();
  }

  /**
   * One sample of a registry's metrics, asked for from its node; 0 while it isn't there.
   *
   * @param series with its labels as they are shown
   */
  public static double metric(Pod registry, String series) {
    Matcher sample =
        Pattern.compile("(?m)^" + Pattern.quote(series) + " (\\S+)$")
            .matcher(
                Script.run(
                    "node",
                    registry.getSpec().getNodeName().replace("node", ""),
                    "curl",
                    "--silent",
                    "--fail",
                    "http://" + registry.getStatus().getPodIP() + ":8081/metrics"));
    return sample.find() ? Double.parseDouble(sample.group(1)) : 0;
  }
}
