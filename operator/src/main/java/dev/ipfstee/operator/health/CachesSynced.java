package dev.ipfstee.operator.health;

import io.javaoperatorsdk.operator.Operator;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Startup;

/** Started once all caches have been filled; a standby replica gets there too. */
@Startup
@ApplicationScoped
public class CachesSynced implements HealthCheck {
  private final Operator operator;

  public CachesSynced(Operator operator) {
    this.operator = operator;
  }

  @Override
  public HealthCheckResponse call() {
    return HealthCheckResponse.named("caches")
        .status(operator.getRuntimeInfo().isStarted())
        .build();
  }
}
