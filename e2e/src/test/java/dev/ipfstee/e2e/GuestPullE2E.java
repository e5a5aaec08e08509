package dev.ipfstee.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ipfstee.e2e.harness.Await;
import dev.ipfstee.e2e.harness.Busybox;
import dev.ipfstee.e2e.harness.Cluster;
import dev.ipfstee.e2e.harness.ImageLayout;
import dev.ipfstee.e2e.harness.PodOnNode;
import dev.ipfstee.e2e.harness.PodOnNode.Answer;
import dev.ipfstee.e2e.harness.Product;
import dev.ipfstee.e2e.harness.Registries;
import dev.ipfstee.e2e.harness.Script;
import dev.ipfstee.e2e.harness.Story;
import dev.ipfstee.e2e.harness.Workloads;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A guest that pulls by itself, from the network of its pod: it reaches the registry of its own
 * node by a name of the cluster, and trusts nothing but the authority that it was given.
 */
@Story(namespace = "guests")
class GuestPullE2E {
  private static final String NODES = "ipfs-tee-nodes";
  private static final String SECRET = "node-registry-tls";
  private static final String HOST = "node-registry.ipfs-tee-nodes.svc";
  private static final String OUTSIDE = "guests-outside";
  private static final String MANIFESTS =
      "ipfstee_registry_requests_total{code=\"200\",kind=\"manifests\",method=\"GET\"}";

  private static Cluster outside;

  @BeforeAll
  static void settle(Cluster cluster) {
    outside = Cluster.emptyNamespace(cluster.client(), OUTSIDE);
    for (Cluster where : List.of(cluster, outside)) {
      where.apply(Busybox.pod("guest", "node1", Busybox.RESTRICTED, "sleep, 1d"));
      Await.until(() -> assertThat(Readiness.isPodReady(guest(where))).isTrue());
    }
  }

  @AfterAll
  static void leave(Cluster cluster) {
    Product.upgrade();
    cluster.client().secrets().inNamespace(NODES).withName(SECRET).delete();
    cluster.client().namespaces().withName(OUTSIDE).delete();
  }

  @Test
  void pullsFromItsOwnNodeWithACertificateThatIsRenewed(Cluster cluster, @TempDir Path directory)
      throws Exception {
    String authority = certify(cluster, Files.createDirectory(directory.resolve("first")));
    Product.upgrade(
        "registry.tls.secretName=" + SECRET,
        "networkPolicy.guestPeers[0].namespaceSelector.matchLabels.kubernetes\\.io/metadata\\.name="
            + cluster.namespace());
    String root = Product.publish(ImageLayout.hello(), "--cid-version=1", "--raw-leaves");
    cluster.apply(Workloads.image("hello", root, Product.HONEST_GATEWAY));
    String digest = Await.imageReady(cluster, "hello").getStatus().digest();
    String manifest = "/v2/ipfs/%s/manifests/%s".formatted(root, digest);
    String service = service(cluster);
    PodOnNode guest = PodOnNode.of(guest(cluster));
    List<String> pods =
        Registries.of(cluster).stream().map(pod -> pod.getMetadata().getUid()).toList();

    Map<String, Double> before = manifestsServed(cluster);
    for (int i = 0; i < 10; i++) {
      assertThat(guest.sha256(authority, HOST, service, manifest))
          .isEqualTo(digest.replace("sha256:", ""));
    }
    Map<String, Double> after = manifestsServed(cluster);
    assertThat(after.get("node1")).isEqualTo(before.get("node1") + 10);
    assertThat(after.get("node2")).isEqualTo(before.get("node2"));

    List<String> all =
        Registries.of(cluster).stream().map(pod -> pod.getStatus().getPodIP() + ":5443").toList();
    assertThat(guest.dial(all)).allSatisfy(GuestPullE2E::connects);
    assertThat(PodOnNode.of(guest(outside)).dial(all)).allSatisfy(GuestPullE2E::isSilent);

    String renewed = certify(cluster, Files.createDirectory(directory.resolve("second")));
    Await.until(
        () ->
            assertThat(guest.sha256(renewed, HOST, service, manifest))
                .isEqualTo(digest.replace("sha256:", "")));
    assertThatThrownBy(() -> guest.sha256(authority, HOST, service, manifest))
        .hasMessageContaining("SSL certificate problem");
    assertThat(Registries.of(cluster))
        .extracting(pod -> pod.getMetadata().getUid())
        .isEqualTo(pods);
  }

  /** Puts a new certificate where the registries look for it, and returns who vouches for it. */
  private static String certify(Cluster cluster, Path directory) throws IOException {
    Script.command(
        List.of(Script.CHECKOUT.resolve("e2e/certificate").toString(), directory.toString(), HOST));
    cluster
        .client()
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName(SECRET)
                .withNamespace(NODES)
                .endMetadata()
                .withType("kubernetes.io/tls")
                .addToStringData("tls.crt", Files.readString(directory.resolve("tls.crt")))
                .addToStringData("tls.key", Files.readString(directory.resolve("tls.key")))
                .build())
        .serverSideApply();
    return Files.readString(directory.resolve("ca.crt"));
  }

  private static Pod guest(Cluster cluster) {
    return cluster.client().pods().inNamespace(cluster.namespace()).withName("guest").get();
  }

  private static String service(Cluster cluster) {
    return cluster
        .client()
        .services()
        .inNamespace(NODES)
        .withName("node-registry")
        .get()
        .getSpec()
        .getClusterIP();
  }

  /** How many manifests the registry of each node has given so far, by the name of the node. */
  private static Map<String, Double> manifestsServed(Cluster cluster) {
    return Registries.of(cluster).stream()
        .collect(
            Collectors.toMap(
                pod -> pod.getSpec().getNodeName(),
                registry -> Registries.metric(registry, MANIFESTS),
                (one, other) -> one,
                TreeMap::new));
  }

  private static void connects(String target, Answer answer) {
    assertThat(answer).as(target).isEqualTo(Answer.CONNECTED);
  }

  private static void isSilent(String target, Answer answer) {
    assertThat(answer).as(target).isEqualTo(Answer.SILENCE);
  }
}
