package dev.ipfstee.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.model.annotation.SpecReplicas;
import java.util.List;

/**
 * What is wanted of a workload.
 *
 * @param template the pod template as it was written. It is a tree and no typed object, because
 *     nothing in it may get lost or be able to make the whole object unreadable; the API server
 *     judges it in a dry run of the Deployment. Not to be changed: copy it first.
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
    value =
        "!has(self.images) || self.images.all(i,"
            + " self.template.spec.containers.exists(c, c.name == i.container)"
            + " || (has(self.template.spec.initContainers)"
            + " && self.template.spec.initContainers.exists(c, c.name == i.container)))",
    message = "images[].container must be the name of a container or initContainer of the template")
public record TeeWorkloadSpec(
    @SpecReplicas
        @Default("1")
        @Min(0)
        @Max(10000)
        @JsonPropertyDescription("Number of pods, 0 to 10000. Default: 1.")
        Integer replicas,
    @Size(max = 32)
        @JsonPropertyDescription(
            "Which IpfsImage each container runs, at most 32. A container that is not named here"
                + " runs what the template's image field says: an ipfs:// reference, or a registry"
                + " image pinned by digest. Default: none.")
        List<ContainerImage> images,
    @Required @JsonPropertyDescription("The trusted execution environment to run in.")
        TeeRequirement tee,
    @JsonPropertyDescription(
            "How pods are replaced, as in a Deployment. Default: RollingUpdate by 25%.")
        RolloutStrategy strategy,
    @Default("10")
        @Min(0)
        @Max(100)
        @JsonPropertyDescription(
            "Number of old revisions to keep, with their images, 0 to 100. Default: 10.")
        Integer revisionHistoryLimit,
    @Default("false")
        @JsonPropertyDescription(
            "Whether what runs is frozen, but for the number of pods: the Deployment that the spec"
                + " asks for is shown in the ConfigMap NAME-next, key deployment.yaml, and rolled"
                + " out when this is false again. Default: false.")
        Boolean paused,
    @Required
        @PreserveUnknownFields
        @JsonPropertyDescription(
            "The pods, as a core/v1 PodTemplateSpec. Kept as it is written except for the images"
                + " and what the profile adds.")
        JsonNode template) {

  public TeeWorkloadSpec {
    replicas = Defaults.orElse(replicas, 1);
    images = Defaults.list(images);
    paused = Defaults.orElse(paused, false);
    revisionHistoryLimit = Defaults.orElse(revisionHistoryLimit, 10);
  }
}
