package dev.ipfstee.operator.check;

import java.time.Duration;
import java.util.Objects;

/** What follows from a finding. */
public sealed interface Next {

  /** Legal, but worth a word: reconciling goes on. */
  record Proceed() implements Next {}

  /** Something outside of the spec is missing: look again when it shows up, at the latest after this. */
  record WaitFor(Duration atMost) implements Next {
    public WaitFor {
      Objects.requireNonNull(atMost);
    }
  }

  /** Only a change by the user or the administrator can help. */
  record NeedsUser() implements Next {}
}
