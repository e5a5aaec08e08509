package dev.ipfstee.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.e2e.harness.Await;
import dev.ipfstee.e2e.harness.Cluster;
import dev.ipfstee.e2e.harness.ImageLayout;
import dev.ipfstee.e2e.harness.Product;
import dev.ipfstee.e2e.harness.Story;
import dev.ipfstee.e2e.harness.Workloads;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Story 7: who deletes a workload has nothing left to clean up. */
@Story(namespace = "deletion")
class DeletionE2E {

  @Test
  void allThatWasMadeForTheWorkloadGoesWithIt(Cluster cluster, @TempDir Path directory) {
    String root = Product.publish(ImageLayout.helloWithNoise(directory, 70), "--cid-version=1");
    cluster.apply(Workloads.workload("web", "ipfs://" + root));
    Await.ready(cluster, "web");
    assertThat(cluster.images()).hasSize(1);
    assertThat(cluster.fetchJobs()).isNotEmpty();

    Await.gone(
        cluster
            .client()
            .resources(TeeWorkload.class)
            .inNamespace(cluster.namespace())
            .withName("web"));

    Await.until(
        () -> {
          assertThat(cluster.deployment("web")).isNull();
          assertThat(cluster.pods("web")).isEmpty();
          assertThat(cluster.images()).isEmpty();
          // They are in another namespace, where no owner reference reaches.
          assertThat(cluster.fetchJobs()).isEmpty();
        });
  }
}
