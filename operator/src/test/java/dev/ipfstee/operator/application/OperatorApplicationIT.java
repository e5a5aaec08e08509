package dev.ipfstee.operator.application;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.IpfsImageSpec;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.operator.status.Conditions;
import dev.ipfstee.operator.testing.FetchedJob;
import dev.ipfstee.operator.testing.NodePrograms;
import dev.ipfstee.testing.ApiServer;
import dev.ipfstee.testing.Await;
import dev.ipfstee.testing.Kstatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged operator as the chart runs it: two processes in the profile of production, with the
 * chart's environment, configuration and rights, against a real API server. The tests play the
 * nodes, and the controllers of Kubernetes.
 */
class OperatorApplicationIT {
  private static final String CID = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
  private static final String OTHER = "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354";
  private static final String DIGEST = "sha256:" + "a".repeat(64);

  /** What the kubelet waits is 20 s; half of it must be enough. */
  private static final Duration ORDERLY_END = Duration.ofSeconds(10);

  @TempDir static Path directory;

  private static KubernetesClient client;
  private static InstalledChart chart;
  private static NodePrograms nodes;
  private static Replicas replicas;

  private String namespace;

  @BeforeAll
  static void install() throws IOException {
    ApiServer server = ApiServer.shared().withCrds();
    client = server.client();
    chart = InstalledChart.into(server, directory);
    nodes = new NodePrograms(client, chart.nodesNamespace());
    replicas = new Replicas(chart, nodes.port(), directory);
  }

  @AfterAll
  static void uninstall() throws IOException {
    if (replicas != null) {
      replicas.close();
      nodes.close();
    }
    if (chart != null) {
      chart.close();
    }
  }

  @BeforeEach
  void start() throws IOException {
    namespace = ApiServer.shared().newNamespace("team");
    replicas.complete();
  }

  @Test
  void oneLeadsAndBothAnswerWhatTheKubeletAsks() {
    assertThat(replicas.running()).hasSize(2);
    for (OperatorProcess replica : replicas.running()) {
      assertThat(chart.probes())
          .hasSize(3)
          .allSatisfy(path -> assertThat(replica.status(path)).as(path).isEqualTo(200));
    }
    assertThat(replicas.leader().body("/q/health/live")).contains("\"leads\": true");
    assertThat(replicas.standby().body("/q/health/live")).contains("\"leads\": false");
  }

  @Test
  void reconcilesBothKindsAndCountsThem() {
    create(image("agent"));
    create(workload("agent", OTHER));

    awaitReason("agent", IpfsImage.class, Reason.NO_SEED_NODE);
    awaitReason("agent", TeeWorkload.class, Reason.NO_SEED_NODE);

    Await.untilAsserted(
        "both are counted",
        () ->
            assertThat(replicas.leader().body("/q/metrics"))
                .containsPattern(
                    "(?m)^reconciliations_success_total\\{controller_name=\"ipfsimage\"\\} [1-9]")
                .containsPattern(
                    "(?m)^reconciliations_success_total\\{controller_name=\"teeworkload\"\\} [1-9]")
                .containsPattern(
                    "(?m)^ipfs_tee_objects\\{condition=\"Ready\",kind=\"TeeWorkload\",status=\"False\"\\}"
                        + " [1-9]"));
  }

  /** From the image to the pods, and to the next image, with no other rights than the chart's. */
  @Test
  void doesAllItsWorkWithTheRightsThatTheChartGrants() {
    nodes.join("one", chart.registry());
    create(workload("agent", CID));
    String image = awaitImage();

    succeed(nodes.awaitJob(namespace, image), CID);

    awaitDeployment(CID);
    awaitReason(image, IpfsImage.class, Reason.SUCCEEDED);
    awaitReason("agent", TeeWorkload.class, Reason.ROLLOUT_PROGRESSING);
    assertThat(events()).contains("FetchPending", "Succeeded", "RolloutProgressing");

    // The framework lets the one annotation through that it must see.
    client
        .resources(IpfsImage.class)
        .inNamespace(namespace)
        .withName(image)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"annotations\":{\"ipfstee.dev/reconcile-requested-at\":\"now\"}}}");
    Await.until(
        "the request is acted upon",
        () ->
            "now"
                .equals(
                    client
                        .resources(IpfsImage.class)
                        .inNamespace(namespace)
                        .withName(image)
                        .require()
                        .getStatus()
                        .lastHandledReconcileAt()));

    // Another image takes its place, and the first one is let go, with its Job.
    client.resource(workload("agent", OTHER)).forceConflicts().fieldManager("u").serverSideApply();
    String other =
        Await.value(
            "the other image is asked for",
            Duration.ofSeconds(30),
            () -> names().stream().filter(name -> !name.equals(image)).findFirst());
    succeed(nodes.awaitJob(namespace, other), OTHER);
    awaitDeployment(OTHER);
    Await.until("the first image is let go", () -> names().equals(List.of(other)));
    Await.until("its Job is removed", () -> nodes.jobs(namespace, image).isEmpty());

    // What a paused workload shows is written and taken back.
    pause(true);
    Await.until("the next Deployment is shown", () -> shown() != null);
    pause(false);
    Await.until("it is shown no more", () -> shown() == null);

    assertThat(replicas.logs())
        .filteredOn(line -> line.matches("(?i).*(forbidden|code=403).*"))
        .isEmpty();
    nodes.leave("one");
  }

  @Test
  void anotherReplicaTakesOverFromALeaderThatDies() {
    OperatorProcess standby = replicas.standby();

    replicas.leader().kill();

    // The lease of 15 s, and the standby's next look at it.
    assertThat(replicas.awaitLeader(standby)).isLessThan(Duration.ofSeconds(20));
    create(image("agent"));
    awaitReason("agent", IpfsImage.class, Reason.NO_SEED_NODE);
  }

  @Test
  void aLeaderThatIsStoppedHandsOverAtOnce() throws InterruptedException {
    OperatorProcess leader = replicas.leader();
    OperatorProcess standby = replicas.standby();

    leader.terminate();

    assertThat(leader.exitWithin(ORDERLY_END)).as(leader.log()).isIn(0, 143);
    assertThat(leader.log()).doesNotContain("ERROR").doesNotContain("failed to release");
    // Without a release, it would take the lease's 15 s.
    assertThat(replicas.awaitLeader(standby)).isLessThan(Duration.ofSeconds(8));
    create(image("agent"));
    awaitReason("agent", IpfsImage.class, Reason.NO_SEED_NODE);
  }

  @Test
  void theLastReplicaLeavesTheLeaseToNobody() throws InterruptedException {
    OperatorProcess leader = replicas.leader();
    OperatorProcess standby = replicas.standby();

    standby.terminate();
    assertThat(standby.exitWithin(ORDERLY_END)).isIn(0, 143);
    assertThat(replicas.lease().getSpec().getHolderIdentity()).isEqualTo(leader.name());
    leader.terminate();
    assertThat(leader.exitWithin(ORDERLY_END)).isIn(0, 143);

    assertThat(replicas.lease().getSpec().getHolderIdentity()).isEmpty();
  }

  @Test
  void aReplicaThatLosesTheLeaseEnds() throws InterruptedException {
    OperatorProcess leader = replicas.leader();

    Await.until("somebody else has the lease", () -> steal(replicas.lease()));

    assertThat(leader.exitWithin(ORDERLY_END)).isEqualTo(1);
    assertThat(leader.log()).contains("lost the leadership");
    assertThat(replicas.lease().getSpec().getHolderIdentity()).isEqualTo("thief");
  }

  @Test
  void aWrongConfigurationEndsTheStartWithASentence() throws IOException, InterruptedException {
    Path wrong =
        Files.writeString(
            directory.resolve("wrong.yaml"), chart.configuration() + "\ngatewais: []");

    OperatorProcess replica = replicas.start(Map.of("IPFS_TEE_CONFIG", wrong.toString()));

    assertThat(replica.exitWithin(Duration.ofSeconds(60))).isEqualTo(1);
    assertThat(replica.log())
        .contains("failed to use the configuration '" + wrong + "'")
        .contains("gatewais");
  }

  /** A holder that will not renew, so the next one can lead as soon as this lease has run out. */
  private static boolean steal(Lease lease) {
    client
        .resource(
            lease
                .edit()
                .editSpec()
                .withHolderIdentity("thief")
                .withRenewTime(ZonedDateTime.now(ZoneOffset.UTC))
                .endSpec()
                .build())
        .lockResourceVersion(lease.getMetadata().getResourceVersion())
        .update();
    return true;
  }

  private void create(HasMetadata object) {
    client.resource(object).create();
  }

  private IpfsImage image(String name) {
    IpfsImage image = new IpfsImage();
    image.getMetadata().setName(name);
    image.getMetadata().setNamespace(namespace);
    image.setSpec(IpfsImageSpec.of("ipfs://" + CID));
    return image;
  }

  private TeeWorkload workload(String name, String cid) {
    return Serialization.unmarshal(
        """
        apiVersion: ipfstee.dev/v1alpha1
        kind: TeeWorkload
        metadata: {name: %s, namespace: %s}
        spec:
          tee: {profile: none, requireConfidential: false}
          template:
            spec:
              containers: [{name: app, image: "ipfs://%s"}]
        """
            .formatted(name, namespace, cid),
        TeeWorkload.class);
  }

  private void pause(boolean paused) {
    client
        .resources(TeeWorkload.class)
        .inNamespace(namespace)
        .withName("agent")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":{\"paused\":%s}}".formatted(paused));
  }

  private ConfigMap shown() {
    return client.configMaps().inNamespace(namespace).withName("agent-next").get();
  }

  private List<String> names() {
    return client.resources(IpfsImage.class).inNamespace(namespace).list().getItems().stream()
        .map(image -> image.getMetadata().getName())
        .toList();
  }

  private String awaitImage() {
    Await.until("an IpfsImage is made", () -> names().size() == 1);
    return names().getFirst();
  }

  private static void succeed(FetchedJob fetch, String cid) {
    nodes.hold(fetch.node(), cid, DIGEST);
    fetch.succeed(cid, DIGEST);
  }

  private void awaitDeployment(String cid) {
    Await.untilAsserted(
        "a Deployment of " + cid,
        () ->
            assertThat(
                    client
                        .apps()
                        .deployments()
                        .inNamespace(namespace)
                        .withName("agent")
                        .require()
                        .getSpec()
                        .getTemplate()
                        .getSpec()
                        .getContainers()
                        .getFirst()
                        .getImage())
                .isEqualTo("localhost:5050/ipfs/" + cid + "@" + DIGEST));
  }

  private List<String> events() {
    return client.events().v1().events().inNamespace(namespace).list().getItems().stream()
        .map(event -> event.getReason())
        .toList();
  }

  private void awaitReason(String name, Class<? extends CustomResource<?, ?>> type, Reason reason) {
    Await.untilAsserted(
        "%s '%s' says %s".formatted(type.getSimpleName(), name, reason.label()),
        () -> {
          var object = client.resources(type).inNamespace(namespace).withName(name).require();
          List<Condition> conditions =
              object instanceof IpfsImage image
                  ? image.getStatus().conditions()
                  : ((TeeWorkload) object).getStatus().conditions();
          Condition ready = Conditions.find(conditions, ConditionTypes.READY).orElseThrow();
          assertThat(ready.getReason()).as(ready.getMessage()).isEqualTo(reason.label());
          assertThat(Kstatus.of(object))
              .isEqualTo(reason == Reason.SUCCEEDED ? Kstatus.CURRENT : Kstatus.IN_PROGRESS);
        });
  }
}
