package dev.ipfstee.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.model.annotation.LabelSelector;
import io.fabric8.kubernetes.model.annotation.StatusReplicas;
import java.util.List;

/** What was found about a workload. Every field may be absent until it is known. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record TeeWorkloadStatus(
    @JsonPropertyDescription(
            "Generation of the spec that this status speaks of; -1 until the operator has seen the"
                + " object.")
        Long observedGeneration,
    @StatusReplicas @JsonPropertyDescription("Number of pods that exist.") Integer replicas,
    @JsonPropertyDescription("Number of pods that are ready.") Integer readyReplicas,
    @JsonPropertyDescription("Number of pods that are of the newest revision.")
        Integer updatedReplicas,
    @LabelSelector
        @JsonPropertyDescription("Label selector of the pods, for kubectl scale and autoscalers.")
        String selector,
    @JsonPropertyDescription(
            "Images that the Deployment is pinned to: those of the newest revision that was rolled"
                + " out, which an image that isn't verified yet doesn't change.")
        List<PinnedImage> images,
    @JsonPropertyDescription("How the pods are run.") WorkloadRuntime runtime,
    @JsonPropertyDescription(
            "What can be said about the workload: ImagesReady, RuntimeReady, NodesAvailable,"
                + " Confidential, Available, Ready, and Paused, Reconciling or Stalled while they"
                + " are true.")
        List<Condition> conditions) {

  public TeeWorkloadStatus {
    images = Defaults.list(images);
    conditions = Defaults.list(conditions);
  }

  /** What one container is pinned to. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record PinnedImage(
      @JsonPropertyDescription("Name of the container or initContainer.") String container,
      @JsonPropertyDescription("Canonical CID of the image, in base32.") String cid,
      @JsonPropertyDescription("OCI digest of the image.") String digest,
      @JsonPropertyDescription("Reference in the pod: the node's registry, the CID and the digest.")
          String reference) {}

  /** How the pods are run. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record WorkloadRuntime(
      @JsonPropertyDescription("Name of the profile.") String profile,
      @JsonPropertyDescription("Where the TEE's border is: PodVM, NodeVM, or None for no TEE.")
          String mode,
      @JsonPropertyDescription("RuntimeClass of the pods; absent for the node's own runtime.")
          String runtimeClassName,
      @JsonPropertyDescription("Number of nodes that fit the profile now.")
          Integer eligibleNodes) {}
}
