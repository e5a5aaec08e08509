package dev.ipfstee.operator.metrics;

import dev.ipfstee.operator.leadership.Leadership;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** What this replica is: its release, and whether it leads. */
@Singleton
public class ProcessMetrics implements MeterBinder {
  private final Leadership leadership;
  private final String version;

  public ProcessMetrics(
      Leadership leadership, @ConfigProperty(name = "quarkus.application.version") String version) {
    this.leadership = leadership;
    this.version = version;
  }

  @Override
  public void bindTo(MeterRegistry meters) {
    Gauge.builder("ipfs.tee.leader", leadership, leads -> leads.leads() ? 1 : 0)
        .description("1 on the replica that leads, 0 on the others.")
        .register(meters);
    Gauge.builder("ipfs.tee.build.info", () -> 1)
        .description("Always 1; the label is the release.")
        .tag("version", version)
        .register(meters);
  }
}
