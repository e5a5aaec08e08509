package dev.ipfstee.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;

/** What was found about an image. Every field may be absent until it is known. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record IpfsImageStatus(
    @JsonPropertyDescription(
            "Generation of the spec that this status speaks of; -1 until the operator has seen the"
                + " object.")
        Long observedGeneration,
    @JsonPropertyDescription(
            "Canonical CIDv1, in base32, of the entity that is the image: the root, or what the"
                + " path leads to.")
        String cid,
    @JsonPropertyDescription("Form in which the image was found to be published.") String layout,
    @JsonPropertyDescription("OCI digest of the manifest or index that pods are pinned to.")
        String digest,
    @JsonPropertyDescription("Media type of what the digest names.") String mediaType,
    @JsonPropertyDescription(
            "Reference that pods use: the node's registry, the CID and the digest.")
        String reference,
    @JsonPropertyDescription("Platforms that are fetched, resolved once.")
        List<ImagePlatform> platforms,
    @JsonPropertyDescription("How many nodes hold the image, and which failed.") NodeSummary nodes,
    @JsonPropertyDescription(
            "How far the furthest fetch under way is, refreshed every 10 seconds at most; absent"
                + " when nothing is fetched.")
        ImageProgress progress,
    @JsonPropertyDescription(
            "Value of the annotation ipfstee.dev/reconcile-requested-at that was acted upon last.")
        String lastHandledReconcileAt,
    @JsonPropertyDescription(
            "What can be said about the image: Resolved, Verified, Distributed, Ready, and"
                + " Reconciling or Stalled while they are true.")
        List<Condition> conditions) {

  public IpfsImageStatus {
    platforms = Defaults.list(platforms);
    conditions = Defaults.list(conditions);
  }
}
