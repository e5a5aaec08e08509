package dev.ipfstee.operator.application;

import dev.ipfstee.operator.leadership.LeaseSettings;
import dev.ipfstee.testing.ApiServer;
import dev.ipfstee.testing.Await;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The operator's Deployment: replicas as the chart wants them, started again when they have ended.
 */
final class Replicas implements AutoCloseable {
  /** A start takes seconds; on a busy machine with two processors, more of them. */
  private static final Duration START = Duration.ofMinutes(2);

  /** Until the lease has run out, and the others have looked at it. */
  private static final Duration ELECTION = Duration.ofSeconds(30);

  private final InstalledChart chart;
  private final Path directory;
  private final Map<String, String> environment;
  private final List<OperatorProcess> all = new ArrayList<>();

  /**
   * @param managementPort of the node registries, which can't all have the chart's on one machine
   */
  Replicas(InstalledChart chart, int managementPort, Path directory) throws IOException {
    this.chart = chart;
    this.directory = directory;
    this.environment = new HashMap<>(chart.environment());
    Path config =
        Files.writeString(
            directory.resolve("config.yaml"),
            chart
                .configuration()
                .replace(
                    "managementPort: 8081",
                    "managementPort: " + managementPort + "\n  pollInterval: 1s"));
    environment.put("IPFS_TEE_CONFIG", config.toString());
    environment.put("KUBECONFIG", chart.kubeconfig().toString());
  }

  /** Starts one, with the chart's environment changed by {@code overrides}. */
  OperatorProcess start(Map<String, String> overrides) throws IOException {
    Map<String, String> own = new HashMap<>(environment);
    own.putAll(overrides);
    OperatorProcess replica =
        OperatorProcess.start("ipfs-tee-operator-" + all.size(), own, directory);
    all.add(replica);
    return replica;
  }

  /** Waits until so many run, are ready, and one of them leads; starts what is missing. */
  void complete(int count) throws IOException {
    while (running().size() < count) {
      start(Map.of());
    }
    List<OperatorProcess> wanted = running();
    boolean up =
        Await.value(
            "%d replicas are started, and one leads".formatted(count),
            START,
            () ->
                wanted.stream().allMatch(OperatorProcess::alive)
                    ? Optional.of(true).filter(alive -> started(wanted))
                    : Optional.of(false));
    if (!up) {
      throw new AssertionError("a replica has ended:\n" + String.join("\n", logs()));
    }
  }

  private boolean started(List<OperatorProcess> replicas) {
    return replicas.stream().allMatch(replica -> replica.status("/q/health/started") == 200)
        && holder().flatMap(this::named).isPresent();
  }

  OperatorProcess leader() {
    return named(holder().orElseThrow()).orElseThrow();
  }

  OperatorProcess standby() {
    String holder = holder().orElseThrow();
    return running().stream().filter(r -> !r.name().equals(holder)).findFirst().orElseThrow();
  }

  /** Waits until this one leads, and hands back for how long that took. */
  Duration awaitLeader(OperatorProcess replica) {
    long start = System.nanoTime();
    Await.value(replica.name() + " leads", ELECTION, () -> holder().filter(replica.name()::equals));
    return Duration.ofNanos(System.nanoTime() - start);
  }

  Lease lease() {
    return ApiServer.shared()
        .client()
        .leases()
        .inNamespace(chart.systemNamespace())
        .withName(LeaseSettings.NAME)
        .get();
  }

  private Optional<String> holder() {
    return Optional.ofNullable(lease())
        .map(lease -> lease.getSpec().getHolderIdentity())
        .filter(holder -> !holder.isEmpty());
  }

  private Optional<OperatorProcess> named(String name) {
    return running().stream().filter(replica -> replica.name().equals(name)).findFirst();
  }

  List<OperatorProcess> running() {
    return all.stream().filter(OperatorProcess::alive).toList();
  }

  /** All that any of them has ever written. */
  List<String> logs() {
    return all.stream().flatMap(replica -> replica.log().lines()).toList();
  }

  /** What they wrote of rights that they lack; a field that is immutable is another matter. */
  List<String> refusals() {
    return logs().stream()
        .filter(line -> line.matches("(?i).*(forbidden|code=403).*"))
        .filter(line -> !line.contains("Forbidden: field is immutable"))
        .toList();
  }

  @Override
  public void close() {
    all.forEach(OperatorProcess::kill);
  }
}
