package dev.ipfstee.operator.testing;

import dev.ipfstee.api.v1alpha1.ApiAnnotations;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Plays what becomes of a fetch Job: the Job controller, the kubelet, and the image fetcher. */
public final class FetchedJob {
  private final KubernetesClient client;
  private final Job job;

  FetchedJob(KubernetesClient client, Job job) {
    this.client = client;
    this.job = job;
  }

  public String name() {
    return job.getMetadata().getName();
  }

  /** Where it's bound to. */
  public String node() {
    return job.getMetadata().getAnnotations().get(ApiAnnotations.NODE);
  }

  /** What the fetcher is told. */
  public List<String> arguments() {
    return job.getSpec().getTemplate().getSpec().getContainers().getFirst().getArgs();
  }

  /** The fetch ends well, for linux/amd64, and leaves the report of that. */
  public void succeed(String cid, String digest) {
    succeed(cid, digest, List.of("linux/amd64"));
  }

  /** The fetch ends well for these platforms, and leaves the report of that. */
  public void succeed(String cid, String digest, List<String> platforms) {
    end(
        0,
        """
        {"outcome":"Succeeded","reason":"Succeeded","message":"","cid":"%s","layout":"OciLayout",\
        "digest":"%s","mediaType":"application/vnd.oci.image.manifest.v1+json",\
        "platforms":[%s],"sources":[]}
        """
            .formatted(
                cid,
                digest,
                platforms.stream()
                    .map(
                        platform ->
                            "{\"platform\":\"%s\",\"digest\":\"%s\",\"layers\":1,\"bytes\":1000}"
                                .formatted(platform, digest))
                    .collect(Collectors.joining(","))));
    finish(
        "SuccessCriteriaMet",
        "Complete",
        status -> status.withSucceeded(1).withCompletionTime(now().toString()));
  }

  /** The fetch fails, and leaves a report that says why. */
  public void fail(int exitCode, String reason, String message) {
    end(
        exitCode,
        "{\"outcome\":\"Failed\",\"reason\":\"%s\",\"message\":\"%s\"}".formatted(reason, message));
    finish("FailureTarget", "Failed", status -> status.withFailed(1));
  }

  /** The fetch fails, for a gateway sent so many wrong blocks and there was no other one. */
  public void lie(String gateway, int blocks) {
    end(
        13,
        """
        {"outcome":"VerificationFailed","reason":"BlockMismatch","message":"m","sources":\
        [{"host":"%s","bytes":100,"rejected":%d,"errors":0}]}
        """
            .formatted(gateway, blocks));
    finish("FailureTarget", "Failed", status -> status.withFailed(1));
  }

  /** The image fetcher is at work. */
  public void run() {
    setStatus(
        createPod(),
        new PodStatusBuilder()
            .withPhase("Running")
            .addToContainerStatuses(
                container()
                    .withNewState()
                    .withNewRunning()
                    .withStartedAt(now().toString())
                    .endRunning()
                    .endState()
                    .build()));
  }

  /** The scheduler has found no place for it for an hour. */
  public void findNoPlace() {
    setStatus(
        createPod(),
        new PodStatusBuilder()
            .withPhase("Pending")
            .addNewCondition()
            .withType("PodScheduled")
            .withStatus("False")
            .withReason("Unschedulable")
            .withMessage("0/2 nodes are available: 2 Insufficient memory.")
            .withLastTransitionTime(now().minusSeconds(3600).toString())
            .endCondition());
  }

  /** The fetch ends, and nobody knows how. */
  public void lose() {
    finish("FailureTarget", "Failed", status -> status.withFailed(1));
  }

  private void end(int exitCode, String report) {
    setStatus(
        createPod(),
        new PodStatusBuilder()
            .withPhase(exitCode == 0 ? "Succeeded" : "Failed")
            .addToContainerStatuses(
                container()
                    .withNewState()
                    .withNewTerminated()
                    .withExitCode(exitCode)
                    .withMessage(report)
                    .endTerminated()
                    .endState()
                    .build()));
  }

  private ContainerStatusBuilder container() {
    Container container = job.getSpec().getTemplate().getSpec().getContainers().getFirst();
    return new ContainerStatusBuilder()
        .withName(container.getName())
        .withImage(container.getImage())
        .withImageID("")
        .withReady(false)
        .withRestartCount(0);
  }

  private void setStatus(Pod pod, PodStatusBuilder status) {
    pod.setStatus(status.build());
    client.resource(pod).updateStatus();
  }

  private Pod createPod() {
    return client
        .resource(
            new PodBuilder()
                .withMetadata(job.getSpec().getTemplate().getMetadata())
                .withSpec(job.getSpec().getTemplate().getSpec())
                .editMetadata()
                .withName(job.getMetadata().getName() + "-abcde")
                .withNamespace(job.getMetadata().getNamespace())
                .addNewOwnerReference()
                .withApiVersion("batch/v1")
                .withKind("Job")
                .withName(job.getMetadata().getName())
                .withUid(job.getMetadata().getUid())
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .editSpec()
                .withNodeName(node())
                .endSpec()
                .build())
        .create();
  }

  private void finish(String criterion, String condition, UnaryOperator<JobStatusBuilder> counts) {
    JobStatusBuilder status =
        new JobStatusBuilder().withStartTime(now().minusSeconds(5).toString());
    for (String type :
        kubernetesMinor() < 31 ? List.of(condition) : List.of(criterion, condition)) {
      status
          .addNewCondition()
          .withType(type)
          .withStatus("True")
          .withReason("Played")
          .withLastTransitionTime(now().toString())
          .withLastProbeTime(now().toString())
          .endCondition();
    }
    job.setStatus(counts.apply(status).build());
    client.resource(job).updateStatus();
  }

  /**
   * The Job controller tells the criterion of an end from 1.31 on; before, the server refuses it.
   */
  private int kubernetesMinor() {
    return Integer.parseInt(client.getKubernetesVersion().getMinor());
  }

  private static Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS);
  }
}
