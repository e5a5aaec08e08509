package dev.ipfstee.operator.application;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.operator.testing.NodePrograms;
import dev.ipfstee.testing.ApiServer;
import dev.ipfstee.testing.Await;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetricsV2;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Map;
import java.util.Set;
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

  /** What the kubelet waits is 20 s; half of it must be enough. */
  private static final Duration ORDERLY_END = Duration.ofSeconds(10);

  @TempDir static Path directory;

  private static KubernetesClient client;
  private static InstalledChart chart;
  private static NodePrograms nodes;
  private static Replicas replicas;

  private Team team;

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
    team = new Team(client, nodes, ApiServer.shared().newNamespace("team"));
    replicas.complete(2);
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
    team.create(team.image("agent", CID));
    team.create(team.workload("agent", OTHER));

    team.awaitReason("agent", IpfsImage.class, Reason.NO_SEED_NODE);
    team.awaitReason("agent", TeeWorkload.class, Reason.NO_SEED_NODE);

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

    team.livesThrough(CID, OTHER);

    Set<String> shown = ExposedMetrics.in(replicas.leader().body("/q/metrics"));
    // Not there before something fails.
    shown.add(MicrometerMetricsV2.RECONCILIATIONS_FAILED.replace('.', '_'));
    shown.add(MicrometerMetricsV2.RECONCILIATIONS_RETRIES_NUMBER.replace('.', '_'));
    Set<String> documented = ExposedMetrics.documented("Operator");
    assertThat(ExposedMetrics.unexplained(shown, documented)).as("in no row of docs").isEmpty();
    assertThat(ExposedMetrics.unknown(shown, documented)).as("in docs only").isEmpty();

    assertThat(replicas.refusals()).isEmpty();
    RightsInUse rights = chart.rights();
    assertThat(rights.forbidden()).isEmpty();
    assertThat(rights.unused())
        .as("rights that the chart grants although the operator never asks for them")
        .isEqualTo(RightsInUse.UNASKED.keySet());
    nodes.leave("one");
  }

  @Test
  void fetchesAreCountedOnceAndByTheLeaderAlone() {
    nodes.join("two", chart.registry());
    team.create(team.image("agent", CID));
    nodes.awaitJob(team.namespace(), "agent").lie("gateway.example", 3);

    String failed = "ipfs_tee_fetches_total{outcome=\"failed\",reason=\"BlockMismatch\"} 1.0";
    String blocks = "ipfs_tee_gateway_wrong_blocks_total{gateway=\"gateway.example\"} 3.0";
    OperatorProcess leader = replicas.leader();
    OperatorProcess standby = replicas.standby();
    Await.untilAsserted(
        "the leader counts it",
        () -> assertThat(leader.body("/q/metrics")).contains(failed, blocks));
    assertThat(leader.body("/q/metrics")).contains("ipfs_tee_leader 1.0");
    assertThat(standby.body("/q/metrics")).contains("ipfs_tee_leader 0.0").doesNotContain(failed);

    leader.kill();
    replicas.awaitLeader(standby);
    // Another one, so that the new leader is seen to have looked at both.
    team.create(team.image("other", OTHER));
    nodes.awaitJob(team.namespace(), "other").lie("elsewhere.example", 1);
    Await.untilAsserted(
        "the next leader counts what came after",
        () ->
            assertThat(standby.body("/q/metrics"))
                .contains(failed, "wrong_blocks_total{gateway=\"other\"} 1.0")
                .contains("wrong_blocks_total{gateway=\"gateway.example\"} 0.0"));
    nodes.leave("two");
  }

  @Test
  void anotherReplicaTakesOverFromALeaderThatDies() {
    OperatorProcess standby = replicas.standby();

    replicas.leader().kill();

    // The lease of 15 s, and the standby's next look at it.
    assertThat(replicas.awaitLeader(standby)).isLessThan(Duration.ofSeconds(20));
    team.create(team.image("agent", CID));
    team.awaitReason("agent", IpfsImage.class, Reason.NO_SEED_NODE);
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
    team.create(team.image("agent", CID));
    team.awaitReason("agent", IpfsImage.class, Reason.NO_SEED_NODE);
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
}
