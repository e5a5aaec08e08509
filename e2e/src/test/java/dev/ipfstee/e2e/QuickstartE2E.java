package dev.ipfstee.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.api.v1alpha1.TeeWorkloadStatus.PinnedImage;
import dev.ipfstee.e2e.harness.Await;
import dev.ipfstee.e2e.harness.Cluster;
import dev.ipfstee.e2e.harness.Documentation;
import dev.ipfstee.e2e.harness.ImageLayout;
import dev.ipfstee.e2e.harness.Product;
import dev.ipfstee.e2e.harness.Story;
import dev.ipfstee.e2e.harness.Workloads;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Story 1: a person applies the samples as they stand, and the app answers from its CID. */
@Story(namespace = "quickstart")
class QuickstartE2E {
  private static final String QUICKSTART = "docs/quickstart.md";

  @Test
  void theSamplesAsTheyStandRunFromTheirCid(Cluster cluster) throws IOException {
    Product.publish(ImageLayout.hello(), "--cid-version=1", "--raw-leaves");

    String printed =
        Documentation.run(
            Documentation.block(QUICKSTART, "kubectl apply -f samples/quickstart"), Map.of());

    TeeWorkload hello = Await.ready(cluster, "hello");
    assertThat(printed).contains(hello.getStatus().images().getFirst().reference());
    assertThat(Documentation.run(Documentation.block(QUICKSTART, "get pods,jobs"), Map.of()))
        .contains("1 of 1 pods run");

    String indexDigest = digestOfLayout(ImageLayout.hello());
    assertThat(hello.getStatus().images())
        .extracting(PinnedImage::digest)
        .containsExactly(indexDigest);
    podsRunWhatIsPinned(cluster, hello);
    Await.until(
        () ->
            assertThat(cluster.answerOf("hello"))
                .contains(hello.getStatus().images().getFirst().cid())
                .contains(indexDigest));
  }

  @Test
  void aNerdctlRootRuns(Cluster cluster) {
    String root = Product.publishAsNerdctl(ImageLayout.hello());
    cluster.apply(Workloads.workload("from-nerdctl", "ipfs://" + root));

    TeeWorkload workload = Await.ready(cluster, "from-nerdctl");

    assertThat(cluster.images())
        .filteredOn(image -> image.getSpec().source().uri().contains(root))
        .extracting(image -> image.getStatus().layout())
        .containsExactly("NerdctlDescriptor");
    podsRunWhatIsPinned(cluster, workload);
  }

  @Test
  void aLayoutAddedWithKubosDefaultsRunsFromItsCidV0(Cluster cluster, @TempDir Path directory)
      throws IOException {
    Path layout = ImageLayout.helloWithNoise(directory, 10);
    String root = Product.publish(layout);
    assertThat(root).startsWith("Qm");
    cluster.apply(Workloads.workload("from-cidv0", "ipfs://" + root));

    TeeWorkload workload = Await.ready(cluster, "from-cidv0");

    assertThat(workload.getStatus().images())
        .extracting(PinnedImage::digest)
        .containsExactly(digestOfLayout(layout));
    podsRunWhatIsPinned(cluster, workload);
  }

  private static void podsRunWhatIsPinned(Cluster cluster, TeeWorkload workload) {
    PinnedImage pinned = workload.getStatus().images().getFirst();
    assertThat(cluster.pods(workload.getMetadata().getName()))
        .isNotEmpty()
        .allSatisfy(
            pod -> {
              assertThat(pod.getStatus().getPhase()).isEqualTo("Running");
              assertThat(pod.getStatus().getContainerStatuses().getFirst().getImageID())
                  .endsWith("@" + pinned.digest());
              assertThat(pod.getSpec().getContainers().getFirst().getImage())
                  .isEqualTo(pinned.reference())
                  .isEqualTo("localhost:5050/ipfs/" + pinned.cid() + "@" + pinned.digest());
            });
  }

  private static String digestOfLayout(Path layout) throws IOException {
    return Workloads.JSON
        .readTree(layout.resolve("index.json").toFile())
        .at("/manifests/0/digest")
        .asText();
  }
}
