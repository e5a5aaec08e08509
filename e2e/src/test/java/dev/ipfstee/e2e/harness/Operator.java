package dev.ipfstee.e2e.harness;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The operator's replicas, as one who pulls their plug sees them. */
public final class Operator {
  private static final String NAMESPACE = "ipfs-tee-system";
  private static final int KILLED = 128 + 9;

  private final KubernetesClient client;

  public Operator(Cluster cluster) {
    client = cluster.client();
  }

  /**
   * Kills whichever replica leads, by {@code kill -9}, until every one of them was killed while it
   * led; and waits until all run again and one leads.
   */
  public void killEachLeader() {
    Set<String> replicas = new HashSet<>();
    replicas().forEach(pod -> replicas.add(pod.getMetadata().getName()));
    assertThat(replicas).hasSizeGreaterThan(1);
    Set<String> killed = new HashSet<>();
    while (!killed.equals(replicas)) {
      String leader = awaitLeader();
      kill(leader);
      killed.add(leader);
    }
    awaitLeader();
    Await.until(() -> assertThat(replicas()).allSatisfy(Operator::assertReady));
  }

  /** Returns the replica that holds the lease, and whose process has renewed it. */
  private String awaitLeader() {
    Await.until(
        () -> {
          String leader = holder();
          var running = status(leader).getState().getRunning();
          assertThat(running).as("%s runs", leader).isNotNull();
          assertThat(lease().getSpec().getRenewTime().toInstant())
              .isAfter(Instant.parse(running.getStartedAt()));
        });
    return holder();
  }

  private void kill(String replica) {
    ContainerStatus before = status(replica);
    Script.run(
        "node",
        nodeOf(replica).replaceFirst("^node", ""),
        "ctr",
        "--namespace=k8s.io",
        "tasks",
        "kill",
        "--signal=SIGKILL",
        before.getContainerID().replaceFirst("^containerd://", ""));
    Await.until(
        () -> {
          ContainerStatus now = status(replica);
          assertThat(now.getRestartCount()).isGreaterThan(before.getRestartCount());
          assertThat(now.getLastState().getTerminated().getExitCode()).isEqualTo(KILLED);
        });
  }

  private List<Pod> replicas() {
    return client
        .pods()
        .inNamespace(NAMESPACE)
        .withLabel("app.kubernetes.io/component", "operator")
        .list()
        .getItems()
        .stream()
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .toList();
  }

  private Lease lease() {
    return client.leases().inNamespace(NAMESPACE).withName("ipfs-tee-operator").get();
  }

  private String holder() {
    return lease().getSpec().getHolderIdentity();
  }

  private String nodeOf(String replica) {
    return client.pods().inNamespace(NAMESPACE).withName(replica).get().getSpec().getNodeName();
  }

  private ContainerStatus status(String replica) {
    return client
        .pods()
        .inNamespace(NAMESPACE)
        .withName(replica)
        .get()
        .getStatus()
        .getContainerStatuses()
        .getFirst();
  }

  private static void assertReady(Pod pod) {
    assertThat(pod.getStatus().getContainerStatuses())
        .as(pod.getMetadata().getName())
        .allSatisfy(container -> assertThat(container.getReady()).isTrue());
  }
}
