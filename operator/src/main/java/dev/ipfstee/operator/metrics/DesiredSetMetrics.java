package dev.ipfstee.operator.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToDoubleFunction;

/** What the nodes are told to keep, as the replica that leads has told them. */
@Singleton
public class DesiredSetMetrics {
  private final AtomicReference<Shown> shown = new AtomicReference<>(new Shown(0, 0, 0));
  private final AtomicReference<Instant> written = new AtomicReference<>(Instant.EPOCH);
  private final Counter failures;

  private record Shown(int bytes, int images, int omitted) {}

  public DesiredSetMetrics(MeterRegistry meters) {
    gauge(meters, "bytes", "Size of the desired set, gzipped.", shown, Shown::bytes);
    gauge(meters, "images", "Images that the nodes are told of.", shown, Shown::images);
    gauge(
        meters,
        "images.omitted",
        "Images that found no room; no node sweeps its store while there are any.",
        shown,
        Shown::omitted);
    gauge(
        meters,
        "written.timestamp.seconds",
        "When this replica wrote last, in seconds since 1970; 0 if it hasn't.",
        written,
        Instant::getEpochSecond);
    failures =
        Counter.builder("ipfs.tee.desired.write.failures")
            .description("Tries to write the desired set, or to look at it, that failed.")
            .register(meters);
  }

  private static <T> void gauge(
      MeterRegistry meters,
      String name,
      String description,
      AtomicReference<T> state,
      ToDoubleFunction<T> value) {
    Gauge.builder("ipfs.tee.desired." + name, state, s -> value.applyAsDouble(s.get()))
        .description(description)
        .register(meters);
  }

  /** What the nodes can read now. */
  public void shown(int bytes, int images, int omitted) {
    shown.set(new Shown(bytes, images, omitted));
  }

  /** It was another one before. */
  public void written(Instant now) {
    written.set(now);
  }

  /** The nodes go on with what they were told before. */
  public void failed() {
    failures.increment();
  }
}
