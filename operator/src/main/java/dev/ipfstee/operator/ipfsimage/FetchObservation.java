package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.Reason;
import java.time.Instant;

/** What became of one fetch Job. */
public sealed interface FetchObservation {

  /**
   * Nothing runs yet.
   *
   * @param message what it waits for; empty when nothing is known
   * @param until when this stops being normal; null when only the Job's own deadline ends it
   */
  record Pending(String message, Instant until) implements FetchObservation {}

  /** The image fetcher is at work. */
  record Running() implements FetchObservation {}

  /** The node holds the image, verified. */
  record Succeeded(FetchResult result, Instant at) implements FetchObservation {}

  /**
   * It came to nothing.
   *
   * @param message one sentence for users
   * @param at from when the wait for the next attempt counts
   * @param alive whether the Job still exists unfinished, and may yet succeed
   */
  record Failed(Reason reason, String message, Instant at, boolean alive)
      implements FetchObservation {}

  /** Whether the Job can still change its mind. */
  default boolean active() {
    return switch (this) {
      case Pending pending -> true;
      case Running running -> true;
      case Succeeded succeeded -> false;
      case Failed failed -> failed.alive();
    };
  }
}
