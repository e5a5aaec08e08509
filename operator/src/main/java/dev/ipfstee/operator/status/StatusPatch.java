package dev.ipfstee.operator.status;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The one write of a status per pass. Server-side apply wants the whole intent on a fresh object: a
 * copy of the cached one would claim the fields of others.
 */
public final class StatusPatch {
  private StatusPatch() {}

  /** What became of a status. */
  public enum Outcome {
    /** It was there already, or what was to be told is the end of the operator. */
    UNCHANGED,
    WRITTEN,
    /**
     * It was written, and speaks of a spec that had been changed meanwhile. The framework takes the
     * event of that change for the echo of this write and drops it
     * (operator-framework/java-operator-sdk#3398): without another pass the change would wait for
     * some other event.
     */
    OVERTAKEN;

    public boolean written() {
      return this != UNCHANGED;
    }

    /**
     * How the framework goes on after a pass.
     *
     * @param after when there is another one without any event; empty for the framework's interval
     */
    public <R extends HasMetadata> UpdateControl<R> control(Optional<Duration> after) {
      UpdateControl<R> control = UpdateControl.noUpdate();
      (this == OVERTAKEN ? Optional.of(Duration.ZERO) : after).ifPresent(control::rescheduleAfter);
      return control;
    }

    /** How the framework goes on after a pass that failed: with its own pauses, as a rule. */
    public <R extends HasMetadata> ErrorStatusUpdateControl<R> controlOfFailure() {
      ErrorStatusUpdateControl<R> control = ErrorStatusUpdateControl.noStatusUpdate();
      return this == OVERTAKEN ? control.rescheduleAfter(Duration.ZERO) : control;
    }
  }

  /**
   * Writes the status if it differs. Times need no special care: {@link Conditions} moves them only
   * when something else has changed. Nothing is written by a pass that is interrupted, because the
   * operator ends: its failures are no news of the object.
   *
   * @param current the object as this pass has read it
   * @param empty makes an object of the kind without any content
   */
  public static <S, R extends CustomResource<?, S>> Outcome write(
      Context<R> context, R current, S status, Supplier<R> empty) {
    if (Thread.currentThread().isInterrupted() || Objects.equals(current.getStatus(), status)) {
      return Outcome.UNCHANGED;
    }
    R fresh = empty.get();
    fresh.setMetadata(
        new ObjectMetaBuilder()
            .withName(current.getMetadata().getName())
            .withNamespace(current.getMetadata().getNamespace())
            .build());
    fresh.setStatus(status);
    R answer = context.resourceOperations().serverSideApplyPrimaryStatus(fresh);
    return sameRequest(current, answer) ? Outcome.WRITTEN : Outcome.OVERTAKEN;
  }

  /** People ask by the spec, and by annotations for another try. */
  private static boolean sameRequest(HasMetadata one, HasMetadata other) {
    return Objects.equals(one.getMetadata().getGeneration(), other.getMetadata().getGeneration())
        && Objects.equals(one.getMetadata().getAnnotations(), other.getMetadata().getAnnotations());
  }
}
