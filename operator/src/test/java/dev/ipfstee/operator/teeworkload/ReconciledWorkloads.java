package dev.ipfstee.operator.teeworkload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.IpfsImageStatus;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.operator.config.ConfigFile;
import dev.ipfstee.operator.event.EventPublisher;
import dev.ipfstee.operator.metrics.ConditionGauges;
import dev.ipfstee.operator.status.Conditions;
import dev.ipfstee.operator.testing.BetweenReadAndWrite;
import dev.ipfstee.testing.ApiServer;
import dev.ipfstee.testing.Await;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.node.v1.RuntimeClassBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/**
 * Workloads on a real API server, with the reconciler at work. The test plays the IpfsImage
 * controller, the Deployment controller and the garbage collector, of which there are none.
 */
abstract class ReconciledWorkloads {
  static final String FIRST = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
  static final String SECOND = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354";

  static final Map<String, String> SNP = Map.of("amd.feature.node.kubernetes.io/snp", "true");

  /** How often the workloads of each namespace were reconciled. */
  static final Map<String, Integer> PASSES = new ConcurrentHashMap<>();

  static final BetweenReadAndWrite BETWEEN = new BetweenReadAndWrite();

  static KubernetesClient client;
  static Operator operator;

  String namespace;

  @BeforeAll
  static void start() {
    ApiServer server = ApiServer.shared().withCrds();
    client = server.client();
    apply(node("snp-a", SNP, false));
    runtimeClass("kata-qemu-snp");
    startOperator();
  }

  static void startOperator() {
    KubernetesClient own = BETWEEN.client(ApiServer.shared().config());
    operator = new Operator(overrider -> overrider.withKubernetesClient(own));
    operator.register(
        new TeeWorkloadReconciler(
            own,
            ConfigFile.parse(
                """
                fetcher: {image: "localhost/fetcher@sha256:%s"}
                gateways: [{url: "https://gateway.example"}]
                profiles:
                  snp: {pull: Host}
                  guest: {mode: PodVM, pull: Guest, runtimeClassName: kata-qemu-snp}
                  lonely: {mode: NodeVM, nodeSelectorTerms: [{example.org/never: "true"}]}
                """
                    .formatted("0".repeat(64))),
            new EventPublisher(own, Clock.systemUTC(), "test"),
            new ConditionGauges(new SimpleMeterRegistry()),
            Clock.systemUTC()) {
          @Override
          public UpdateControl<TeeWorkload> reconcile(
              TeeWorkload workload, Context<TeeWorkload> context) {
            try {
              return super.reconcile(workload, context);
            } finally {
              PASSES.merge(workload.getMetadata().getNamespace(), 1, Integer::sum);
            }
          }
        });
    operator.start();
  }

  @AfterAll
  static void stop() {
    operator.stop();
  }

  @BeforeEach
  void namespace() {
    namespace = ApiServer.shared().newNamespace("workload");
  }

  static String template(String cid) {
    return template("ipfs://" + cid, "app");
  }

  static String template(String image, String container) {
    return """
    tee: {profile: snp}
    template:
      metadata: {labels: {app: agent}}
      spec:
        containers: [{name: %s, image: "%s"}]
    """
        .formatted(container, image);
  }

  void create(String name, String spec) {
    client.resource(workload(name, spec)).create();
  }

  void change(String name, String spec) {
    TeeWorkload changed = workload(name, spec);
    client.resource(changed).forceConflicts().fieldManager("user").serverSideApply();
  }

  /** What isn't written isn't said either, not even as its default. */
  void applyAsWritten(String name, String spec) {
    apply(Serialization.unmarshal(yaml(name, spec), GenericKubernetesResource.class));
  }

  TeeWorkload workload(String name, String spec) {
    return Serialization.unmarshal(yaml(name, spec), TeeWorkload.class);
  }

  private String yaml(String name, String spec) {
    return """
    apiVersion: ipfstee.dev/v1alpha1
    kind: TeeWorkload
    metadata: {name: %s, namespace: %s}
    spec:
    """
            .formatted(name, namespace)
        + spec.indent(2);
  }

  static void apply(HasMetadata object) {
    client.resource(object).forceConflicts().serverSideApply();
  }

  static Node node(String name, Map<String, String> labels, boolean unschedulable) {
    return new NodeBuilder()
        .withNewMetadata()
        .withName(name)
        .withLabels(labels)
        .endMetadata()
        .withNewSpec()
        .withUnschedulable(unschedulable)
        .endSpec()
        .build();
  }

  static void runtimeClass(String name) {
    apply(
        new RuntimeClassBuilder()
            .withNewMetadata()
            .withName(name)
            .endMetadata()
            .withHandler("qemu-snp")
            .build());
  }

  IpfsImage image(String cid) {
    return client
        .resources(IpfsImage.class)
        .inNamespace(namespace)
        .withName(Fixtures.nameOf("ipfs://" + cid))
        .get();
  }

  IpfsImage awaitImage(String cid) {
    Await.untilAsserted(
        "an owned IpfsImage for " + cid,
        () -> assertThat(image(cid).getMetadata().getOwnerReferences()).isNotEmpty());
    return image(cid);
  }

  static String reference(String cid) {
    return "localhost:5050/ipfs/" + cid + "@sha256:" + "a".repeat(64);
  }

  void verify(String cid) {
    List<Condition> conditions =
        new Conditions(List.of(), 1L, Clock.systemUTC())
            .isTrue(ConditionTypes.VERIFIED, Reason.VERIFIED, "verified")
            .summary(Reason.DISTRIBUTED, "everywhere")
            .build();
    status(
        cid,
        new IpfsImageStatus(
            1L,
            cid,
            "OciLayout",
            "sha256:" + "a".repeat(64),
            null,
            reference(cid),
            null,
            null,
            null,
            null,
            conditions));
  }

  void fail(String cid, Reason reason, String message) {
    status(
        cid,
        new IpfsImageStatus(
            1L,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            new Conditions(List.of(), 1L, Clock.systemUTC()).summary(reason, message).build()));
  }

  void status(String cid, IpfsImageStatus status) {
    Await.untilAsserted(
        "the status of the IpfsImage is written",
        () -> {
          IpfsImage image = image(cid);
          image.setStatus(status);
          client.resource(image).updateStatus();
        });
  }

  Deployment deployment(String name) {
    return client.apps().deployments().inNamespace(namespace).withName(name).get();
  }

  Deployment awaitDeployment(String name, String cid) {
    Await.untilAsserted(
        "a Deployment of " + cid,
        () ->
            assertThat(
                    deployment(name)
                        .getSpec()
                        .getTemplate()
                        .getSpec()
                        .getContainers()
                        .getFirst()
                        .getImage())
                .isEqualTo(reference(cid)));
    return deployment(name);
  }

  /** As the Deployment controller would, when all pods run. */
  void rollOut(String name) {
    Deployment deployment = deployment(name);
    status(
        name,
        """
        observedGeneration: %d
        replicas: %2$d
        readyReplicas: %2$d
        updatedReplicas: %2$d
        availableReplicas: %2$d
        conditions:
        - type: Available
          status: "True"
          lastTransitionTime: "2026-01-01T00:00:00Z"
          lastUpdateTime: "2026-01-01T00:00:00Z"
        """
            .formatted(
                deployment.getMetadata().getGeneration(), deployment.getSpec().getReplicas()));
  }

  void status(String name, String status) {
    Await.untilAsserted(
        "the status of the Deployment is written",
        () -> {
          Deployment deployment = deployment(name);
          deployment.setStatus(Serialization.unmarshal(status, DeploymentStatus.class));
          client.resource(deployment).updateStatus();
        });
  }

  TeeWorkload get(String name) {
    return client.resources(TeeWorkload.class).inNamespace(namespace).withName(name).get();
  }

  TeeWorkload awaitReady(String name, String status, Reason reason, Kstatus kstatus) {
    Await.untilAsserted(
        "Ready is %s because of %s".formatted(status, reason.label()),
        () -> {
          TeeWorkload workload = get(name);
          Condition ready = conditionOf(workload, ConditionTypes.READY);
          assertThat(ready.getReason()).as(ready.getMessage()).isEqualTo(reason.label());
          assertThat(ready.getStatus()).isEqualTo(status);
          assertThat(workload.getStatus().observedGeneration())
              .isEqualTo(workload.getMetadata().getGeneration());
          assertThat(Kstatus.of(workload)).isEqualTo(kstatus);
        });
    return get(name);
  }

  TeeWorkload awaitMessage(String name, String part) {
    Await.untilAsserted(
        "Ready says " + part,
        () -> assertThat(conditionOf(get(name), ConditionTypes.READY).getMessage()).contains(part));
    return get(name);
  }

  static Condition conditionOf(TeeWorkload workload, String type) {
    return Conditions.find(workload.getStatus().conditions(), type).orElseThrow();
  }
}
