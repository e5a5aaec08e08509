package dev.ipfstee.e2e;

import static dev.ipfstee.e2e.harness.Cluster.condition;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.e2e.harness.Await;
import dev.ipfstee.e2e.harness.Cluster;
import dev.ipfstee.e2e.harness.ImageLayout;
import dev.ipfstee.e2e.harness.Product;
import dev.ipfstee.e2e.harness.Script;
import dev.ipfstee.e2e.harness.Story;
import dev.ipfstee.e2e.harness.Workloads;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Story 10: a node's disk lies or forgets. It is noticed, and the node is mended. */
@Story(namespace = "damaged-store")
class DamagedStoreE2E {
  private static final String STORE = "/var/lib/ipfs-tee";

  @Test
  void aWrongByteIsPutRightAndAWipedStoreIsFilledAgain(Cluster cluster, @TempDir Path directory)
      throws IOException {
    Path layout = ImageLayout.neverSeen(directory);
    String root = Product.publish(layout, "--cid-version=1");
    // Without a workload: containerd must not have the bytes yet, or it wouldn't ask for them.
    cluster.apply(Workloads.image("web", root, Product.HONEST_GATEWAY));
    Await.imageReady(cluster, "web");
    String layer = noiseLayer(layout);
    onNode1(
        "dd if=/dev/zero of=%s/blobs/sha256/%s bs=1 seek=4096 count=8 conv=notrunc"
            .formatted(STORE, layer));

    awaitLoss(cluster, "web");
    Await.imageReady(cluster, "web");
    onNode1("cd %s/blobs/sha256 && echo '%s  %s' | sha256sum -c".formatted(STORE, layer, layer));

    onNode1("find %s -mindepth 1 -delete".formatted(STORE));

    awaitLoss(cluster, "web");
    Await.imageReady(cluster, "web");
    cluster.apply(
        Workloads.workloadOfImageWith(
            "nodeSelector: {kubernetes.io/hostname: node1}", "web", "web"));
    Await.ready(cluster, "web");
    assertThat(cluster.pods("web"))
        .singleElement()
        .satisfies(
            pod -> {
              assertThat(pod.getSpec().getNodeName()).isEqualTo("node1");
              assertThat(pod.getStatus().getContainerStatuses().getFirst().getImageID())
                  .endsWith("@" + cluster.image("web").getStatus().digest());
            });
  }

  @Test
  void aDamagedManifestIsSeenAndFetchedAgain(Cluster cluster, @TempDir Path directory)
      throws IOException {
    Path layout = ImageLayout.neverSeen(directory);
    String root = Product.publish(layout, "--cid-version=1");
    cluster.apply(Workloads.image("manifest", root, Product.HONEST_GATEWAY));
    Await.imageReady(cluster, "manifest");
    String manifest = blob(layout, manifestDigest(layout)).getFileName().toString();
    // A blank for the brace that it begins with: as long as before.
    onNode1("printf ' ' | dd of=%s/blobs/sha256/%s bs=1 conv=notrunc".formatted(STORE, manifest));

    awaitLoss(cluster, "manifest");

    Await.imageReady(cluster, "manifest");
    onNode1(
        "cd %s/blobs/sha256 && echo '%s  %s' | sha256sum -c".formatted(STORE, manifest, manifest));
  }

  private static void awaitLoss(Cluster cluster, String image) {
    Await.until(
        () ->
            assertThat(
                    condition(
                            cluster.image(image).getStatus().conditions(),
                            ConditionTypes.DISTRIBUTED)
                        .getStatus())
                .isNotEqualTo("True"));
  }

  /** The file name of the image's last layer, which no other image has. */
  private static String noiseLayer(Path layout) throws IOException {
    String digest = "";
    Path manifest = blob(layout, manifestDigest(layout));
    for (var layer : Workloads.JSON.readTree(manifest.toFile()).get("layers")) {
      digest = layer.get("digest").asText();
    }
    return blob(layout, digest).getFileName().toString();
  }

  private static String manifestDigest(Path layout) throws IOException {
    return Workloads.JSON
        .readTree(layout.resolve("index.json").toFile())
        .at("/manifests/0/digest")
        .asText();
  }

  private static Path blob(Path layout, String digest) {
    return layout.resolve("blobs").resolve(digest.replace(':', '/'));
  }

  private static void onNode1(String command) {
    Script.run("node", "1", "sh", "-ec", command);
  }
}
