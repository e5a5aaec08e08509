package dev.ipfstee.operator.teeworkload;

import dev.ipfstee.api.v1alpha1.ApiLabels;
import dev.ipfstee.api.v1alpha1.TeeWorkload;
import dev.ipfstee.api.v1alpha1.TeeWorkloadStatus;
import dev.ipfstee.operator.check.Finding;
import dev.ipfstee.operator.check.Next;
import dev.ipfstee.operator.config.OperatorConfig;
import dev.ipfstee.operator.event.EventPublisher;
import dev.ipfstee.operator.kubernetes.ServerWords;
import dev.ipfstee.operator.metrics.ConditionGauges;
import dev.ipfstee.operator.status.StatusPatch;
import io.fabric8.kubernetes.client.KubernetesClient;
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

/**
 * Runs a workload's pods from the images it names by CID: gather, check, make images ready, apply
 * the Deployment, observe, report.
 */
@ControllerConfiguration(
    name = "teeworkload",
    fieldManager = ApiLabels.MANAGED_BY_OPERATOR,
    maxReconciliationInterval =
        @MaxReconciliationInterval(interval = 30, timeUnit = TimeUnit.MINUTES))
@GradualRetry(
    maxAttempts = TeeWorkloadReconciler.FOR_EVER,
    initialInterval = 2_000,
    maxInterval = 300_000)
public class TeeWorkloadReconciler implements Reconciler<TeeWorkload> {
  static final int FOR_EVER = -1;

  private final TeeWorkloadGatherer gatherer;
  private final ImageOwnership images;
  private final DeploymentWriter deployments;
  private final NextDeploymentWriter paused;
  private final EventPublisher events;
  private final ConditionGauges gauges;
  private final Clock clock;

  public TeeWorkloadReconciler(
      KubernetesClient client,
      OperatorConfig config,
      EventPublisher events,
      ConditionGauges gauges,
      Clock clock) {
    this.gatherer = new TeeWorkloadGatherer(config);
    this.images = new ImageOwnership(client);
    this.deployments = new DeploymentWriter(client);
    this.paused = new NextDeploymentWriter(client, deployments);
    this.events = events;
    this.gauges = gauges;
    this.clock = clock;
  }

  @Override
  public List<EventSource<?, TeeWorkload>> prepareEventSources(
      EventSourceContext<TeeWorkload> context) {
    gauges.watch("TeeWorkload", context.getPrimaryCache(), TeeWorkloadStatus::conditions);
    return TeeWorkloadEventSources.of(context);
  }

  @Override
  public UpdateControl<TeeWorkload> reconcile(TeeWorkload workload, Context<TeeWorkload> context) {
    TeeWorkloadInputs inputs = gatherer.gather(workload, context);
    paused.clear(workload);
    List<Finding> findings = TeeWorkloadChecks.ALL.findings(inputs);
    Optional<Finding> verdict = TeeWorkloadChecks.ALL.verdict(inputs);
    Optional<DeploymentWriter.Result> written =
        verdict.isEmpty() ? carryOut(inputs) : Optional.empty();
    TeeWorkloadObservation observation = TeeWorkloadObserver.observe(inputs, written);
    return report(
            workload, TeeWorkloadStatusReport.of(inputs, findings, observation, clock), context)
        .control(verdict.map(Finding::next).flatMap(Next::after));
  }

  /** New images first; the Deployment changes only when all of them are verified. */
  private Optional<DeploymentWriter.Result> carryOut(TeeWorkloadInputs inputs) {
    images.claim(inputs);
    images.release(inputs);
    if (inputs.workload().getSpec().paused()) {
      return Optional.of(paused.hold(inputs));
    }
    return Optional.of(
        ImageReadiness.of(inputs).ready()
            ? deployments.apply(WorkloadDeployment.build(inputs))
            : deployments.dryRun(WorkloadDeployment.build(inputs)));
  }

  @Override
  public ErrorStatusUpdateControl<TeeWorkload> updateErrorStatus(
      TeeWorkload workload, Context<TeeWorkload> context, Exception failure) {
    String message =
        "failed to reconcile '%s': %s"
            .formatted(workload.getMetadata().getName(), ServerWords.of(failure));
    return events.reportFailure(
        context,
        workload,
        TeeWorkloadStatusReport.ofFailure(workload, message, clock),
        TeeWorkload::new,
        TeeWorkloadStatus::conditions);
  }

  private StatusPatch.Outcome report(
      TeeWorkload workload, TeeWorkloadStatus status, Context<TeeWorkload> context) {
    return events.report(
        context, workload, status, TeeWorkload::new, TeeWorkloadStatus::conditions);
  }
}
