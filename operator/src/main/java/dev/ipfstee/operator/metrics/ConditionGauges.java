package dev.ipfstee.operator.metrics;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.api.reconciler.ResourceCache;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * How many objects of a kind are in which state: {@code ipfs_tee_objects{kind,condition,status}};
 * and for how long the one that waits longest hasn't been ready. One series per condition and
 * status, however many objects there are.
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
    Gauge.builder(
            "ipfs.tee.objects.not.ready.seconds", cache, objects -> oldest(objects, conditions))
        .description(
            "How long the object that waits longest hasn't been Ready; those on hold don't count.")
        .tag("kind", kind)
        .strongReference(true)
        .register(meters);
  }

  private <S, R extends CustomResource<?, S>> double oldest(
      ResourceCache<R> cache, Function<S, List<Condition>> conditions) {
    Instant now = Instant.ofEpochMilli(meters.config().clock().wallTime());
    try (Stream<R> objects = cache.list()) {
      return objects
          .flatMap(object -> notReadySince(object, conditions).stream())
          .mapToLong(since -> Math.max(0, Duration.between(since, now).toSeconds()))
          .max()
          .orElse(0);
    }
  }

  /** Empty for one that is ready, or not ready because somebody wants it so. */
  private static <S, R extends CustomResource<?, S>> Optional<Instant> notReadySince(
      R object, Function<S, List<Condition>> conditions) {
    Optional<Condition> ready = Conditions.find(of(object, conditions), ConditionTypes.READY);
    boolean fine =
        ready.filter(c -> "True".equals(c.getStatus()) || onHold(c.getReason())).isPresent();
    return fine
        ? Optional.empty()
        : Optional.of(
            Instant.parse(
                ready
                    .map(Condition::getLastTransitionTime)
                    .orElseGet(() -> object.getMetadata().getCreationTimestamp())));
  }

  private static boolean onHold(String reason) {
    return Reason.of(reason).filter(known -> known.next() == Reason.Next.ON_HOLD).isPresent();
  }

  private static <S, R extends CustomResource<?, S>> double count(
      ResourceCache<R> cache, Function<S, List<Condition>> conditions, String type, String status) {
    boolean wanted = "True".equals(status);
    try (Stream<R> objects = cache.list()) {
      return objects
          .filter(object -> wanted == Conditions.isTrue(of(object, conditions), type))
          .count();
    }
  }

  private static <S, R extends CustomResource<?, S>> List<Condition> of(
      R object, Function<S, List<Condition>> conditions) {
    return object.getStatus() == null ? List.of() : conditions.apply(object.getStatus());
  }
}
