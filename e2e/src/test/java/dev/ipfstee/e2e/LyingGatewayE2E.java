package dev.ipfstee.e2e;

import static dev.ipfstee.e2e.harness.Cluster.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.e2e.harness.Await;
import dev.ipfstee.e2e.harness.Cluster;
import dev.ipfstee.e2e.harness.ImageLayout;
import dev.ipfstee.e2e.harness.Product;
import dev.ipfstee.e2e.harness.Story;
import dev.ipfstee.e2e.harness.Workloads;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.Condition;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Story 2: a gateway flips one bit in a layer. Nothing runs from it, and everybody learns who lied.
 */
@Story(namespace = "lying-gateway")
class LyingGatewayE2E {

  @Test
  void aLieStopsTheImageAndAnHonestSecondGatewayCuresIt(Cluster cluster, @TempDir Path directory) {
    String root = Product.publish(ImageLayout.neverSeen(directory), "--cid-version=1");
    cluster.apply(Workloads.image("web", root, Product.LYING_GATEWAY));
    cluster.apply(Workloads.workloadOfImage("web", "web"));
    String liar = URI.create(Product.LYING_GATEWAY).getHost();

    Await.until(
        () -> {
          IpfsImage image = cluster.image("web");
          assertThat(Kstatus.of(image)).isEqualTo(Kstatus.FAILED);
          Condition stalled = condition(image.getStatus().conditions(), ConditionTypes.STALLED);
          assertThat(stalled.getReason()).isEqualTo(Reason.BLOCK_MISMATCH.label());
          assertThat(stalled.getMessage()).contains(liar);
        });
    Await.until(
        () -> {
          Condition imagesReady =
              condition(
                  cluster.workload("web").getStatus().conditions(), ConditionTypes.IMAGES_READY);
          assertThat(imagesReady.getStatus()).isEqualTo("False");
          assertThat(imagesReady.getReason()).isEqualTo(Reason.BLOCK_MISMATCH.label());
          assertThat(imagesReady.getMessage()).contains(liar);
        });
    assertThat(cluster.deployment("web")).isNull();

    cluster.apply(Workloads.image("web", root, Product.LYING_GATEWAY, Product.HONEST_GATEWAY));

    IpfsImage image = Await.imageReady(cluster, "web");
    assertThat(condition(image.getStatus().conditions(), ConditionTypes.VERIFIED).getMessage())
        .contains(liar);
    Await.ready(cluster, "web");
    assertThat(cluster.pods("web"))
        .allSatisfy(
            pod ->
                assertThat(pod.getStatus().getContainerStatuses().getFirst().getImageID())
                    .endsWith("@" + image.getStatus().digest()));
  }
}
