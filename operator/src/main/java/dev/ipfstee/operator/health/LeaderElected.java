package dev.ipfstee.operator.health;

import dev.ipfstee.operator.leadership.Leadership;
import dev.ipfstee.operator.leadership.LeaseSettings;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;

/**
 * An election can get stuck after a long outage of the API server, with no replica leading. A
 * restart cures it: so a replica is dead when nobody has renewed the lease for minutes, although
 * the API server answers.
 */
@Liveness
@ApplicationScoped
public class LeaderElected implements HealthCheck {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Leadership leadership;
  private final LeaseSettings settings;
  private final KubernetesClient client;
  private final Clock clock;

  public LeaderElected(
      Leadership leadership, LeaseSettings settings, KubernetesClient client, Clock clock) {
    this.leadership = leadership;
    this.settings = settings;
    this.client = client;
    this.clock = clock;
  }

  @Override
  public HealthCheckResponse call() {
    HealthCheckResponseBuilder response = HealthCheckResponse.named("leader");
    response.withData("leads", leadership.leads());
    if (!leadership.enabled() || leadership.leads()) {
      return response.up().build();
    }
    return response.status(!stale()).build();
  }

  private boolean stale() {
    try {
      Lease lease =
          client.leases().inNamespace(settings.namespace()).withName(LeaseSettings.NAME).get();
      return lease != null
          && lease.getSpec() != null
          && lease.getSpec().getRenewTime() != null
          && lease.getSpec().getRenewTime().toInstant().isBefore(clock.instant().minus(PATIENCE));
    } catch (KubernetesClientException e) {
      // Without the API server nobody can lead, and a restart wouldn't help.
      return false;
    }
  }
}
