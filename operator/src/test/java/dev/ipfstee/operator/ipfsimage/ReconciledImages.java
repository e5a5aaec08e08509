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
import dev.ipfstee.operator.metrics.DesiredSetMetrics;
import dev.ipfstee.operator.metrics.FetchMetrics;
import dev.ipfstee.operator.metrics.ImageMetrics;
import dev.ipfstee.operator.status.Conditions;
import dev.ipfstee.operator.testing.BetweenReadAndWrite;
import dev.ipfstee.operator.testing.FetchedJob;
import dev.ipfstee.operator.testing.NodePrograms;
import dev.ipfstee.testing.ApiServer;
import dev.ipfstee.testing.Await;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/**
 * Images on a real API server, with the reconciler at work. The test plays the nodes with their
 * registries, and what becomes of the fetch Jobs.
 */
abstract class ReconciledImages {
  static final String CID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
  static final String DIGEST = "sha256:" + "a".repeat(64);

  static KubernetesClient client;

  /** How often anything was reconciled. */
  final AtomicInteger passes = new AtomicInteger();

  final BetweenReadAndWrite between = new BetweenReadAndWrite();

  SimpleMeterRegistry meters;
  String namespace;
  String system;
  NodePrograms nodes;
  Operator operator;
  String one;
  String two;

  @BeforeAll
  static void connect() {
    client = ApiServer.shared().withCrds().client();
    // What other tests have left would be fetched too.
    client.resources(IpfsImage.class).inAnyNamespace().delete();
  }

  /** Each test has nodes and an operator of its own. */
  @BeforeEach
  void start() {
    namespace = ApiServer.shared().newNamespace("image");
    system = ApiServer.shared().newNamespace("system");
    nodes = new NodePrograms(client, ApiServer.shared().newNamespace("nodes"));
    joinNodes();
    startOperator();
  }

  /** Two of them. */
  void joinNodes() {
    one = "one-" + namespace;
    two = "two-" + namespace;
    nodes.join(one);
    nodes.join(two);
  }

  /** The administrator's list. */
  String gateways() {
    return "[{url: \"https://gateway.example\"}]";
  }

  /** What the operator speaks to the API server by. */
  KubernetesClient clientOfOperator() {
    return between.client(ApiServer.shared().config());
  }

  /** How failed attempts are spaced: soon, so that tests see the next one. */
  String attempts() {
    return "{initialBackoff: 1s, maxBackoff: 2s}";
  }

  void startOperator() {
    OperatorConfig config =
        ConfigFile.parse(
            """
            namespaces: {nodes: %s, system: %s}
            fetcher:
              image: "localhost/fetcher@sha256:%s"
              attempts: %s
            registry: {managementPort: %d, pollInterval: 1s}
            gateways: %s
            """
                .formatted(
                    nodes.namespace(),
                    system,
                    "0".repeat(64),
                    attempts(),
                    nodes.port(),
                    gateways()));
    KubernetesClient own = clientOfOperator();
    meters = new SimpleMeterRegistry();
    operator = new Operator(overrider -> overrider.withKubernetesClient(own));
    operator.register(
        new IpfsImageReconciler(
            config,
            new EventPublisher(own, Clock.systemUTC(), "test"),
            new Leadership(),
            new ImageMetrics(
                new ConditionGauges(meters),
                new FetchMetrics(meters),
                new DesiredSetMetrics(meters)),
            Clock.systemUTC()) {
          @Override
          public UpdateControl<IpfsImage> reconcile(IpfsImage image, Context<IpfsImage> context) {
            try {
              return super.reconcile(image, context);
            } finally {
              passes.incrementAndGet();
            }
          }
        });
    operator.start();
  }

  @AfterEach
  void stop() {
    client.resources(IpfsImage.class).inNamespace(namespace).delete();
    operator.stop();
    nodes.close();
  }

  /** The fetch ends well, and the node's registry shows what it has brought. */
  void succeed(FetchedJob job) {
    nodes.hold(job.node(), CID, DIGEST);
    job.succeed(CID, DIGEST);
  }

  void fetchEverywhere(String name) {
    succeed(nodes.awaitJob(namespace, name));
    succeed(nodes.awaitJob(namespace, name));
  }

  void create(String name) {
    create(name, "");
  }

  void create(String name, String more) {
    create(name, CID, more);
  }

  void create(String name, String cid, String more) {
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
                    .formatted(name, namespace, cid, more),
                IpfsImage.class))
        .create();
  }

  void suspend(String name, boolean suspend) {
    patch(name, "{\"spec\":{\"suspend\":%s}}".formatted(suspend));
  }

  void patch(String name, String change) {
    client
        .resources(IpfsImage.class)
        .inNamespace(namespace)
        .withName(name)
        .patch(PatchContext.of(PatchType.JSON_MERGE), change);
  }

  IpfsImage get(String name) {
    return client.resources(IpfsImage.class).inNamespace(namespace).withName(name).get();
  }

  IpfsImage awaitReady(String name, String status, Reason reason, Kstatus kstatus) {
    Await.untilAsserted(
        "Ready is %s because of %s".formatted(status, reason.label()),
        () -> {
          IpfsImage image = get(name);
          Condition ready = conditionOf(image, ConditionTypes.READY);
          assertThat(ready.getReason()).as(ready.getMessage()).isEqualTo(reason.label());
          assertThat(ready.getStatus()).isEqualTo(status);
          assertThat(image.getStatus().observedGeneration())
              .isEqualTo(image.getMetadata().getGeneration());
          assertThat(Kstatus.of(image)).isEqualTo(kstatus);
        });
    return get(name);
  }

  static Condition conditionOf(IpfsImage image, String type) {
    return Conditions.find(image.getStatus().conditions(), type).orElseThrow();
  }

  /** One without a registry. */
  static void addNode(String name) {
    client
        .resource(new NodeBuilder().withNewMetadata().withName(name).endMetadata().build())
        .create();
  }
}
