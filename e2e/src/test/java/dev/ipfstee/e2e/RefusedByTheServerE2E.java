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
import io.fabric8.kubernetes.api.model.apps.Deployment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Story 8: the namespace has no room for the pods. The server's words say so, and the cure is
 * enough.
 */
@Story(namespace = "refused-by-the-server")
class RefusedByTheServerE2E {
  private String image;

  @BeforeEach
  void publish() {
    image = "ipfs://" + Product.publish(ImageLayout.hello(), "--cid-version=1", "--raw-leaves");
  }

  @Test
  void aDeploymentOfThatNameIsLeftAlone(Cluster cluster) {
    cluster.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: taken}
        spec:
          replicas: 0
          selector: {matchLabels: {app: taken}}
          template:
            metadata: {labels: {app: taken}}
            spec: {containers: [{name: theirs, image: localhost/busybox:1}]}
        """);
    Deployment theirs = cluster.deployment("taken");
    cluster.apply(Workloads.workload("taken", image));

    Await.until(
        () -> {
          TeeWorkload workload = cluster.workload("taken");
          assertThat(Kstatus.of(workload)).isEqualTo(Kstatus.FAILED);
          Condition stalled = condition(workload.getStatus().conditions(), ConditionTypes.STALLED);
          assertThat(stalled.getReason()).isEqualTo(Reason.NAME_CONFLICT.label());
          assertThat(stalled.getMessage()).contains("'taken'").contains("left untouched");
        });
    Deployment now = cluster.deployment("taken");
    assertThat(now.getMetadata().getUid()).isEqualTo(theirs.getMetadata().getUid());
    assertThat(now.getMetadata().getOwnerReferences()).isEmpty();
    assertThat(now.getMetadata().getLabels()).isEqualTo(theirs.getMetadata().getLabels());
    assertThat(now.getSpec()).isEqualTo(theirs.getSpec());

    Await.gone(
        cluster.client().apps().deployments().inNamespace(cluster.namespace()).withName("taken"));

    Await.ready(cluster, "taken");
  }

  @Test
  void aTemplateThatPodSecurityRefuses(Cluster cluster) {
    cluster.apply(Workloads.workloadWith("hostNetwork: true", "lax", image));

    unavailable(cluster, "lax", "violates PodSecurity \"restricted:latest\"");

    cluster.apply(Workloads.workload("lax", image));

    Await.ready(cluster, "lax");
  }

  @Test
  void aFullQuota(Cluster cluster) {
    cluster.apply(quota(0));
    cluster.apply(Workloads.workload("crowded", image));

    unavailable(cluster, "crowded", "exceeded quota: room");

    cluster.apply(quota(100));

    Await.ready(cluster, "crowded");
  }

  @Test
  void aMissingServiceAccount(Cluster cluster) {
    cluster.apply(Workloads.workloadWith("serviceAccountName: late", "accountless", image));

    unavailable(cluster, "accountless", "serviceaccount \"late\" not found");

    cluster.apply(
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata: {name: late}
        """);

    Await.ready(cluster, "accountless");
  }

  private static void unavailable(Cluster cluster, String name, String words) {
    Await.until(
        () -> {
          TeeWorkload workload = cluster.workload(name);
          assertThat(Kstatus.of(workload)).isEqualTo(Kstatus.IN_PROGRESS);
          Condition available =
              condition(workload.getStatus().conditions(), ConditionTypes.AVAILABLE);
          assertThat(available.getStatus()).isEqualTo("False");
          assertThat(available.getReason()).isEqualTo(Reason.REPLICA_FAILURE.label());
          assertThat(available.getMessage()).contains(words);
        });
  }

  private static String quota(int pods) {
    return """
    apiVersion: v1
    kind: ResourceQuota
    metadata: {name: room}
    spec: {hard: {count/pods: %d}}
    """
        .formatted(pods);
  }
}
