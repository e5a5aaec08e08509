package dev.ipfstee.e2e;

import static dev.ipfstee.e2e.harness.Cluster.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.ImagePlatform;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.NodeSummary.NodeFailure;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.e2e.harness.Await;
import dev.ipfstee.e2e.harness.Cluster;
import dev.ipfstee.e2e.harness.FakeNode;
import dev.ipfstee.e2e.harness.ImageLayout;
import dev.ipfstee.e2e.harness.Product;
import dev.ipfstee.e2e.harness.Story;
import dev.ipfstee.e2e.harness.Workloads;
import dev.ipfstee.testing.Kstatus;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Beside the real nodes there is one with arm64, whose registry never answers. */
@Story(namespace = "mixed-cluster")
class MixedClusterE2E {

  @Test
  void eachImageComesToTheNodesThatRunIt(Cluster cluster, @TempDir Path directory) {
    String amd64 = Product.publish(ImageLayout.helloWithNoise(directory, 70), "--cid-version=1");
    String both = Product.publish(ImageLayout.hello(), "--cid-version=1", "--raw-leaves");
    try (FakeNode arm64 = FakeNode.join(cluster, "arm64", "arm64")) {
      Await.until(
          () ->
              assertThat(arm64.pods())
                  .as("the registry's pod there")
                  .anyMatch(
                      pod ->
                          "ipfs-tee-nodes".equals(pod.getMetadata().getNamespace())
                              && "Running".equals(pod.getStatus().getPhase())));

      anImageForAmd64RunsThereAndWaitsForNoOther(cluster, amd64, arm64);
      anImageForBothIsFetchedForBoth(cluster, both, arm64);
      aPlatformThatIsAskedForMustBeThere(cluster, amd64);
    }
  }

  private static void anImageForAmd64RunsThereAndWaitsForNoOther(
      Cluster cluster, String cid, FakeNode arm64) {
    cluster.apply(Workloads.workload("web", "ipfs://" + cid).replace("replicas: 1", "replicas: 3"));

    Await.ready(cluster, "web");
    String name = cluster.images().getFirst().getMetadata().getName();
    IpfsImage image = Await.imageReady(cluster, name);
    assertThat(platforms(image)).containsExactly("linux/amd64");
    assertThat(cluster.pods("web"))
        .hasSize(3)
        .noneMatch(pod -> arm64.name().equals(pod.getSpec().getNodeName()));
  }

  private static void anImageForBothIsFetchedForBoth(Cluster cluster, String cid, FakeNode arm64) {
    cluster.apply(Workloads.image("both", cid, Product.HONEST_GATEWAY));

    Await.until(
        () -> {
          IpfsImage image = cluster.image("both");
          assertThat(platforms(image)).containsExactlyInAnyOrder("linux/amd64", "linux/arm64");
          assertThat(condition(image.getStatus().conditions(), ConditionTypes.VERIFIED).getStatus())
              .isEqualTo("True");
          assertThat(image.getStatus().nodes().ready())
              .isEqualTo(image.getStatus().nodes().desired() - 1);
          assertThat(image.getStatus().nodes().failures())
              .containsExactly(new NodeFailure(arm64.name(), Reason.REGISTRY_UNREACHABLE.label()));
          assertThat(condition(image.getStatus().conditions(), ConditionTypes.READY).getMessage())
              .contains("on node " + arm64.name());
        });
  }

  private static void aPlatformThatIsAskedForMustBeThere(Cluster cluster, String cid) {
    cluster.apply(
        Workloads.image("asked-for", cid, Product.HONEST_GATEWAY)
            + "  platforms: [linux/amd64, linux/arm64]\n");

    Await.until(
        () -> {
          IpfsImage image = cluster.image("asked-for");
          assertThat(Kstatus.of(image)).isEqualTo(Kstatus.FAILED);
          assertThat(condition(image.getStatus().conditions(), ConditionTypes.STALLED).getMessage())
              .contains("failed to find platform linux/arm64: the image has linux/amd64");
        });
  }

  private static List<String> platforms(IpfsImage image) {
    return image.getStatus().platforms().stream().map(ImagePlatform::platform).toList();
  }
}
