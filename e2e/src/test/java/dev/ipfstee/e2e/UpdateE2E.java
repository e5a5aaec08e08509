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
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Story 3: an update to a CID that nobody has leaves what runs alone; a good CID rolls over. */
@Story(namespace = "update")
class UpdateE2E {
  /** A CID of bytes that were never published. */
  private static final String NOWHERE =
      "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";

  @Test
  void aBadCidDisturbsNothingAndAGoodOneRollsOver(
      Cluster cluster, @TempDir Path first, @TempDir Path second) {
    String one = Product.publish(ImageLayout.helloWithNoise(first, 30), "--cid-version=1");
    String two = Product.publish(ImageLayout.helloWithNoise(second, 31), "--cid-version=1");
    cluster.apply(Workloads.workload("web", "ipfs://" + one));
    TeeWorkload running = Await.ready(cluster, "web");
    List<String> pods = names(cluster);

    cluster.apply(Workloads.workload("web", "ipfs://" + NOWHERE));

    Await.until(
        () -> {
          Condition imagesReady =
              condition(
                  cluster.workload("web").getStatus().conditions(), ConditionTypes.IMAGES_READY);
          assertThat(imagesReady.getStatus()).isEqualTo("False");
          assertThat(imagesReady.getReason()).isEqualTo(Reason.CONTENT_NOT_FOUND.label());
          assertThat(imagesReady.getMessage()).contains(NOWHERE);
        });
    assertThat(names(cluster)).isEqualTo(pods);
    assertThat(cluster.pods("web"))
        .allSatisfy(pod -> assertThat(pod.getStatus().getPhase()).isEqualTo("Running"));
    assertThat(cluster.workload("web").getStatus().images())
        .isEqualTo(running.getStatus().images());

    cluster.apply(Workloads.workload("web", "ipfs://" + two));

    TeeWorkload updated = Await.ready(cluster, "web");
    assertThat(updated.getStatus().images()).isNotEqualTo(running.getStatus().images());
    Await.until(
        () -> {
          assertThat(names(cluster)).doesNotContainAnyElementsOf(pods);
          assertThat(cluster.pods("web"))
              .allSatisfy(
                  pod ->
                      assertThat(pod.getStatus().getContainerStatuses().getFirst().getImageID())
                          .endsWith(updated.getStatus().images().getFirst().digest()));
        });
  }

  private static List<String> names(Cluster cluster) {
    return cluster.pods("web").stream().map(Pod::getMetadata).map(meta -> meta.getName()).toList();
  }
}
