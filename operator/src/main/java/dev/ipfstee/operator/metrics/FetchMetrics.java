package dev.ipfstee.operator.metrics;

import dev.ipfstee.api.v1alpha1.Reason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;

/**
 * What fetches came to. The series are bounded by the reasons and by the administrator's list of
 * gateways; docs/metrics.md says what they mean.
 */
@Singleton
public class FetchMetrics {
  /** From an image that is almost there to the default deadline of 30 min. */
  private static final Duration[] DURATIONS =
      List.of(5, 15, 30, 60, 120, 300, 600, 1800, 3600).stream()
          .map(Duration::ofSeconds)
          .toArray(Duration[]::new);

  private final MeterRegistry meters;

  public FetchMetrics(MeterRegistry meters) {
    this.meters = meters;
  }

  /**
   * Shows what alerts ask for, at zero: Prometheus sees no increase in what begins with its first
   * count.
   *
   * @param gateways as {@link #gateway} will name them
   */
  public void begin(List<String> gateways) {
    fetches(Reason.SUCCEEDED);
    fetches(Reason.DISK_FULL);
    gateways.forEach(gateway -> gateway(gateway, 0, 0, 0));
  }

  /** Counts one that has come to its end. */
  public void finished(Reason reason, Duration took) {
    fetches(reason).increment();
    Timer.builder("ipfs.tee.fetch.duration")
        .description("From the start of a fetch Job to its end.")
        .tag("outcome", outcome(reason))
        .serviceLevelObjectives(DURATIONS)
        .register(meters)
        .record(took);
  }

  /** Counts what a gateway had a part in. */
  public void gateway(String gateway, long bytes, long wrongBlocks, long errors) {
    count("bytes", "Body bytes that finished fetches received.", gateway, bytes);
    count(
        "wrong.blocks",
        "Blocks that weren't what their CID promises; each such gateway was dropped for the run.",
        gateway,
        wrongBlocks);
    count("errors", "Requests of finished fetches that failed.", gateway, errors);
  }

  private Counter fetches(Reason reason) {
    return Counter.builder("ipfs.tee.fetches")
        .description("Fetch Jobs that have ended, each counted once, by the replica that led then.")
        .tag("outcome", outcome(reason))
        .tag("reason", reason.label())
        .register(meters);
  }

  private void count(String name, String description, String gateway, long amount) {
    Counter.builder("ipfs.tee.gateway." + name)
        .description(description)
        .tag("gateway", gateway)
        .register(meters)
        .increment((double) Math.max(0, amount));
  }

  private static String outcome(Reason reason) {
    return reason == Reason.SUCCEEDED ? "succeeded" : "failed";
  }
}
