package dev.ipfstee.operator.check;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/** What follows from a finding. */
public sealed interface Next {

  /** Legal, but worth a word: reconciling goes on. */
  record Proceed() implements Next {}

  /**
   * Something outside of the spec is missing: look again when it shows up, at the latest after
   * this.
   */
  record WaitFor(Duration atMost) implements Next {
    public WaitFor {
      Objects.requireNonNull(atMost);
    }
  }

  /**
   * Only a change by the user or the administrator can help.
   *
   * @param lookAgain how often to look for that change where no event tells of it
   */
  record NeedsUser(Optional<Duration> lookAgain) implements Next {
    public NeedsUser {
      Objects.requireNonNull(lookAgain);
    }
  }

  /** When to look again, whatever happens until then. */
  default Optional<Duration> after() {
    return switch (this) {
      case Proceed proceed -> Optional.empty();
      case WaitFor waitFor -> Optional.of(waitFor.atMost());
      case NeedsUser needsUser -> needsUser.lookAgain();
    };
  }
}
