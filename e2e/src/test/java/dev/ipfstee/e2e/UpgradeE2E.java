package dev.ipfstee.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.e2e.harness.Await;
import dev.ipfstee.e2e.harness.Cluster;
import dev.ipfstee.e2e.harness.ImageLayout;
import dev.ipfstee.e2e.harness.Product;
import dev.ipfstee.e2e.harness.Story;
import dev.ipfstee.e2e.harness.Workloads;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Story 12: operator and registries are replaced while workloads run, and these don't notice. */
@Story(namespace = "upgrade")
class UpgradeE2E {

  @AfterEach
  void putBackTheStoriesValues() {
    Product.upgrade();
  }

  @Test
  void anUpgradeRestartsNoPod(Cluster cluster) {
    String image =
        "ipfs://" + Product.publish(ImageLayout.hello(), "--cid-version=1", "--raw-leaves");
    cluster.apply(Workloads.workload("one", image));
    cluster.apply(Workloads.workload("two", image));
    Await.ready(cluster, "one");
    Await.ready(cluster, "two");
    Map<String, Integer> before = restartsByUid(cluster);
    assertThat(before).hasSize(2);
    List<String> product = uids(cluster.productPods());
    Map<String, Long> deployments = generations(cluster);

    Product.upgrade("operator.podAnnotations.upgraded=yes", "registry.podAnnotations.upgraded=yes");

    assertThat(uids(cluster.productPods()))
        .hasSameSizeAs(product)
        .doesNotContainAnyElementsOf(product);
    // A new workload shows that the new leader is at work, and so has seen the old ones.
    cluster.apply(Workloads.workload("three", image));
    Await.ready(cluster, "three");
    Await.ready(cluster, "one");
    Await.ready(cluster, "two");
    assertThat(restartsByUid(cluster)).isEqualTo(before);
    assertThat(generations(cluster)).isEqualTo(deployments);
  }

  private static Map<String, Integer> restartsByUid(Cluster cluster) {
    return Stream.of("one", "two")
        .flatMap(workload -> cluster.pods(workload).stream())
        .collect(
            Collectors.toMap(
                pod -> pod.getMetadata().getUid(),
                pod -> pod.getStatus().getContainerStatuses().getFirst().getRestartCount()));
  }

  private static Map<String, Long> generations(Cluster cluster) {
    return Stream.of("one", "two")
        .collect(
            Collectors.toMap(
                Function.identity(),
                name -> cluster.deployment(name).getMetadata().getGeneration()));
  }

  private static List<String> uids(List<Pod> pods) {
    return pods.stream().map(pod -> pod.getMetadata().getUid()).toList();
  }
}
