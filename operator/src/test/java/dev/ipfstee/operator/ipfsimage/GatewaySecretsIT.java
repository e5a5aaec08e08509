package dev.ipfstee.operator.ipfsimage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.testing.FetchedJob;
import dev.ipfstee.testing.ApiServer;
import dev.ipfstee.testing.Await;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What becomes of the Secrets of gateways, on a real API server. */
class GatewaySecretsIT extends ReconciledImages {
  private static final String TYPE = "ipfstee.dev/token";
  private static final String HOST = "paid.example:8443";
  private static final String TOKEN = "s3cr3t-t0ken";

  /** The operator's requests about Secrets: method and path. */
  private final List<String> requests = new CopyOnWriteArrayList<>();

  /** One is enough. */
  @Override
  void joinNodes() {
    nodes.join("one-" + namespace);
  }

  @Override
  String gateways() {
    return "[{url: \"https://%s\"}, {url: \"https://listed.example\", tokenSecretName: listed}]"
        .formatted(HOST);
  }

  @Override
  KubernetesClient clientOfOperator() {
    return new KubernetesClientBuilder()
        .withConfig(ApiServer.shared().config())
        .withHttpClientBuilderConsumer(
            http ->
                http.addOrReplaceInterceptor(
                    "secrets",
                    new Interceptor() {
                      @Override
                      public void before(
                          BasicBuilder builder, HttpRequest request, RequestTags tags) {
                        if (request.uri().getPath().contains("/secrets")) {
                          requests.add(request.method() + " " + request.uri());
                        }
                      }
                    }))
        .build();
  }

  @Test
  void aTokenReachesTheFetchAsAFileAndNoOtherPlace() {
    secret(namespace, "gw", TYPE, Map.of("host", HOST, "token", TOKEN + "\n"));
    createWith("agent", "gw");

    FetchedJob fetch = nodes.awaitJob(namespace, "agent");
    assertThat(fetch.arguments())
        .contains("--gateway-token-file=" + HOST + "=/run/ipfs-tee/credentials/token-0");
    Secret copy = awaitCopy(fetch.name());
    assertThat(copy.getType()).isEqualTo("ipfstee.dev/fetch-credentials");
    assertThat(copy.getData()).isEqualTo(Map.of("token-0", base64(TOKEN)));
    assertThat(copy.getMetadata().getOwnerReferences())
        .singleElement()
        .satisfies(
            owner -> {
              assertThat(owner.getKind()).isEqualTo("Job");
              assertThat(owner.getName()).isEqualTo(fetch.name());
              assertThat(owner.getUid()).isEqualTo(job(fetch.name()).getMetadata().getUid());
            });

    succeed(fetch);

    awaitReady("agent", Reason.SUCCEEDED, Kstatus.CURRENT);
    String everything =
        Serialization.asYaml(get("agent"))
            + Serialization.asYaml(nodes.jobs(namespace, "agent"))
            + Serialization.asYaml(
                client.events().v1().events().inNamespace(namespace).list().getItems());
    assertThat(everything).contains("token-0").doesNotContain(TOKEN, base64(TOKEN));
  }

  @Test
  void secretsAreReadByNameAndOnlyWhileSomethingIsToBeFetched() {
    secret(namespace, "gw", TYPE, Map.of("host", HOST, "token", TOKEN));
    createWith("agent", "gw");
    FetchedJob fetch = nodes.awaitJob(namespace, "agent");
    succeed(fetch);
    awaitReady("agent", Reason.SUCCEEDED, Kstatus.CURRENT);

    String read = "GET .*/api/v1/namespaces/%s/secrets/gw".formatted(namespace);
    String written = "POST .*/api/v1/namespaces/%s/secrets(\\?.*)?".formatted(nodes.namespace());
    assertThat(requests).isNotEmpty().allMatch(r -> r.matches(read) || r.matches(written));
    assertThat(requests).anyMatch(r -> r.matches(written));

    // The image is everywhere: its token isn't needed, and its loss isn't even noticed.
    client.secrets().inNamespace(namespace).withName("gw").delete();
    int before = requests.size();
    patch("agent", "{\"spec\":{\"limits\":{\"maxLayers\":99}}}");
    Await.until("another pass", () -> get("agent").getStatus().observedGeneration() == 2L);
    awaitReady("agent", Reason.SUCCEEDED, Kstatus.CURRENT);
    assertThat(requests).hasSize(before);
  }

  @Test
  void whatIsWrongWithASecretIsToldAndCuredWithoutARestart() {
    secret(namespace, "opaque", "Opaque", Map.of("host", HOST, "token", TOKEN));
    secret(namespace, "elsewhere", TYPE, Map.of("host", "other.example", "token", TOKEN));
    createWith("missing", "missing");
    createWith("opaque", "opaque");
    createWith("elsewhere", "elsewhere");

    awaitReady("missing", Reason.SECRET_NOT_FOUND, Kstatus.IN_PROGRESS);
    awaitReady("opaque", Reason.SECRET_TYPE_MISMATCH, Kstatus.FAILED);
    IpfsImage refused = awaitReady("elsewhere", Reason.TOKEN_HOST_MISMATCH, Kstatus.FAILED);
    assertThat(message(refused))
        .contains("Secret '" + namespace + "/elsewhere'", "isn't '" + HOST + "'");
    for (String image : List.of("missing", "opaque", "elsewhere")) {
      assertThat(nodes.jobs(namespace, image)).isEmpty();
    }

    client.secrets().inNamespace(namespace).delete();
    for (String name : List.of("missing", "opaque", "elsewhere")) {
      secret(namespace, name, TYPE, Map.of("host", HOST, "token", TOKEN));
    }

    for (String image : List.of("missing", "opaque", "elsewhere")) {
      nodes.awaitJob(namespace, image);
    }
  }

  @Test
  void aChangedTokenEndsTheFetchWithTheOldOneAndBeginsAnother() {
    secret(namespace, "gw", TYPE, Map.of("host", HOST, "token", "old"));
    createWith("agent", "gw");
    FetchedJob old = nodes.awaitJob(namespace, "agent");
    awaitCopy(old.name());

    secret(namespace, "gw", TYPE, Map.of("host", HOST, "token", TOKEN));

    Await.until(
        "the old one is ended and another made",
        () ->
            nodes.jobs(namespace, "agent").stream()
                .map(job -> job.getMetadata().getName())
                .allMatch(name -> !name.equals(old.name())));
    FetchedJob next = nodes.awaitJob(namespace, "agent");
    assertThat(awaitCopy(next.name()).getData()).isEqualTo(Map.of("token-0", base64(TOKEN)));
  }

  /**
   * As if the operator had been killed between the two, or an earlier Secret had been in the way.
   */
  @Test
  void aFetchThatWaitsForItsSecretGetsIt() {
    secret(namespace, "gw", TYPE, Map.of("host", HOST, "token", TOKEN));
    createWith("agent", "gw");
    FetchedJob fetch = nodes.awaitJob(namespace, "agent");
    Secret first = awaitCopy(fetch.name());

    client.resource(first).delete();

    Await.until(
        "it has one again",
        () ->
            copy(fetch.name())
                .filter(copy -> !copy.getMetadata().getUid().equals(first.getMetadata().getUid()))
                .isPresent());
    assertThat(nodes.jobs(namespace, "agent")).hasSize(1);
  }

  @Test
  void theAdministratorsTokenIsUsedForWhoNamesNone() {
    create("agent");
    IpfsImage waiting = awaitReady("agent", Reason.SECRET_NOT_FOUND, Kstatus.IN_PROGRESS);
    assertThat(message(waiting)).contains("Secret '" + system + "/listed'");

    secret(system, "listed", TYPE, Map.of("host", "listed.example", "token", TOKEN));

    FetchedJob fetch = nodes.awaitJob(namespace, "agent");
    assertThat(fetch.arguments())
        .contains("--gateway-token-file=listed.example:443=/run/ipfs-tee/credentials/token-1");
    assertThat(awaitCopy(fetch.name()).getData()).isEqualTo(Map.of("token-1", base64(TOKEN)));
  }

  private Secret awaitCopy(String job) {
    return Await.value("the credentials of " + job, Duration.ofSeconds(30), () -> copy(job));
  }

  private Optional<Secret> copy(String job) {
    return Optional.ofNullable(client.secrets().inNamespace(nodes.namespace()).withName(job).get());
  }

  private Job job(String name) {
    return client.batch().v1().jobs().inNamespace(nodes.namespace()).withName(name).require();
  }

  private static void secret(String in, String name, String type, Map<String, String> data) {
    client
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace(in)
                .withName(name)
                .endMetadata()
                .withType(type)
                .withStringData(data)
                .build())
        .forceConflicts()
        .fieldManager("test")
        .serverSideApply();
  }

  /** With that Secret's token for the gateway. */
  private void createWith(String name, String secret) {
    create(
        name,
        "gateways: [{url: \"https://%s\", tokenSecretRef: {name: %s}}]".formatted(HOST, secret));
  }

  private IpfsImage awaitReady(String name, Reason reason, Kstatus kstatus) {
    return awaitReady(name, kstatus == Kstatus.CURRENT ? "True" : "False", reason, kstatus);
  }

  private static String message(IpfsImage image) {
    return conditionOf(image, ConditionTypes.READY).getMessage();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
