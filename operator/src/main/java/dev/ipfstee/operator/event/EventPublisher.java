package dev.ipfstee.operator.event;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.kubernetes.InputHash;
import dev.ipfstee.operator.kubernetes.ManagedLabels;
import dev.ipfstee.operator.status.Conditions;
import dev.ipfstee.operator.status.StatusPatch;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Tells users what happened, as events of events.k8s.io/v1. An event is news: it's sent when the
 * reason of Ready changes, never once per pass. A lost event is logged and no error.
 */
public final class EventPublisher {
  private static final Logger LOG = Logger.getLogger(EventPublisher.class);

  /** Limit of the API for a note, in bytes; cut by characters well below it. */
  private static final int MAX_NOTE = 1000;

  /** The only form of time that the API takes here: six digits of a second. */
  private static final DateTimeFormatter MICRO_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private static final Set<Reason.Next> AS_WANTED =
      Set.of(Reason.Next.NOTHING, Reason.Next.WAITING, Reason.Next.ON_HOLD);

  private final KubernetesClient client;
  private final Clock clock;
  private final String instance;

  /**
   * @param instance which replica speaks, as the name of its pod
   */
  public EventPublisher(KubernetesClient client, Clock clock, String instance) {
    this.client = client;
    this.clock = clock;
    this.instance = instance;
  }

  /** Writes a status if it differs, and sends an event if the reason of Ready does. */
  public <S, R extends CustomResource<?, S>> StatusPatch.Outcome report(
      Context<R> context,
      R current,
      S status,
      Supplier<R> empty,
      Function<S, List<Condition>> conditions) {
    StatusPatch.Outcome outcome = StatusPatch.write(context, current, status, empty);
    if (outcome.written()) {
      List<Condition> before =
          current.getStatus() == null ? List.of() : conditions.apply(current.getStatus());
      readyChanged(current, before, conditions.apply(status));
    }
    return outcome;
  }

  /**
   * Reports on a pass that failed, but not on the first one: a broken connection is made good by
   * the next pass, seconds later, and would only make Ready flicker.
   */
  public <S, R extends CustomResource<?, S>> ErrorStatusUpdateControl<R> reportFailure(
      Context<R> context,
      R current,
      S status,
      Supplier<R> empty,
      Function<S, List<Condition>> conditions) {
    boolean again = context.getRetryInfo().filter(retry -> retry.getAttemptCount() > 0).isPresent();
    StatusPatch.Outcome outcome =
        again ? report(context, current, status, empty, conditions) : StatusPatch.Outcome.UNCHANGED;
    return outcome.controlOfFailure();
  }

  /** Sends an event if the reason of Ready differs between the two lists of conditions. */
  public void readyChanged(HasMetadata regarding, List<Condition> before, List<Condition> after) {
    Condition ready = Conditions.find(after, ConditionTypes.READY).orElse(null);
    if (ready == null || ready.getReason().equals(reasonOf(before))) {
      return;
    }
    boolean bad =
        Reason.of(ready.getReason())
            .map(Reason::next)
            .filter(next -> !AS_WANTED.contains(next))
            .isPresent();
    publish(regarding, bad ? "Warning" : "Normal", ready.getReason(), ready.getMessage());
  }

  /** Warns of something about an object that isn't one of our kinds; each call is an event. */
  public void warn(HasMetadata regarding, Reason reason, String note) {
    publish(regarding, "Warning", reason.label(), note);
  }

  private static String reasonOf(List<Condition> conditions) {
    return Conditions.find(conditions, ConditionTypes.READY).map(Condition::getReason).orElse(null);
  }

  private void publish(HasMetadata regarding, String type, String reason, String note) {
    Event event = event(regarding, type, reason, note);
    try {
      client
          .events()
          .v1()
          .events()
          .inNamespace(event.getMetadata().getNamespace())
          .resource(event)
          .create();
    } catch (KubernetesClientException e) {
      LOG.warnf("failed to send the event %s: %s", reason, e.getMessage());
    }
  }

  private Event event(HasMetadata regarding, String type, String reason, String note) {
    String name = regarding.getMetadata().getName();
    String time = MICRO_TIME.format(clock.instant());
    return new EventBuilder()
        .withNewMetadata()
        .withName(eventName(name, reason, time))
        .withNamespace(regarding.getMetadata().getNamespace())
        .endMetadata()
        .withEventTime(new MicroTime(time))
        .withReportingController(ManagedLabels.OPERATOR)
        .withReportingInstance(instance)
        .withAction("Reconcile")
        .withType(type)
        .withReason(reason)
        .withNote(cutToBytes(note))
        .withNewRegarding()
        .withApiVersion(regarding.getApiVersion())
        .withKind(regarding.getKind())
        .withName(name)
        .withNamespace(regarding.getMetadata().getNamespace())
        .withUid(regarding.getMetadata().getUid())
        .endRegarding()
        .build();
  }

  private String eventName(String name, String reason, String time) {
    String prefix = name.length() <= 200 ? name : name.substring(0, 200);
    return prefix + "." + InputHash.of(name, reason, time, instance);
  }

  /** At most {@link #MAX_NOTE} bytes of UTF-8, never half a character. */
  static String cutToBytes(String note) {
    StringBuilder cut = new StringBuilder();
    int bytes = 0;
    for (int i = 0; i < note.length(); ) {
      int character = note.codePointAt(i);
      bytes += character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
      if (bytes > MAX_NOTE) {
        return cut + "…";
      }
      cut.appendCodePoint(character);
      i += Character.charCount(character);
    }
    return cut.toString();
  }
}
