package dev.ipfstee.operator.ipfsimage;

import static dev.ipfstee.operator.ipfsimage.Fixtures.IMAGE;
import static dev.ipfstee.operator.ipfsimage.Fixtures.NOW;

import dev.ipfstee.api.v1alpha1.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The attempts that a plan rests on. A Job is called by its node and the number of its attempt. */
final class PlannedFetches {
  private final Fixtures world;
  private final List<FetchAttempt> attempts = new ArrayList<>();

  PlannedFetches(Fixtures world) {
    this.world = world;
  }

  /** An attempt made when nobody knew the image yet, from the world as it is now. */
  PlannedFetches resolving(String node, int number, FetchObservation observation) {
    return attempt(node, number, Optional.empty(), observation);
  }

  /** An attempt that had to find what the first one has found, from the world as it is now. */
  PlannedFetches spreading(String node, int number, FetchObservation observation) {
    return attempt(node, number, Optional.of(IMAGE), observation);
  }

  private PlannedFetches attempt(
      String node, int number, Optional<ResolvedImage> resolved, FetchObservation observation) {
    FetchTask task = FetchTask.of(world.inputs(), resolved);
    attempts.add(
        new FetchAttempt(
            node + "-" + number, node, task.hash(), task.request(), number, observation));
    return this;
  }

  FetchPlan plan() {
    return FetchPlanner.plan(world.inputs(), attempts);
  }

  List<FetchAttempt> attempts() {
    return List.copyOf(attempts);
  }

  static FetchObservation running() {
    return new FetchObservation.Running();
  }

  static FetchObservation succeeded(String digest, Duration after) {
    return new FetchObservation.Succeeded(Fixtures.success(digest), at(after));
  }

  static FetchObservation failed(Reason reason, Duration after) {
    return new FetchObservation.Failed(reason, "it failed", at(after), false);
  }

  /** One that was given up, whose Job may yet run. */
  static FetchObservation unscheduled(Duration after) {
    return new FetchObservation.Failed(
        Reason.FETCHER_NOT_SCHEDULED, "it can't run", at(after), true);
  }

  static Instant at(Duration after) {
    return NOW.plus(after);
  }
}
