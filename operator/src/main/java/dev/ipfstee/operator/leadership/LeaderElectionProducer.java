package dev.ipfstee.operator.leadership;

import dev.ipfstee.operator.config.OperatorConfig;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Makes the framework elect a leader, in production. */
@ApplicationScoped
public class LeaderElectionProducer {
  /**
   * {@link Leadership} ends the process instead. The framework's builder lets itself be told only
   * by the method that it means for tests; {@code withExitOnStopLeading} throws.
   */
  private static final boolean EXIT_ON_STOP_LEADING = false;

  @Produces
  @Singleton
  LeaseSettings lease(
      OperatorConfig config, @ConfigProperty(name = "hostname") Optional<String> pod) {
    return new LeaseSettings(
        config.namespaces().system(), pod.orElseGet(() -> UUID.randomUUID().toString()));
  }

  @Produces
  @Singleton
  LeaderElectionConfiguration election(LeaseSettings lease, Leadership leadership) {
    return LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(LeaseSettings.NAME)
        .withLeaseNamespace(lease.namespace())
        .withIdentity(lease.identity())
        .withLeaseDuration(LeaseSettings.DURATION)
        .withRenewDeadline(LeaseSettings.RENEW_DEADLINE)
        .withRetryPeriod(LeaseSettings.RETRY_PERIOD)
        .withLeaderCallbacks(leadership.callbacks())
        .buildForTest(EXIT_ON_STOP_LEADING);
  }
}
