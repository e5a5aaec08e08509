package dev.ipfstee.operator.application;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.status.Conditions;
import dev.ipfstee.operator.testing.FetchedJob;
import dev.ipfstee.operator.testing.NodePrograms;
import dev.ipfstee.testing.ApiServer;
import dev.ipfstee.testing.Await;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A token in the hands of the packaged operator, which logs all that it can and has no other rights
 * than the chart's.
 */
class GatewayTokenIT {
  private static final String CID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
  private static final String DIGEST = "sha256:" + "a".repeat(64);
  private static final String HOST = "paid.example:8443";
  private static final String TOKEN = "s3cr3t-t0ken";

  private final KubernetesClient client = ApiServer.shared().withCrds().client();

  @TempDir Path directory;
  private InstalledChart chart;
  private NodePrograms nodes;
  private Replicas replicas;

  @AfterEach
  void uninstall() throws IOException {
    if (replicas != null) {
      replicas.close();
      nodes.close();
    }
    if (chart != null) {
      chart.close();
    }
  }

  @Test
  void isReadOnlyWhereTheAdministratorSaysAndShownNowhere() throws IOException {
    String open = ApiServer.shared().newNamespace("open");
    String closed = ApiServer.shared().newNamespace("closed");
    chart =
        InstalledChart.into(
            ApiServer.shared(),
            directory,
            "operator.logLevel=TRACE",
            "gateways[1].url=https://" + HOST,
            "gatewaySecrets.namespaces={" + open + "}");
    nodes = new NodePrograms(client, chart.nodesNamespace());
    nodes.join("one", chart.registry());
    replicas = new Replicas(chart, nodes.port(), directory);
    replicas.complete(1);
    create(open);
    create(closed);

    awaitReason(closed, Reason.SECRET_FORBIDDEN);
    FetchedJob first = nodes.awaitJob(open, "agent");
    Await.until(
        "the fetch has its credentials",
        () -> client.secrets().inNamespace(nodes.namespace()).withName(first.name()).get() != null);
    // What a fetcher would say that didn't know better.
    first.fail(12, "GatewayError", "failed to fetch: gateway " + HOST + ": it answered 401");
    awaitReason(open, Reason.GATEWAY_ERROR);
    FetchedJob second = nodes.awaitJob(open, "agent");
    nodes.hold(second.node(), CID, DIGEST);
    second.succeed(CID, DIGEST);
    awaitReason(open, Reason.SUCCEEDED);

    assertThat(replicas.logs()).anyMatch(line -> line.contains("DEBUG"));
    String shown =
        String.join("\n", replicas.logs())
            + replicas.leader().body("/q/metrics")
            + Serialization.asYaml(client.resources(IpfsImage.class).inNamespace(open).list())
            + Serialization.asYaml(client.resources(IpfsImage.class).inNamespace(closed).list())
            + Serialization.asYaml(nodes.jobs(open, "agent"))
            + Serialization.asYaml(client.pods().inNamespace(nodes.namespace()).list())
            + Serialization.asYaml(client.events().v1().events().inNamespace(open).list())
            + Serialization.asYaml(client.events().v1().events().inNamespace(closed).list());
    String base64 = Base64.getEncoder().encodeToString(TOKEN.getBytes(StandardCharsets.US_ASCII));
    assertThat(shown).contains("--gateway-token-file=" + HOST).doesNotContain(TOKEN, base64);
  }

  private void create(String namespace) {
    client
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("gw")
                .endMetadata()
                .withType("ipfstee.dev/token")
                .withStringData(Map.of("host", HOST, "token", TOKEN))
                .build())
        .create();
    client
        .resource(
            Serialization.unmarshal(
                """
                apiVersion: ipfstee.dev/v1alpha1
                kind: IpfsImage
                metadata: {name: agent, namespace: %s}
                spec:
                  source: {uri: "ipfs://%s"}
                  gateways: [{url: "https://%s", tokenSecretRef: {name: gw}}]
                """
                    .formatted(namespace, CID, HOST),
                IpfsImage.class))
        .create();
  }

  private void awaitReason(String namespace, Reason reason) {
    Await.untilAsserted(
        "it says " + reason.label(),
        () -> {
          IpfsImage image =
              client.resources(IpfsImage.class).inNamespace(namespace).withName("agent").require();
          Condition ready =
              Conditions.find(image.getStatus().conditions(), ConditionTypes.READY).orElseThrow();
          assertThat(ready.getReason()).as(ready.getMessage()).isEqualTo(reason.label());
        });
  }
}
