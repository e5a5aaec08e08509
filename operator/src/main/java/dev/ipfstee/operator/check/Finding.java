package dev.ipfstee.operator.check;

import dev.ipfstee.api.v1alpha1.Reason;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * What a check has found.
 *
 * @param message one sentence that names the field or object, what was expected and what to do
 */
public record Finding(Reason reason, String message, Next next) {
  public Finding {
    Objects.requireNonNull(reason);
    Objects.requireNonNull(message);
    Objects.requireNonNull(next);
  }

  /** A finding that only the user or the administrator can cure. */
  public static Finding needsUser(Reason reason, String message) {
    return new Finding(reason, message, new Next.NeedsUser(Optional.empty()));
  }

  /** The same where the cure is an object's change or end that no event source sees. */
  public static Finding needsUser(Reason reason, String message, Duration lookAgain) {
    return new Finding(reason, message, new Next.NeedsUser(Optional.of(lookAgain)));
  }

  /** A finding that may be cured by something else appearing in the cluster. */
  public static Finding waitFor(Reason reason, String message, Duration atMost) {
    return new Finding(reason, message, new Next.WaitFor(atMost));
  }

  /** Whether reconciling can't go on. */
  public boolean blocks() {
    return !(next instanceof Next.Proceed);
  }
}
