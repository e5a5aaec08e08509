package dev.ipfstee.operator.health;

import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.RegisteredController;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Set;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** A watch that died and doesn't come back would leave a deaf operator: better a restarted one. */
@Liveness
@ApplicationScoped
public class InformersAlive implements HealthCheck {
  private final Operator operator;

  public InformersAlive(Operator operator) {
    this.operator = operator;
  }

  @Override
  public HealthCheckResponse call() {
    var response = HealthCheckResponse.named("informers");
    var info = operator.getRuntimeInfo();
    if (!info.isStarted()) {
      return response.up().withData("state", "starting").build();
    }
    boolean alive = true;
    for (RegisteredController<?> controller : info.getRegisteredControllers()) {
      Set<String> dead =
          controller
              .getControllerHealthInfo()
              .unhealthyInformerEventSourceHealthIndicators()
              .keySet();
      alive &= dead.isEmpty();
      response.withData(
          controller.getConfiguration().getName(), dead.isEmpty() ? "ok" : "dead: " + dead);
    }
    return response.status(alive).build();
  }
}
