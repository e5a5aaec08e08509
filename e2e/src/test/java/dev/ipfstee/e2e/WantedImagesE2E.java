package dev.ipfstee.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.e2e.harness.Await;
import dev.ipfstee.e2e.harness.Cluster;
import dev.ipfstee.e2e.harness.ImageLayout;
import dev.ipfstee.e2e.harness.Product;
import dev.ipfstee.e2e.harness.Registries;
import dev.ipfstee.e2e.harness.Story;
import dev.ipfstee.e2e.harness.Workloads;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes know which images are wanted and who holds them, without a word to the API server. */
@Story(namespace = "wanted")
class WantedImagesE2E {
  private static final String NODES = "ipfs-tee-nodes";

  @Test
  void theNodesAreToldOfAnImageAndItsHoldersUntilItIsDeleted(
      Cluster cluster, @TempDir Path directory) {
    List<Pod> registries = Registries.of(cluster);
    String root = Product.publish(ImageLayout.neverSeen(directory), "--cid-version=1");
    cluster.apply(Workloads.image("agent", root, Product.HONEST_GATEWAY));
    String digest = Await.imageReady(cluster, "agent").getStatus().digest();
    String[] addresses =
        registries.stream().map(pod -> pod.getStatus().getPodIP()).toArray(String[]::new);

    Await.until(
        () ->
            assertThat(holders(told(cluster)).get(root + "@" + digest))
                .containsExactlyInAnyOrder(addresses));
    awaitRead(cluster, registries);

    Await.gone(
        cluster
            .client()
            .resources(IpfsImage.class)
            .inNamespace(cluster.namespace())
            .withName("agent"));

    Await.until(() -> assertThat(holders(told(cluster))).doesNotContainKey(root + "@" + digest));
    awaitRead(cluster, registries);
    assertThat(uids(Registries.of(cluster)))
        .as("no registry is restarted for it")
        .isEqualTo(uids(registries));
  }

  @Test
  void itComesBackAndGoesWithTheRegistries(Cluster cluster) {
    Await.until(() -> assertThat(map(cluster)).isNotNull());
    String uid = map(cluster).getMetadata().getUid();

    cluster.client().resource(map(cluster)).delete();

    Await.until(() -> assertThat(map(cluster).getMetadata().getUid()).isNotEqualTo(uid));
    assertThat(map(cluster).getMetadata().getOwnerReferences())
        .extracting(OwnerReference::getUid)
        .containsExactly(
            cluster
                .client()
                .apps()
                .daemonSets()
                .inNamespace(NODES)
                .withName("node-registry")
                .get()
                .getMetadata()
                .getUid());
  }

  /** Waits until each registry has read as many images as there are. */
  private static void awaitRead(Cluster cluster, List<Pod> registries) {
    hurry(cluster, registries);
    Await.until(
        () -> {
          JsonNode told = told(cluster);
          assertThat(told.get("complete").asBoolean()).isTrue();
          for (Pod registry : registries) {
            assertThat(Registries.metric(registry, "ipfstee_registry_desired_complete")).isOne();
            assertThat(Registries.metric(registry, "ipfstee_registry_desired_images"))
                .isEqualTo(told.get("images").size());
          }
        });
  }

  /** A kubelet looks at the volumes of a pod that has changed, and else about every minute. */
  private static void hurry(Cluster cluster, List<Pod> registries) {
    for (Pod registry : registries) {
      cluster
          .client()
          .pods()
          .inNamespace(NODES)
          .withName(registry.getMetadata().getName())
          .patch(
              "{\"metadata\":{\"annotations\":{\"example.com/looked-at\":\"%s\"}}}"
                  .formatted(UUID.randomUUID()));
    }
  }

  private static Map<String, List<String>> holders(JsonNode told) {
    return StreamSupport.stream(told.get("images").spliterator(), false)
        .collect(
            Collectors.toMap(
                image -> image.get("cid").asText() + "@" + image.path("digest").asText(),
                image ->
                    StreamSupport.stream(image.get("holders").spliterator(), false)
                        .map(JsonNode::asText)
                        .toList()));
  }

  private static JsonNode told(Cluster cluster) {
    byte[] bytes = Base64.getDecoder().decode(map(cluster).getBinaryData().get("desired.json.gz"));
    try (GZIPInputStream json = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      return Workloads.JSON.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ConfigMap map(Cluster cluster) {
    return cluster.client().configMaps().inNamespace(NODES).withName("node-registry-desired").get();
  }

  private static List<String> uids(List<Pod> registries) {
    return registries.stream().map(pod -> pod.getMetadata().getUid()).toList();
  }
}
