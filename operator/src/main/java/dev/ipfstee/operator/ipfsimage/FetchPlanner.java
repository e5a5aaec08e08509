package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.ImageProgress;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.check.Finding;
import dev.ipfstee.operator.check.Next;
import dev.ipfstee.operator.config.OperatorConfig.Attempts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Decides which node fetches next. Pure: the Jobs are the memory, and so a new leader goes on where
 * the last one was.
 *
 * <p>First one node resolves the image, so that a bad CID costs one Job and not one per node; a
 * failed attempt moves on to the next node, since the failure may be the node's. Then all others
 * fetch at once, with the digest that they must find. What a node's registry doesn't show is
 * fetched (again), whatever a Job has said.
 */
final class FetchPlanner {
  private static final int DELIVERY_POLLS = 3;

  /** A Secret of an earlier Job of the same name may be in the way until it is collected. */
  private static final Duration SUPPLY_AGAIN = Duration.ofSeconds(10);

  /** How soon a changed Secret is noticed while an image isn't everywhere. */
  private static final Duration SECRETS_AGAIN = Duration.ofMinutes(1);

  private final IpfsImageInputs inputs;
  private final Attempts policy;
  private final FetchHistory history;
  private final Optional<FetchResult> resolvedBy;
  private final Optional<ResolvedImage> resolved;
  private final FetchTask task;
  private final List<RegistryNode> registries;
  private final String hash;
  private final List<FetchPlan.Start> create = new ArrayList<>();
  private Instant next;

  private FetchPlanner(IpfsImageInputs inputs, FetchHistory history) {
    this.inputs = inputs;
    this.history = history;
    this.policy = inputs.config().fetcher().attempts();
    Optional<ResolvedImage> recorded = ResolvedImage.of(inputs.status());
    this.resolvedBy = recorded.isPresent() ? Optional.empty() : history.firstSuccess();
    this.resolved = recorded.or(() -> resolvedBy.map(ResolvedImage::of));
    this.task = FetchTask.of(inputs, resolved);
    this.registries = inputs.nodesFor(task.platforms());
    this.hash = task.hash();
  }

  static FetchPlan plan(IpfsImageInputs inputs, List<FetchAttempt> attempts) {
    return new FetchPlanner(inputs, new FetchHistory(attempts)).plan();
  }

  /** What is left to do when a check forbids to fetch: stop what runs against the user's errors. */
  static FetchPlan halted(IpfsImageInputs inputs, List<FetchAttempt> attempts, Finding finding) {
    FetchHistory history = new FetchHistory(attempts);
    Optional<ResolvedImage> resolved = ResolvedImage.of(inputs.status());
    List<NodeState> nodes =
        inputs.nodesFor(FetchTask.platforms(inputs, resolved)).stream()
            .<NodeState>map(
                node ->
                    resolved.filter(node::holds).isPresent()
                        ? new NodeState.Ready(node.name())
                        : new NodeState.Waiting(node.name()))
            .toList();
    List<String> obsolete =
        finding.next() instanceof Next.NeedsUser ? history.unfinished().jobs() : List.of();
    return new FetchPlan(
        Optional.empty(),
        resolved,
        Optional.empty(),
        nodes,
        Optional.empty(),
        FetchVerdicts.despite(finding, inputs, resolved, history).or(() -> Optional.of(finding)),
        List.of(),
        List.of(),
        obsolete,
        finding.next().after().map(inputs.now()::plus).orElse(null));
  }

  private FetchPlan plan() {
    Optional<Finding> refusal = FetchVerdicts.find(inputs, resolved, history, current(history));
    boolean held = refusal.isPresent() || inputs.spec().suspend();
    history.madeFrom(hash).overdue().ifPresent(this::wakeAt);
    List<NodeState> nodes =
        resolved.isPresent()
            ? registries.stream().map(node -> distribute(node, held)).toList()
            : resolve(held);
    return new FetchPlan(
        Optional.of(task),
        resolved,
        resolvedBy,
        nodes,
        progress(),
        refusal,
        create,
        supply(nodes),
        obsolete(),
        next);
  }

  private List<String> supply(List<NodeState> nodes) {
    if (task.credentials().isEmpty()) {
      return List.of();
    }
    if (!nodes.stream().allMatch(NodeState.Ready.class::isInstance)) {
      wakeAt(inputs.now().plus(SECRETS_AGAIN));
    }
    List<String> waiting = history.madeFrom(hash).waiting().jobs();
    if (!waiting.isEmpty() || !create.isEmpty()) {
      wakeAt(inputs.now().plus(SUPPLY_AGAIN));
    }
    return waiting;
  }

  /** Only of our own fetches: others may want the same content, and are no news of this image. */
  private Optional<ImageProgress> progress() {
    return history.madeFrom(hash).unfinished().attempts().stream()
        .map(attempt -> inputs.progress().get(attempt.node()))
        .filter(Objects::nonNull)
        .reduce(ProgressBoard::further);
  }

  /** One seed at a time, until one has said what the CID is. */
  private List<NodeState> resolve(boolean held) {
    FetchHistory tried = current(history);
    Optional<FetchAttempt> active = tried.unfinished().last();
    Optional<FetchAttempt> failed = tried.failed();
    if (!tried.busy() && !held && due(failed)) {
      seed(tried).ifPresent(node -> create.add(new FetchPlan.Start(node, tried.next())));
    }
    return registries.stream().map(node -> seedState(node, active, failed)).toList();
  }

  /** Attempts go around the nodes, and begin at a different one for each image. */
  private Optional<String> seed(FetchHistory tried) {
    List<String> able =
        registries.stream()
            .filter(RegistryNode::answers)
            .map(RegistryNode::name)
            .filter(name -> tried.on(name).unfinished().isEmpty())
            .toList();
    int turn = inputs.uid().hashCode() + tried.next() - 1;
    return able.isEmpty()
        ? Optional.empty()
        : Optional.of(able.get(Math.floorMod(turn, able.size())));
  }

  private NodeState seedState(
      RegistryNode node, Optional<FetchAttempt> active, Optional<FetchAttempt> failed) {
    Predicate<FetchAttempt> here = attempt -> attempt.node().equals(node.name());
    if (failed.filter(here).isPresent()) {
      return failedState(node, failed.get());
    }
    if (active.filter(here).isPresent()) {
      return fetching(node, active.get());
    }
    return starting(node) ? new NodeState.Fetching(node.name(), false, "") : idle(node);
  }

  private NodeState idle(RegistryNode node) {
    return node.unreachable().isPresent() ? unreachable(node) : new NodeState.Waiting(node.name());
  }

  private boolean starting(RegistryNode node) {
    return create.stream().anyMatch(start -> start.node().equals(node.name()));
  }

  /** The image is known: every node for itself. */
  private NodeState distribute(RegistryNode node, boolean held) {
    if (node.holds(resolved.orElseThrow())) {
      return new NodeState.Ready(node.name());
    }
    if (!node.answers()) {
      return idle(node);
    }
    FetchHistory here = history.on(node.name());
    FetchHistory tried = current(here);
    Optional<FetchAttempt> active = tried.unfinished().last();
    Optional<FetchAttempt> failed = tried.failed();
    if (active.isEmpty() && !held && due(failed) && !delivering(here)) {
      create.add(new FetchPlan.Start(node.name(), tried.next()));
    }
    if (failed.isPresent()) {
      return failedState(node, failed.get());
    }
    return active
        .map(attempt -> fetching(node, attempt))
        .orElseGet(
            () ->
                held
                    ? new NodeState.Waiting(node.name())
                    : new NodeState.Fetching(node.name(), false, ""));
  }

  /** Whether a Job has just done it, and the registry may still be about to show it. */
  private boolean delivering(FetchHistory here) {
    for (FetchAttempt attempt : here.attempts()) {
      if (attempt.observation() instanceof FetchObservation.Succeeded succeeded) {
        Instant end = succeeded.at().plus(patience(attempt));
        if (end.isAfter(inputs.now())) {
          wakeAt(end);
          return true;
        }
      }
    }
    return false;
  }

  /** The registry is only asked every so often, and a Job's times are cut to seconds. */
  private Duration patience(FetchAttempt attempt) {
    Duration backoff = policy.backoff(attempt.number());
    Duration polls = inputs.config().registry().pollInterval().multipliedBy(DELIVERY_POLLS);
    return backoff.compareTo(polls) > 0 ? backoff : polls;
  }

  /** Whether the next attempt may start; never, when only the user can help. */
  private boolean due(Optional<FetchAttempt> last) {
    if (last.isEmpty()) {
      return true;
    }
    FetchObservation.Failed failed = (FetchObservation.Failed) last.get().observation();
    Instant then =
        switch (failed.reason().next()) {
          case USER_ACTS -> null;
          case REARMED -> failed.at().plus(policy.rearmAfter());
          case NOTHING, WAITING, RETRIED, ON_HOLD ->
              failed.at().plus(policy.backoff(last.get().number()));
        };
    if (then == null || !then.isAfter(inputs.now())) {
      return then != null;
    }
    wakeAt(then);
    return false;
  }

  /** Those that say something about what is asked for now. */
  private FetchHistory current(FetchHistory attempts) {
    return attempts.madeFrom(hash).since(task.request());
  }

  /**
   * Unfinished Jobs made from other inputs, bound to a node that is gone, or in the way of a
   * request.
   */
  private List<String> obsolete() {
    FetchHistory givenUp = history.givenUpBefore(task.request());
    return history.unfinished().attempts().stream()
        .filter(
            a ->
                !a.inputs().equals(hash)
                    || !inputs.knownNodes().contains(a.node())
                    || givenUp.attempts().contains(a))
        .map(FetchAttempt::job)
        .toList();
  }

  private static NodeState failedState(RegistryNode node, FetchAttempt attempt) {
    FetchObservation.Failed failed = (FetchObservation.Failed) attempt.observation();
    return new NodeState.Failed(node.name(), failed.reason(), failed.message());
  }

  private static NodeState unreachable(RegistryNode node) {
    return new NodeState.Failed(
        node.name(),
        Reason.REGISTRY_UNREACHABLE,
        "the registry doesn't answer the operator: " + node.unreachable().orElseThrow().cause());
  }

  private static NodeState fetching(RegistryNode node, FetchAttempt attempt) {
    return attempt.observation() instanceof FetchObservation.Pending pending
        ? new NodeState.Fetching(node.name(), false, pending.message())
        : new NodeState.Fetching(node.name(), true, "");
  }

  private void wakeAt(Instant then) {
    if (next == null || then.isBefore(next)) {
      next = then;
    }
  }
}
