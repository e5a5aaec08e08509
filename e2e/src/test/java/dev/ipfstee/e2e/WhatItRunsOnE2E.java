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
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClass;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClassBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Story 5: what the workload is to run on is missing, or isn't what was asked for. */
@Story(namespace = "what-it-runs-on")
class WhatItRunsOnE2E {
  private static final String LATE_CLASS = "e2e-late";

  private String image;

  @BeforeEach
  void publish() {
    image = "ipfs://" + Product.publish(ImageLayout.hello(), "--cid-version=1", "--raw-leaves");
  }

  @AfterEach
  void removeTheClass(Cluster cluster) {
    Await.gone(cluster.client().resources(RuntimeClass.class).withName(LATE_CLASS));
  }

  @Test
  void aMissingRuntimeClassIsNamedAndItsCreationIsEnough(Cluster cluster) {
    cluster.apply(
        Workloads.workloadOn(
            "{profile: snp, runtimeClassName: %s}".formatted(LATE_CLASS), "late", image));

    Await.until(
        () -> {
          TeeWorkload workload = cluster.workload("late");
          assertThat(Kstatus.of(workload)).isEqualTo(Kstatus.IN_PROGRESS);
          Condition runtime =
              condition(workload.getStatus().conditions(), ConditionTypes.RUNTIME_READY);
          assertThat(runtime.getStatus()).isEqualTo("False");
          assertThat(runtime.getReason()).isEqualTo(Reason.RUNTIME_CLASS_NOT_FOUND.label());
          assertThat(runtime.getMessage()).contains("kubectl get runtimeclass " + LATE_CLASS);
        });
    assertThat(cluster.deployment("late")).isNull();

    cluster
        .client()
        .resource(
            new RuntimeClassBuilder()
                .withNewMetadata()
                .withName(LATE_CLASS)
                .endMetadata()
                .withHandler("kata-qemu-snp")
                .build())
        .create();

    Await.ready(cluster, "late");
    assertThat(cluster.pods("late"))
        .isNotEmpty()
        .allSatisfy(pod -> assertThat(pod.getSpec().getRuntimeClassName()).isEqualTo(LATE_CLASS));
  }

  @Test
  void noTeeIsRefusedUntilItIsAskedFor(Cluster cluster) {
    cluster.apply(Workloads.workloadOn("{profile: none}", "open", image));

    stalledBy(cluster, "open", Reason.NO_TEE, "tee.requireConfidential");

    cluster.apply(
        Workloads.workloadOn("{profile: none, requireConfidential: false}", "open", image));

    Await.ready(cluster, "open");
    // It runs, and whoever looks is told what it isn't.
    Condition confidential =
        condition(cluster.workload("open").getStatus().conditions(), ConditionTypes.CONFIDENTIAL);
    assertThat(confidential.getStatus()).isEqualTo("False");
    assertThat(confidential.getReason()).isEqualTo(Reason.NO_TEE.label());
  }

  @Test
  void aGuestThatPullsItselfIsRefusedWithTheRemedy(Cluster cluster) {
    // As snp is without the values of the local cluster, whose runtimes pull on the host.
    cluster.apply(Workloads.workloadOn("{profile: stock-kata}", "guest", image));

    stalledBy(
        cluster,
        "guest",
        Reason.GUEST_PULL_NOT_CONFIGURED,
        "the administrator sets profiles.stock-kata.pull to Host in the chart's values");
  }

  private static void stalledBy(Cluster cluster, String name, Reason reason, String remedy) {
    Await.until(
        () -> {
          TeeWorkload workload = cluster.workload(name);
          assertThat(Kstatus.of(workload)).isEqualTo(Kstatus.FAILED);
          Condition stalled = condition(workload.getStatus().conditions(), ConditionTypes.STALLED);
          assertThat(stalled.getReason()).isEqualTo(reason.label());
          assertThat(stalled.getMessage()).contains(remedy);
        });
    assertThat(cluster.deployment(name)).isNull();
  }
}
