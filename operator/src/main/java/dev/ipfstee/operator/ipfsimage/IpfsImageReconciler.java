package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.IpfsImageStatus;
import dev.ipfstee.operator.check.Finding;
import dev.ipfstee.operator.config.OperatorConfig;
import dev.ipfstee.operator.event.EventPublisher;
import dev.ipfstee.operator.kubernetes.ManagedLabels;
import dev.ipfstee.operator.leadership.Leadership;
import dev.ipfstee.operator.metrics.ImageMetrics;
import dev.ipfstee.operator.status.StatusPatch;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.ErrorStatusUpdateControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.MaxReconciliationInterval;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.retry.GradualRetry;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Brings an image to the nodes: gather, check, observe, plan, start fetches, report. */
@ControllerConfiguration(
    name = "ipfsimage",
    fieldManager = ManagedLabels.OPERATOR,
    // Its own filter is as strict, but lets the annotation pass by which people ask for another
    // try.
    generationAwareEventProcessing = false,
    informer = @Informer(onUpdateFilter = IpfsImageEventSources.Updates.class),
    maxReconciliationInterval =
        @MaxReconciliationInterval(interval = 30, timeUnit = TimeUnit.MINUTES))
@GradualRetry(
    maxAttempts = IpfsImageReconciler.FOR_EVER,
    initialInterval = 2_000,
    maxInterval = 300_000)
public class IpfsImageReconciler implements Reconciler<IpfsImage> {
  static final int FOR_EVER = -1;

  private final OperatorConfig config;
  private final EventPublisher events;
  private final Leadership leadership;
  private final ImageMetrics metrics;
  private final Clock clock;
  private final HttpNodeInventory inventory;
  private final IpfsImageGatherer gatherer;
  private IpfsImageEventSources sources;

  public IpfsImageReconciler(
      OperatorConfig config,
      EventPublisher events,
      Leadership leadership,
      ImageMetrics metrics,
      Clock clock) {
    this.config = config;
    this.events = events;
    this.leadership = leadership;
    this.metrics = metrics;
    this.clock = clock;
    this.inventory = new HttpNodeInventory(clock);
    this.gatherer = new IpfsImageGatherer(config, inventory, clock);
  }

  @Override
  public List<EventSource<?, IpfsImage>> prepareEventSources(
      EventSourceContext<IpfsImage> context) {
    sources = new IpfsImageEventSources(context, config);
    metrics.conditions().watch("IpfsImage", context.getPrimaryCache(), IpfsImageStatus::conditions);
    return sources.all(inventory, leadership, events, metrics, clock);
  }

  @Override
  public UpdateControl<IpfsImage> reconcile(IpfsImage image, Context<IpfsImage> context) {
    IpfsImageInputs inputs = gatherer.gather(image, context, sources);
    if (inputs.inventoryIncomplete() && inputs.reported()) {
      // Half the truth would be a step back from what was reported; the poll wakes us.
      return StatusPatch.Outcome.UNCHANGED.control(
          Optional.of(config.registry().pollInterval().multipliedBy(2)));
    }
    Optional<Finding> verdict = IpfsImageChecks.ALL.verdict(inputs);
    List<FetchAttempt> attempts = IpfsImageObserver.observe(inputs);
    FetchPlan plan =
        verdict
            .map(finding -> FetchPlanner.halted(inputs, attempts, finding))
            .orElseGet(() -> FetchPlanner.plan(inputs, attempts));
    FetchJobWriter.carryOut(plan, inputs, context, sources.jobs);
    return report(image, IpfsImageStatusReport.of(inputs, plan, clock), context)
        .control(plan.wakeAfter(inputs.now()));
  }

  @Override
  public ErrorStatusUpdateControl<IpfsImage> updateErrorStatus(
      IpfsImage image, Context<IpfsImage> context, Exception failure) {
    String message =
        "failed to reconcile '%s': %s"
            .formatted(image.getMetadata().getName(), failure.getMessage());
    return events.reportFailure(
        context,
        image,
        IpfsImageStatusReport.ofFailure(image, message, clock),
        IpfsImage::new,
        IpfsImageStatus::conditions);
  }

  private StatusPatch.Outcome report(
      IpfsImage image, IpfsImageStatus status, Context<IpfsImage> context) {
    return events.report(context, image, status, IpfsImage::new, IpfsImageStatus::conditions);
  }
}
