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
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Story 7: who uninstalls the operator keeps what runs, and who installs it again finds all as it
 * was.
 */
@Story(namespace = "uninstall")
class UninstallE2E {
  private static final String STORE = "/var/lib/ipfs-tee";

  @AfterEach
  void installAgain() {
    Product.upgrade();
  }

  @Test
  void whatRunsGoesOnAndAReinstallFindsItsImages(Cluster cluster, @TempDir Path directory) {
    String root = Product.publish(ImageLayout.neverSeen(directory), "--cid-version=1");
    cluster.apply(Workloads.workload("kept", "ipfs://" + root));
    Await.ready(cluster, "kept");
    Await.imageReady(cluster, image(cluster));
    Map<String, Integer> pods = restartsByUid(cluster, "kept");
    Long generation = cluster.deployment("kept").getMetadata().getGeneration();

    Product.uninstall();

    onlyTheDefinitionsAreLeft();
    assertThat(cluster.workload("kept")).isNotNull();
    assertThat(cluster.images()).hasSize(1);
    assertThat(restartsByUid(cluster, "kept")).isEqualTo(pods);
    assertThat(blobs(1)).isPositive();
    assertThat(blobs(2)).isPositive();

    Product.upgrade();

    scaledByTheNewOperator(cluster, "kept");
    assertThat(restartsByUid(cluster, "kept")).containsAllEntriesOf(pods).hasSize(2);
    assertThat(cluster.deployment("kept").getMetadata().getGeneration()).isEqualTo(generation + 1);
    Await.imageReady(cluster, image(cluster));
    assertThat(cluster.fetchJobs()).isEmpty();
  }

  @Test
  void storesAreEmptiedOnDemandAndFilledAgain(Cluster cluster, @TempDir Path directory) {
    Product.upgrade("cleanup.nodeStore=true");
    String root = Product.publish(ImageLayout.neverSeen(directory), "--cid-version=1");
    cluster.apply(Workloads.workload("cleaned", "ipfs://" + root));
    Await.ready(cluster, "cleaned");
    Map<String, Integer> pods = restartsByUid(cluster, "cleaned");

    String told = Product.uninstall();

    assertThat(told).contains("the stores of 2 nodes are removed");
    onlyTheDefinitionsAreLeft();
    assertThat(entries(1)).isEmpty();
    assertThat(entries(2)).isEmpty();
    assertThat(restartsByUid(cluster, "cleaned")).isEqualTo(pods);

    Product.upgrade();

    Await.until(
        () ->
            assertThat(cluster.fetchJobs())
                .filteredOn(job -> job.getStatus().getSucceeded() != null)
                .hasSize(2 * cluster.images().size()));
    Await.imageReady(cluster, image(cluster));
    assertThat(blobs(1)).isPositive();
    assertThat(blobs(2)).isPositive();
    scaledByTheNewOperator(cluster, "cleaned");
    assertThat(restartsByUid(cluster, "cleaned")).containsAllEntriesOf(pods).hasSize(2);
  }

  /** Shows that the operator is at work, and so has looked at what is there. */
  private static void scaledByTheNewOperator(Cluster cluster, String workload) {
    cluster
        .client()
        .resources(TeeWorkload.class)
        .inNamespace(cluster.namespace())
        .withName(workload)
        .scale(2);
    Await.until(() -> assertThat(cluster.pods(workload)).hasSize(2));
    Await.ready(cluster, workload);
  }

  private static void onlyTheDefinitionsAreLeft() {
    Await.until(
        () ->
            assertThat(
                    Script.command(
                            List.of(
                                "sh",
                                "-c",
                                "kubectl get --all-namespaces --ignore-not-found --output name"
                                    + " --selector app.kubernetes.io/name=ipfs-tee-operator"
                                    + " $(kubectl api-resources --verbs=list --output name"
                                    + " | grep -v -E '^(events|componentstatuses)' | paste -sd,)"))
                        .lines())
                .containsExactlyInAnyOrder(
                    "customresourcedefinition.apiextensions.k8s.io/ipfsimages.ipfstee.dev",
                    "customresourcedefinition.apiextensions.k8s.io/teeworkloads.ipfstee.dev"));
  }

  private static String image(Cluster cluster) {
    return cluster.images().getFirst().getMetadata().getName();
  }

  private static Map<String, Integer> restartsByUid(Cluster cluster, String workload) {
    return cluster.pods(workload).stream()
        .collect(
            Collectors.toMap(
                pod -> pod.getMetadata().getUid(),
                pod -> pod.getStatus().getContainerStatuses().getFirst().getRestartCount()));
  }

  private static int blobs(int node) {
    return Integer.parseInt(onNode(node, "ls %s/blobs/sha256 | wc -l".formatted(STORE)));
  }

  private static String entries(int node) {
    return onNode(node, "ls -A %s".formatted(STORE));
  }

  private static String onNode(int node, String command) {
    return Script.run("node", "" + node, "sh", "-ec", command);
  }
}
