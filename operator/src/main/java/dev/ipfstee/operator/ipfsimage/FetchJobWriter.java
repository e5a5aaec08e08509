package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.IpfsImage;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.net.HttpURLConnection;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Carries out a plan: creates Jobs, and ends those that nobody needs. */
final class FetchJobWriter {
  private static final Logger LOG = Logger.getLogger(FetchJobWriter.class);

  private FetchJobWriter() {}

  static void carryOut(
      FetchPlan plan,
      IpfsImageInputs inputs,
      Context<IpfsImage> context,
      InformerEventSource<Job, IpfsImage> jobs) {
    for (String name : plan.obsolete()) {
      LOG.infof("ending the fetch Job %s: nobody needs it any more", name);
      context
          .getClient()
          .batch()
          .v1()
          .jobs()
          .inNamespace(inputs.config().namespaces().nodes())
          .withName(name)
          .withPropagationPolicy(DeletionPropagation.BACKGROUND)
          .delete();
    }
    for (FetchPlan.Start start : plan.create()) {
      FetchTask task = plan.task().orElseThrow();
      create(
              FetchJob.build(
                  task, inputs.config().namespaces().nodes(), start.node(), start.attempt()),
              context,
              jobs)
          .ifPresent(job -> supply(task, job, context));
    }
    inputs.jobs().stream()
        .filter(job -> plan.supply().contains(job.getMetadata().getName()))
        .forEach(job -> supply(plan.task().orElseThrow(), job, context));
  }

  /** Its pod waits for the Secret; one that is there was made for the same inputs. */
  private static void supply(FetchTask task, Job job, Context<IpfsImage> context) {
    if (task.credentials().isEmpty()) {
      return;
    }
    try {
      context.getClient().resource(FetchCredentials.secret(task, job)).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
  }

  /**
   * A Job of that name was made from the same inputs: then it's the one, whoever created it; it is
   * in the next pass.
   */
  private static Optional<Job> create(
      Job job, Context<IpfsImage> context, InformerEventSource<Job, IpfsImage> jobs) {
    try {
      return Optional.of(context.resourceOperations().create(job, jobs));
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      LOG.debugf("the fetch Job %s exists", job.getMetadata().getName());
      return Optional.empty();
    }
  }
}
