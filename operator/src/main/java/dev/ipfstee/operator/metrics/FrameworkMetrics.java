package dev.ipfstee.operator.metrics;

import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetricsV2;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.Unremovable;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/**
 * What the framework counts about reconciliations: how many, how long, how many failed, how many
 * wait. Its extension has a producer for this too, but that one is asked before it was given the
 * registry, and hands out a dummy.
 */
@Singleton
public class FrameworkMetrics {

  /** Per controller, never per object: series must not grow with what users make. */
  @Produces
  @Singleton
  @Unremovable
  Metrics metrics(MeterRegistry meters) {
    return MicrometerMetricsV2.newBuilder(meters).build();
  }
}
