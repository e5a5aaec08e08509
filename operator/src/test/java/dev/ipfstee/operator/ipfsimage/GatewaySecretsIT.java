package dev.ipfstee.operator.ipfsimage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.config.ConfigFile;
import dev.ipfstee.operator.config.OperatorConfig;
import dev.ipfstee.operator.event.EventPublisher;
import dev.ipfstee.operator.leadership.Leadership;
import dev.ipfstee.operator.metrics.ConditionGauges;
import dev.ipfstee.operator.metrics.FetchMetrics;
import dev.ipfstee.operator.status.Conditions;
import dev.ipfstee.operator.testing.FetchedJob;
import dev.ipfstee.operator.testing.NodePrograms;
import dev.ipfstee.testing.ApiServer;
import dev.ipfstee.testing.Await;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.javaoperatorsdk.operator.Operator;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of the Secrets of gateways, on a real API server. */
class GatewaySecretsIT {
  private static final String CID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
  private static final String DIGEST = "sha256:" + "a".repeat(64);
  private static final String TYPE = "ipfstee.dev/token";
  private static final String HOST = "paid.example:8443";
  private static final String TOKEN = "s3cr3t-t0ken";

  private static KubernetesClient client;

  /** The operator's requests about Secrets: method and path. */
  private final List<String> requests = new CopyOnWriteArrayList<>();

  private String namespace;
  private String system;
  private NodePrograms nodes;
  private Operator operator;

  @BeforeAll
  static void connect() {
    client = ApiServer.shared().withCrds().client();
    client.resources(IpfsImage.class).inAnyNamespace().delete();
  }

  @BeforeEach
  void start() {
    namespace = ApiServer.shared().newNamespace("image");
    system = ApiServer.shared().newNamespace("system");
    nodes = new NodePrograms(client, ApiServer.shared().newNamespace("nodes"));
    nodes.join("one-" + namespace);
    OperatorConfig config =
        ConfigFile.parse(
            """
            namespaces: {nodes: %s, system: %s}
            fetcher:
              image: "localhost/fetcher@sha256:%s"
              attempts: {initialBackoff: 1s, maxBackoff: 2s}
            registry: {managementPort: %d, pollInterval: 1s}
            gateways:
              - {url: "https://%s"}
              - {url: "https://listed.example", tokenSecretName: listed}
            """
                .formatted(nodes.namespace(), system, "0".repeat(64), nodes.port(), HOST));
    KubernetesClient own =
        new KubernetesClientBuilder()
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
    operator = new Operator(overrider -> overrider.withKubernetesClient(own));
    operator.register(
        new IpfsImageReconciler(
            config,
            new EventPublisher(own, Clock.systemUTC(), "test"),
            new Leadership(),
            new ConditionGauges(new SimpleMeterRegistry()),
            new FetchMetrics(new SimpleMeterRegistry()),
            Clock.systemUTC()));
    operator.start();
  }

  @AfterEach
  void stop() {
    client.resources(IpfsImage.class).inNamespace(namespace).delete();
    operator.stop();
    nodes.close();
  }

  @Test
  void aTokenReachesTheFetchAsAFileAndNoOtherPlace() {
    secret(namespace, "gw", TYPE, Map.of("host", HOST, "token", TOKEN + "\n"));
    create("agent", "gw");

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

    nodes.hold(fetch.node(), CID, DIGEST);
    fetch.succeed(CID, DIGEST);

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
    create("agent", "gw");
    FetchedJob fetch = nodes.awaitJob(namespace, "agent");
    nodes.hold(fetch.node(), CID, DIGEST);
    fetch.succeed(CID, DIGEST);
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
    create("missing", "missing");
    create("opaque", "opaque");
    create("elsewhere", "elsewhere");

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
    create("agent", "gw");
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
    create("agent", "gw");
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
    create("agent", null);
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

  /** Without a Secret, an image of the administrator's list. */
  private void create(String name, String secret) {
    String gateways =
        secret == null
            ? ""
            : "gateways: [{url: \"https://%s\", tokenSecretRef: {name: %s}}]"
                .formatted(HOST, secret);
    client
        .resource(
            Serialization.unmarshal(
                """
                apiVersion: ipfstee.dev/v1alpha1
                kind: IpfsImage
                metadata: {name: %s, namespace: %s}
                spec:
                  source: {uri: "ipfs://%s"}
                  %s
                """
                    .formatted(name, namespace, CID, gateways),
                IpfsImage.class))
        .create();
  }

  private void patch(String name, String change) {
    client
        .resources(IpfsImage.class)
        .inNamespace(namespace)
        .withName(name)
        .patch(PatchContext.of(PatchType.JSON_MERGE), change);
  }

  private IpfsImage get(String name) {
    return client.resources(IpfsImage.class).inNamespace(namespace).withName(name).get();
  }

  private IpfsImage awaitReady(String name, Reason reason, Kstatus kstatus) {
    Await.untilAsserted(
        "Ready of %s is because of %s".formatted(name, reason.label()),
        () -> {
          IpfsImage image = get(name);
          Condition ready = ready(image);
          assertThat(ready.getReason()).as(ready.getMessage()).isEqualTo(reason.label());
          assertThat(Kstatus.of(image)).isEqualTo(kstatus);
        });
    return get(name);
  }

  private static String message(IpfsImage image) {
    return ready(image).getMessage();
  }

  private static Condition ready(IpfsImage image) {
    return Conditions.find(image.getStatus().conditions(), ConditionTypes.READY).orElseThrow();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
