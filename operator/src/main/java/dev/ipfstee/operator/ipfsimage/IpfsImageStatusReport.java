package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.ImagePlatform;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.IpfsImageStatus;
import dev.ipfstee.api.v1alpha1.NodeSummary;
import dev.ipfstee.api.v1alpha1.NodeSummary.NodeFailure;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.check.Finding;
import dev.ipfstee.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Says what is known about an image. Pure: the same pass over the same world says the same. */
final class IpfsImageStatusReport {
  private static final int MAX_FAILURES = 10;
  private static final Set<String> SUMMARY =
      Set.of(ConditionTypes.READY, ConditionTypes.RECONCILING, ConditionTypes.STALLED);

  private final IpfsImageInputs inputs;
  private final FetchPlan plan;
  private final Conditions conditions;

  private IpfsImageStatusReport(IpfsImageInputs inputs, FetchPlan plan, Clock clock) {
    this.inputs = inputs;
    this.plan = plan;
    this.conditions = new Conditions(inputs.status().conditions(), inputs.generation(), clock);
  }

  /** The whole status after a pass. */
  static IpfsImageStatus of(IpfsImageInputs inputs, FetchPlan plan, Clock clock) {
    return new IpfsImageStatusReport(inputs, plan, clock).status();
  }

  /**
   * The status after a pass that failed for a reason that isn't the user's: what was known stays.
   */
  static IpfsImageStatus ofFailure(IpfsImage image, String message, Clock clock) {
    IpfsImageStatus before =
        image.getStatus() == null ? IpfsImageInputs.NO_STATUS : image.getStatus();
    Long generation = image.getMetadata().getGeneration();
    List<Condition> summary =
        new Conditions(before.conditions(), generation, clock)
            .summary(Reason.API_SERVER_ERROR, message)
            .build();
    Stream<Condition> known =
        before.conditions().stream().filter(condition -> !SUMMARY.contains(condition.getType()));
    return new IpfsImageStatus(
        generation,
        before.cid(),
        before.layout(),
        before.digest(),
        before.mediaType(),
        before.reference(),
        before.platforms(),
        before.nodes(),
        before.progress(),
        before.lastHandledReconcileAt(),
        Stream.concat(known, summary.stream()).toList());
  }

  private IpfsImageStatus status() {
    Finding summary = summary();
    resolved(summary);
    verified(summary);
    distributed(summary);
    conditions.summary(summary.reason(), summary.message());
    Optional<ResolvedImage> image = plan.resolved();
    return new IpfsImageStatus(
        inputs.generation(),
        image.map(ResolvedImage::cid).orElse(null),
        image.map(ResolvedImage::layout).orElse(null),
        image.map(ResolvedImage::digest).orElse(null),
        image.map(ResolvedImage::mediaType).orElse(null),
        image.map(this::reference).orElse(null),
        platforms(),
        nodes(),
        plan.progress().orElse(null),
        inputs.request().orElse(null),
        conditions.build());
  }

  private void resolved(Finding summary) {
    if (plan.resolved().isPresent()) {
      ResolvedImage image = plan.resolved().get();
      conditions.isTrue(
          ConditionTypes.RESOLVED,
          Reason.RESOLVED,
          "%s is an image of layout %s: %s".formatted(image.cid(), image.layout(), image.digest()));
    } else {
      notYet(ConditionTypes.RESOLVED, summary);
    }
  }

  /** The message tells how it was verified, so the first one stays. */
  private void verified(Finding summary) {
    Optional<Condition> before =
        Conditions.find(inputs.status().conditions(), ConditionTypes.VERIFIED)
            .filter(condition -> "True".equals(condition.getStatus()));
    if (plan.resolved().isEmpty() || summary.reason() == Reason.DIGEST_DISAGREEMENT) {
      notYet(ConditionTypes.VERIFIED, summary);
      return;
    }
    String message =
        before
            .map(Condition::getMessage)
            .orElseGet(
                () ->
                    "every block was checked against its CID and every blob against its digest"
                        + plan.resolvedBy().map(IpfsImageObserver::liars).orElse(""));
    conditions.isTrue(ConditionTypes.VERIFIED, Reason.VERIFIED, message);
  }

  private void distributed(Finding summary) {
    if (complete()) {
      conditions.isTrue(
          ConditionTypes.DISTRIBUTED,
          Reason.DISTRIBUTED,
          "all %d nodes with the registry hold the image".formatted(plan.nodes().size()));
    } else {
      notYet(ConditionTypes.DISTRIBUTED, summary);
    }
  }

  /** Unknown while it's only a matter of time, else False. */
  private void notYet(String type, Finding summary) {
    if (summary.reason().next() == Reason.Next.WAITING) {
      conditions.isUnknown(type, summary.reason(), summary.message());
    } else {
      conditions.isFalse(type, summary.reason(), summary.message());
    }
  }

  /** The one thing to say: what stops it all, the worst failure, the work, or that all is well. */
  private Finding summary() {
    if (inputs.spec().suspend()) {
      return disagreement().or(this::suspended).orElseGet(() -> succeeded("; suspended"));
    }
    return plan.refusal()
        .or(() -> worst(true))
        .or(() -> worst(false))
        .or(this::work)
        .orElseGet(() -> succeeded(""));
  }

  private Finding succeeded(String more) {
    return says(
        Reason.SUCCEEDED,
        "the image is verified and on all %d nodes with the registry%s"
            .formatted(plan.nodes().size(), more));
  }

  /** The one thing that putting an image on hold doesn't hide. */
  private Optional<Finding> disagreement() {
    return plan.refusal().filter(refusal -> refusal.reason() == Reason.DIGEST_DISAGREEMENT);
  }

  /** What stands in the way of fetches counts only when there shall be some. */
  private Optional<Finding> suspended() {
    return complete()
        ? Optional.empty()
        : Optional.of(
            says(
                Reason.SUSPENDED,
                "%d of %d nodes hold the image, %d fetch it; no other fetch is started until spec.suspend is false"
                    .formatted(
                        count(NodeState.Ready.class),
                        plan.nodes().size(),
                        count(NodeState.Fetching.class))));
  }

  private boolean complete() {
    return !plan.nodes().isEmpty() && count(NodeState.Ready.class) == plan.nodes().size();
  }

  private Optional<Finding> worst(boolean terminal) {
    List<NodeState.Failed> failed =
        failures().stream().filter(node -> node.reason().terminal() == terminal).toList();
    return failed.stream()
        .findFirst()
        .map(
            first ->
                says(
                    first.reason(),
                    "on node %s%s: %s%s"
                        .formatted(
                            first.node(),
                            failed.size() == 1 ? "" : " and " + (failed.size() - 1) + " more",
                            first.message(),
                            terminal ? "" : "; it is tried again")));
  }

  private Optional<Finding> work() {
    int ready = count(NodeState.Ready.class);
    int all = plan.nodes().size();
    if (ready == all) {
      return Optional.empty();
    }
    List<NodeState.Fetching> fetching =
        plan.nodes().stream()
            .filter(NodeState.Fetching.class::isInstance)
            .map(NodeState.Fetching.class::cast)
            .toList();
    boolean running = fetching.stream().anyMatch(NodeState.Fetching::running);
    String waits =
        fetching.stream()
            .filter(node -> !node.message().isEmpty())
            .findFirst()
            .map(node -> "; on node " + node.node() + " " + node.message())
            .orElse("");
    return Optional.of(
        says(
            running ? Reason.FETCH_RUNNING : Reason.FETCH_PENDING,
            "%d of %d nodes hold the image, %d fetch it%s"
                .formatted(ready, all, fetching.size(), waits)));
  }

  private static Finding says(Reason reason, String message) {
    return Finding.needsUser(reason, message);
  }

  private String reference(ResolvedImage image) {
    return "%s/ipfs/%s@%s"
        .formatted(inputs.config().registry().host(), image.cid(), image.digest());
  }

  /** Before the image is resolved only what is asked for, so that it's asked for on all nodes. */
  private List<ImagePlatform> platforms() {
    if (plan.resolved().isPresent()) {
      return plan.resolved().get().platforms();
    }
    return plan.task()
        .map(
            task ->
                task.platforms().stream()
                    .map(platform -> new ImagePlatform(platform, null, null, null))
                    .toList())
        .orElse(inputs.status().platforms());
  }

  private NodeSummary nodes() {
    return new NodeSummary(
        plan.nodes().size(),
        count(NodeState.Ready.class),
        count(NodeState.Fetching.class),
        count(NodeState.Failed.class),
        failures().stream()
            .limit(MAX_FAILURES)
            .map(failed -> new NodeFailure(failed.node(), failed.reason().label()))
            .toList());
  }

  private List<NodeState.Failed> failures() {
    return plan.nodes().stream()
        .filter(NodeState.Failed.class::isInstance)
        .map(NodeState.Failed.class::cast)
        .toList();
  }

  private int count(Class<? extends NodeState> state) {
    return (int) plan.nodes().stream().filter(state::isInstance).count();
  }
}
