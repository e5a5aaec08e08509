package dev.ipfstee.operator.metrics;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.api.reconciler.ResourceCache;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * How many objects of a kind are in which state: {@code ipfs_tee_objects{kind,condition,status}}.
 * One series per condition and status, however many objects there are.
 */
@Singleton
public class ConditionGauges {
  private static final List<String> CONDITIONS = List.of("Ready", "Reconciling", "Stalled");
  private static final List<String> STATUSES = List.of("True", "False");

  private final MeterRegistry meters;

  public ConditionGauges(MeterRegistry meters) {
    this.meters = meters;
  }

  /** Counts the objects in a cache from now on, at each scrape. */
  public <S, R extends CustomResource<?, S>> void watch(
      String kind, ResourceCache<R> cache, Function<S, List<Condition>> conditions) {
    for (String condition : CONDITIONS) {
      for (String status : STATUSES) {
        Gauge.builder(
                "ipfs.tee.objects", cache, objects -> count(objects, conditions, condition, status))
            .description("Objects by the status of a condition; an absent one counts as False.")
            .tag("kind", kind)
            .tag("condition", condition)
            .tag("status", status)
            .strongReference(true)
            .register(meters);
      }
    }
  }

  private static <S, R extends CustomResource<?, S>> double count(
      ResourceCache<R> cache, Function<S, List<Condition>> conditions, String type, String status) {
    boolean wanted = "True".equals(status);
    try (Stream<R> objects = cache.list()) {
      return objects
          .map(object -> object.getStatus())
          .map(known -> known == null ? List.<Condition>of() : conditions.apply(known))
          .filter(known -> wanted == isTrue(known, type))
          .count();
    }
  }

  private static boolean isTrue(List<Condition> conditions, String type) {
    return conditions.stream()
        .anyMatch(c -> type.equals(c.getType()) && "True".equals(c.getStatus()));
  }
}
