package dev.ipfstee.e2e;

import static dev.ipfstee.e2e.harness.Cluster.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.e2e.harness.Await;
import dev.ipfstee.e2e.harness.Cluster;
import dev.ipfstee.e2e.harness.ImageLayout;
import dev.ipfstee.e2e.harness.Product;
import dev.ipfstee.e2e.harness.Story;
import dev.ipfstee.e2e.harness.Workloads;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.Condition;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Story 4: no node has the TEE. All but the pod is made ready, and a node that comes is enough. */
@Story(namespace = "no-tee-node")
class NoTeeNodeE2E {
  private static final String LABEL = "amd.feature.node.kubernetes.io/snp";

  /** The nodes that the label was taken from. */
  private List<String> stripped = List.of();

  @AfterEach
  void restoreTheLabel(Cluster cluster) {
    stripped.forEach(node -> label(cluster, node, "true"));
  }

  @Test
  void thePodWaitsForANodeAndStartsWithoutAnEdit(Cluster cluster, @TempDir Path directory) {
    String root = Product.publish(ImageLayout.helloWithNoise(directory, 40), "--cid-version=1");
    stripped =
        cluster.client().nodes().withLabel(LABEL, "true").list().getItems().stream()
            .map(node -> node.getMetadata().getName())
            .toList();
    assertThat(stripped).isNotEmpty();
    stripped.forEach(node -> label(cluster, node, null));

    cluster.apply(Workloads.workload("web", "ipfs://" + root));

    Await.until(
        () -> {
          TeeWorkload workload = cluster.workload("web");
          assertThat(Kstatus.of(workload)).isEqualTo(Kstatus.IN_PROGRESS);
          List<Condition> conditions = workload.getStatus().conditions();
          assertThat(condition(conditions, ConditionTypes.IMAGES_READY).getStatus())
              .isEqualTo("True");
          Condition nodes = condition(conditions, ConditionTypes.NODES_AVAILABLE);
          assertThat(nodes.getStatus()).isEqualTo("False");
          assertThat(nodes.getReason()).isEqualTo(Reason.NO_MATCHING_NODE.label());
          assertThat(nodes.getMessage()).contains(LABEL + "=true");
          assertThat(cluster.deployment("web")).isNotNull();
          // An autoscaler adds a node for a pod that the scheduler has given up on, for nothing
          // less.
          assertThat(cluster.pods("web"))
              .singleElement()
              .satisfies(
                  pod -> {
                    assertThat(pod.getStatus().getPhase()).isEqualTo("Pending");
                    assertThat(pod.getStatus().getConditions())
                        .anySatisfy(
                            scheduled -> {
                              assertThat(scheduled.getType()).isEqualTo("PodScheduled");
                              assertThat(scheduled.getReason()).isEqualTo("Unschedulable");
                            });
                  });
        });
    String pending = cluster.pods("web").getFirst().getMetadata().getUid();
    long generation = cluster.workload("web").getMetadata().getGeneration();

    String node = stripped.getLast();
    label(cluster, node, "true");

    TeeWorkload running = Await.ready(cluster, "web");
    assertThat(running.getMetadata().getGeneration()).isEqualTo(generation);
    assertThat(
            condition(running.getStatus().conditions(), ConditionTypes.NODES_AVAILABLE).getStatus())
        .isEqualTo("True");
    assertThat(cluster.pods("web"))
        .singleElement()
        .satisfies(
            pod -> {
              assertThat(pod.getMetadata().getUid()).isEqualTo(pending);
              assertThat(pod.getStatus().getPhase()).isEqualTo("Running");
              assertThat(pod.getSpec().getNodeName()).isEqualTo(node);
            });
  }

  /**
   * Labels a node.
   *
   * @param value null to take the label away
   */
  private static void label(Cluster cluster, String name, String value) {
    cluster
        .client()
        .nodes()
        .withName(name)
        .edit(
            node -> {
              if (value == null) {
                node.getMetadata().getLabels().remove(LABEL);
              } else {
                node.getMetadata().getLabels().put(LABEL, value);
              }
              return node;
            });
  }
}
