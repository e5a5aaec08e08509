package dev.ipfstee.operator.status;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.Reason;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Builds the conditions of one status. The generation is stamped on each, the transition time moves
 * only when the status of a condition does, and what isn't set again is gone: so the abnormal ones
 * (Reconciling, Stalled) exist only while they are true.
 */
public final class Conditions {
  /** Longest message, in characters; the API's own limit is 32768. */
  private static final int MAX_MESSAGE = 2048;

  /** The three values of a condition's status. */
  public enum Status {
    TRUE("True"),
    FALSE("False"),
    UNKNOWN("Unknown");

    private final String text;

    Status(String text) {
      this.text = text;
    }
  }

  private final List<Condition> previous;
  private final Long generation;
  private final Clock clock;
  private final Map<String, Condition> conditions = new LinkedHashMap<>();

  /**
   * @param previous the conditions as they are in the object now
   * @param generation the generation of the spec that is spoken of
   */
  public Conditions(List<Condition> previous, Long generation, Clock clock) {
    this.previous = List.copyOf(previous);
    this.generation = generation;
    this.clock = clock;
  }

  /** Sets one condition; a second call for a type replaces the first. */
  public Conditions set(String type, Status status, Reason reason, String message) {
    String transition =
        find(previous, type)
            .filter(before -> before.getStatus().equals(status.text))
            .map(Condition::getLastTransitionTime)
            .orElseGet(() -> clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    conditions.put(
        type,
        new ConditionBuilder()
            .withType(type)
            .withStatus(status.text)
            .withReason(reason.label())
            .withMessage(cut(message))
            .withObservedGeneration(generation)
            .withLastTransitionTime(transition)
            .build());
    return this;
  }

  public Conditions isTrue(String type, Reason reason, String message) {
    return set(type, Status.TRUE, reason, message);
  }

  public Conditions isFalse(String type, Reason reason, String message) {
    return set(type, Status.FALSE, reason, message);
  }

  public Conditions isUnknown(String type, Reason reason, String message) {
    return set(type, Status.UNKNOWN, reason, message);
  }

  /**
   * Sets Ready, and with it Reconciling or Stalled, as the reason demands; so the three can't
   * contradict each other.
   */
  public Conditions summary(Reason reason, String message) {
    return ReadySummary.of(reason).set(this, reason, message);
  }

  /** In the order in which the types were set first. */
  public List<Condition> build() {
    return List.copyOf(conditions.values());
  }

  /** The condition of that type. */
  public static Optional<Condition> find(List<Condition> conditions, String type) {
    return conditions.stream().filter(condition -> type.equals(condition.getType())).findFirst();
  }

  /** Whether the condition of that type is there and True. */
  public static boolean isTrue(List<Condition> conditions, String type) {
    return find(conditions, type).filter(found -> "True".equals(found.getStatus())).isPresent();
  }

  /** The reason that Ready gives; empty when Ready is not there or its reason is not known. */
  public static Optional<Reason> readyReason(List<Condition> conditions) {
    return find(conditions, ConditionTypes.READY).map(Condition::getReason).flatMap(Reason::of);
  }

  private static String cut(String message) {
    return message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE - 1) + "…";
  }
}
