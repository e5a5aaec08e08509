package dev.ipfstee.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ipfstee.e2e.harness.Await;
import dev.ipfstee.e2e.harness.Cluster;
import dev.ipfstee.e2e.harness.ImageLayout;
import dev.ipfstee.e2e.harness.Product;
import dev.ipfstee.e2e.harness.Script;
import dev.ipfstee.e2e.harness.Story;
import dev.ipfstee.e2e.harness.Workloads;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes take from each other what one of them has verified: an image leaves the gateway once. */
@Story(namespace = "shared-layers")
class SharedLayersE2E {
  private static final String NODES = "ipfs-tee-nodes";
  private static final String PEER_PORT = ":5051";

  /** The layer of the image that no node can have from another one. */
  private static final long NOISE = 1 << 20;

  private static final String GATEWAY = "kubo.ipfs.svc.cluster.local:8080";

  @Test
  void twoNodesCostOneDownload(Cluster cluster, @TempDir Path directory) {
    String root = Product.publish(ImageLayout.neverSeen(directory), "--cid-version=1");
    cluster.apply(Workloads.image("shared", root, Product.HONEST_GATEWAY));

    Await.imageReady(cluster, "shared");

    List<JsonNode> reports = reports(cluster, "shared");
    assertThat(reports).hasSize(2);
    assertThat(reports)
        .as("who asked the gateway")
        .filteredOn(report -> bytesFrom(report, GATEWAY) >= NOISE)
        .singleElement()
        .satisfies(first -> assertThat(bytesFrom(first, PEER_PORT)).isZero());
    assertThat(reports)
        .as("who asked the other node")
        .filteredOn(report -> bytesFrom(report, PEER_PORT) >= NOISE)
        .singleElement()
        .satisfies(second -> assertThat(bytesFrom(second, GATEWAY)).isZero());
  }

  @Test
  void aPodStartsOnANodeThatHasNothingYet(Cluster cluster, @TempDir Path directory) {
    String root = Product.publish(ImageLayout.neverSeen(directory), "--cid-version=1");
    cluster.apply(Workloads.image("passed-on", root, Product.HONEST_GATEWAY));
    Await.imageReady(cluster, "passed-on");
    // On hold, so that no fetch brings it back.
    cluster.apply(Workloads.image("passed-on", root, Product.HONEST_GATEWAY) + "  suspend: true\n");
    Await.until(
        () ->
            assertThat(cluster.image("passed-on").getStatus().observedGeneration())
                .isEqualTo(cluster.image("passed-on").getMetadata().getGeneration()));
    Script.run("node", "2", "find", "/var/lib/ipfs-tee", "-mindepth", "1", "-delete");

    cluster.apply(
        Workloads.workloadOfImageWith(
            "nodeSelector: {kubernetes.io/hostname: node2}", "web", "passed-on"));

    Await.ready(cluster, "web");
    assertThat(cluster.pods("web"))
        .singleElement()
        .satisfies(
            pod -> {
              assertThat(pod.getSpec().getNodeName()).isEqualTo("node2");
              assertThat(pod.getStatus().getContainerStatuses().getFirst().getImageID())
                  .endsWith("@" + cluster.image("passed-on").getStatus().digest());
            });
    // Only what containerd lacked: it may have the layers below from another image.
    assertThat(Script.run("node", "2", "ls", "/var/lib/ipfs-tee/blobs/sha256"))
        .contains(cluster.image("passed-on").getStatus().digest().replace("sha256:", ""));
  }

  private static List<JsonNode> reports(Cluster cluster, String image) {
    return cluster.fetchJobs().stream()
        .filter(
            job ->
                job.getMetadata()
                    .getAnnotations()
                    .get("ipfstee.dev/image")
                    .equals(cluster.namespace() + "/" + image))
        .flatMap(
            job ->
                cluster
                    .client()
                    .pods()
                    .inNamespace(NODES)
                    .withLabel("batch.kubernetes.io/job-name", job.getMetadata().getName())
                    .list()
                    .getItems()
                    .stream())
        .map(SharedLayersE2E::report)
        .toList();
  }

  private static JsonNode report(Pod pod) {
    try {
      return Workloads.JSON.readTree(
          pod.getStatus()
              .getContainerStatuses()
              .getFirst()
              .getState()
              .getTerminated()
              .getMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long bytesFrom(JsonNode report, String host) {
    return StreamSupport.stream(report.path("sources").spliterator(), false)
        .filter(source -> source.path("host").asText().endsWith(host))
        .mapToLong(source -> source.path("bytes").asLong())
        .sum();
  }
}
