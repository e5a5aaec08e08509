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
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gateway wants a token: who has none is told, who has another's is told, and who has the right
 * one sees the pod run and the token nowhere.
 */
@Story(namespace = "private-gateway")
class PrivateGatewayE2E {
  private static final String NODES = "ipfs-tee-nodes";
  private static final String SYSTEM = "ipfs-tee-system";
  private static final String HOST = URI.create(Product.PRIVATE_GATEWAY).getAuthority();

  @AfterEach
  void putBackTheStoriesValues() {
    Product.upgrade();
  }

  @Test
  void theRightTokenOpensTheGatewayAndShowsNowhere(Cluster cluster, @TempDir Path directory) {
    Product.startPrivateGateway();
    Map<String, String> gateway =
        cluster.client().secrets().inNamespace("ipfs").withName("private-gateway").get().getData();
    String token = new String(decoded(gateway.get("token")), StandardCharsets.US_ASCII);
    // The administrator lists the gateway, with its authority; the token is a team's own.
    apply(cluster, SYSTEM, "private-gateway-ca", "Opaque", Map.of("ca.crt", gateway.get("ca.crt")));
    Product.upgrade(
        "gateways[2].url=" + Product.PRIVATE_GATEWAY,
        "gateways[2].caSecretName=private-gateway-ca",
        "gatewaySecrets.namespaces={" + cluster.namespace() + "}");
    String root = Product.publish(ImageLayout.neverSeen(directory), "--cid-version=1");

    cluster.apply(Workloads.image("web", root, Product.PRIVATE_GATEWAY));
    cluster.apply(Workloads.workloadOfImage("web", "web"));
    awaitReason(cluster, Reason.GATEWAY_ERROR, Kstatus.IN_PROGRESS, "401", "tokenSecretRef");

    cluster.apply(
        Workloads.image("web", root, Product.PRIVATE_GATEWAY)
            + "    tokenSecretRef: {name: our-account}\n");
    awaitReason(cluster, Reason.SECRET_NOT_FOUND, Kstatus.IN_PROGRESS, "our-account");

    token(cluster, "elsewhere.example", token);
    awaitReason(cluster, Reason.TOKEN_HOST_MISMATCH, Kstatus.FAILED, HOST);

    token(cluster, HOST, "not-the-token");
    awaitReason(cluster, Reason.GATEWAY_ERROR, Kstatus.IN_PROGRESS, "401");
    assertShownNowhere(cluster, "not-the-token");

    token(cluster, HOST, token);
    Await.imageReady(cluster, "web");
    Await.ready(cluster, "web");
    assertShownNowhere(cluster, token);

    IpfsImage image = cluster.image("web");
    assertThat(copies(cluster, image)).isNotEmpty();
    cluster.client().resource(cluster.workload("web")).delete();
    cluster.client().resource(image).delete();
    Await.until(() -> assertThat(copies(cluster, image)).isEmpty());
  }

  private static void token(Cluster cluster, String host, String token) {
    apply(
        cluster,
        cluster.namespace(),
        "our-account",
        "ipfstee.dev/token",
        Map.of("host", encoded(host), "token", encoded(token)));
  }

  private static void apply(
      Cluster cluster, String namespace, String name, String type, Map<String, String> data) {
    cluster
        .client()
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .withType(type)
                .withData(data)
                .build())
        .forceConflicts()
        .serverSideApply();
  }

  private static void awaitReason(
      Cluster cluster, Reason reason, Kstatus kstatus, String... words) {
    Await.until(
        () -> {
          IpfsImage image = cluster.image("web");
          assertThat(image.getStatus()).isNotNull();
          Condition ready = condition(image.getStatus().conditions(), ConditionTypes.READY);
          assertThat(ready.getReason()).as(ready.getMessage()).isEqualTo(reason.label());
          assertThat(ready.getMessage()).contains(words);
          assertThat(Kstatus.of(image)).isEqualTo(kstatus);
        });
  }

  /** The copies that fetches of the image were given. */
  private static List<Secret> copies(Cluster cluster, IpfsImage image) {
    return cluster
        .client()
        .secrets()
        .inNamespace(NODES)
        .withLabel("ipfstee.dev/image-uid", image.getMetadata().getUid())
        .list()
        .getItems();
  }

  private static void assertShownNowhere(Cluster cluster, String token) {
    StringBuilder shown = new StringBuilder();
    shown.append(Serialization.asYaml(cluster.images()));
    shown.append(Serialization.asYaml(cluster.fetchJobs()));
    for (String namespace : List.of(cluster.namespace(), NODES)) {
      shown.append(
          Serialization.asYaml(
              cluster.client().events().v1().events().inNamespace(namespace).list().getItems()));
    }
    for (String namespace : List.of(SYSTEM, NODES)) {
      List<Pod> pods = cluster.client().pods().inNamespace(namespace).list().getItems();
      shown.append(Serialization.asYaml(pods));
      for (Pod pod : pods) {
        shown.append(log(cluster, pod));
      }
    }
    // Seen from where it isn't, to be sure that one would see it.
    assertThat(shown)
        .contains("--gateway-token-file=" + HOST)
        .doesNotContain(token, encoded(token));
  }

  /** Empty for one that hasn't begun, or is gone already. */
  private static String log(Cluster cluster, Pod pod) {
    try {
      return cluster
          .client()
          .pods()
          .inNamespace(pod.getMetadata().getNamespace())
          .withName(pod.getMetadata().getName())
          .getLog();
    } catch (KubernetesClientException notThere) {
      return "";
    }
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] decoded(String base64) {
    return Base64.getDecoder().decode(base64);
  }
}
