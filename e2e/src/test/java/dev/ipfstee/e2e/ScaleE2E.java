package dev.ipfstee.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.e2e.harness.Await;
import dev.ipfstee.e2e.harness.Cluster;
import dev.ipfstee.e2e.harness.ImageLayout;
import dev.ipfstee.e2e.harness.Product;
import dev.ipfstee.e2e.harness.Script;
import dev.ipfstee.e2e.harness.Story;
import dev.ipfstee.e2e.harness.Workloads;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerCondition;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The number of pods is changed by kubectl and by an autoscaler, as that of a Deployment, and is
 * theirs: neither the operator nor an apply that says nothing of it takes it back.
 */
@Story(namespace = "scale")
class ScaleE2E {

  @Test
  void kubectlAndAnAutoscalerChangeTheNumberOfPodsAndNothingElse(Cluster cluster) {
    String root = Product.publish(ImageLayout.hello(), "--cid-version=1", "--raw-leaves");
    // As somebody writes it who leaves the number to an autoscaler.
    String workload = Workloads.workload("web", "ipfs://" + root).replace("  replicas: 1\n", "");
    cluster.apply(workload);
    Await.ready(cluster, "web");
    PodTemplateSpec template = cluster.deployment("web").getSpec().getTemplate();
    String first = cluster.pods("web").getFirst().getMetadata().getUid();

    Script.command(
        List.of("kubectl", "-n", cluster.namespace(), "scale", "teeworkload/web", "--replicas=2"));

    awaitPods(cluster, 2);

    cluster.apply(autoscaler());

    // Below its minimum it needs no metrics, which this cluster hasn't.
    awaitPods(cluster, 3);
    Await.until(
        () -> {
          Map<String, HorizontalPodAutoscalerCondition> conditions = conditions(cluster);
          assertThat(conditions.get("AbleToScale").getStatus()).isEqualTo("True");
          // It has read which pods are meant, and asked for their metrics.
          assertThat(conditions.get("ScalingActive").getReason())
              .isEqualTo("FailedGetResourceMetric");
        });

    cluster.apply(workload);

    awaitPods(cluster, 3);
    assertThat(cluster.deployment("web").getSpec().getTemplate()).isEqualTo(template);
    assertThat(
            cluster
                .client()
                .apps()
                .replicaSets()
                .inNamespace(cluster.namespace())
                .list()
                .getItems())
        .extracting(ReplicaSet::getSpec)
        .extracting(spec -> spec.getReplicas())
        .containsExactly(3);
    assertThat(cluster.pods("web")).extracting(pod -> pod.getMetadata().getUid()).contains(first);
    assertThat(cluster.workload("web").getMetadata().getManagedFields())
        .filteredOn(entry -> "ipfs-tee-operator".equals(entry.getManager()))
        .extracting(ManagedFieldsEntry::getSubresource)
        .containsOnly("status");
  }

  private static void awaitPods(Cluster cluster, int number) {
    Await.until(
        () -> {
          TeeWorkload workload = Await.ready(cluster, "web");
          assertThat(workload.getSpec().replicas()).isEqualTo(number);
          assertThat(workload.getStatus().readyReplicas()).isEqualTo(number);
          assertThat(cluster.pods("web")).hasSize(number);
        });
  }

  private static Map<String, HorizontalPodAutoscalerCondition> conditions(Cluster cluster) {
    HorizontalPodAutoscaler autoscaler =
        cluster
            .client()
            .autoscaling()
            .v2()
            .horizontalPodAutoscalers()
            .inNamespace(cluster.namespace())
            .withName("web")
            .get();
    return autoscaler.getStatus().getConditions().stream()
        .collect(Collectors.toMap(HorizontalPodAutoscalerCondition::getType, Function.identity()));
  }

  private static String autoscaler() {
    return """
    apiVersion: autoscaling/v2
    kind: HorizontalPodAutoscaler
    metadata: {name: web}
    spec:
      scaleTargetRef: {apiVersion: ipfstee.dev/v1alpha1, kind: TeeWorkload, name: web}
      minReplicas: 3
      maxReplicas: 4
      metrics:
      - type: Resource
        resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}
    """;
  }
}
