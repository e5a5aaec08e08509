package dev.ipfstee.operator.leadership;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Who leads, as this replica sees it, and how leading ends.
 *
 * <p>The framework would answer the loss of leadership with {@code System.exit}, which waits for
 * ever when the loss is part of a shutdown: the exit waits for the shutdown and the shutdown for
 * the callback. So it's told not to, and this class does what remains: a replica that loses
 * leadership while it runs ends itself, and one that is stopped hands the lease over at once.
 */
@Singleton
public class Leadership {
  private static final Logger LOG = Logger.getLogger(Leadership.class);
  private static final Duration RELEASE = Duration.ofSeconds(3);

  private volatile boolean enabled;
  private volatile boolean leading;
  private volatile boolean stopping;
  private volatile Instant since = Instant.now();
  private volatile String leader;

  /** Whether replicas compete at all. */
  public boolean enabled() {
    return enabled;
  }

  /** Whether this replica may act; always so where no election takes place. */
  public boolean leads() {
    return !stopping && (leading || !enabled);
  }

  /** From when this replica may act: its election, or its start where no election takes place. */
  public Instant since() {
    return since;
  }

  /** Whose turn it is, as last seen; empty before anybody's. */
  public Optional<String> leader() {
    return Optional.ofNullable(leader);
  }

  LeaderCallbacks callbacks() {
    enabled = true;
    return new LeaderCallbacks(this::started, this::stopped, this::elected);
  }

  private void started() {
    since = Instant.now();
    leading = true;
  }

  private void stopped() {
    leading = false;
    if (!stopping) {
      LOG.error("lost the leadership: this replica ends, so that no two act at the same time");
      Quarkus.asyncExit(1);
    }
  }

  private void elected(String identity) {
    leader = identity;
  }

  /** Runs before the framework's own observer, which ends the election. */
  void stopping(@Observes @Priority(Interceptor.Priority.LIBRARY_BEFORE) ShutdownEvent event) {
    stopping = true;
  }

  /**
   * Runs after the framework's own observer, which has waited for what was being reconciled:
   * nothing of ours acts any more. It needs the client, so the framework mustn't close it
   * (close-client-on-stop).
   */
  void release(
      @Observes @Priority(Interceptor.Priority.LIBRARY_AFTER + 900) ShutdownEvent event,
      KubernetesClient client,
      LeaseSettings settings)
      throws InterruptedException {
    if (!enabled || !settings.identity().equals(leader)) {
      return;
    }
    // The client tries again and again where the API server doesn't answer; the end can't wait.
    Thread vacating =
        Thread.ofVirtual().name("lease-release").start(() -> vacate(client, settings));
    if (!vacating.join(RELEASE)) {
      LOG.warn("failed to release the lease in time; the next leader waits for its end");
    }
  }

  private static void vacate(KubernetesClient client, LeaseSettings settings) {
    try {
      client
          .leases()
          .inNamespace(settings.namespace())
          .withName(LeaseSettings.NAME)
          .edit(lease -> settings.identity().equals(holder(lease)) ? vacated(lease) : lease);
    } catch (RuntimeException e) {
      // A shutdown goes on, whatever happens.
      LOG.warnf(
          "failed to release the lease; the next leader waits for its end: %s", e.getMessage());
    }
  }

  private static String holder(Lease lease) {
    return lease.getSpec() == null ? null : lease.getSpec().getHolderIdentity();
  }

  private static Lease vacated(Lease lease) {
    return lease
        .edit()
        .editSpec()
        .withHolderIdentity("")
        .withLeaseDurationSeconds(1)
        .endSpec()
        .build();
  }
}
