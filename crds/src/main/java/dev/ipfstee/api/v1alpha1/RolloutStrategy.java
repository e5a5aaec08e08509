package dev.ipfstee.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.IntOrString;

/** How pods are replaced by newer ones; the strategy of a Deployment. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
    value = "self.type == 'RollingUpdate' || !has(self.rollingUpdate)",
    message = "rollingUpdate is only for type RollingUpdate")
public record RolloutStrategy(
    @Default("RollingUpdate")
        @JsonPropertyDescription(
            "RollingUpdate replaces pods step by step, Recreate stops all before it starts new"
                + " ones. Default: RollingUpdate.")
        Type type,
    @JsonPropertyDescription("Step width of RollingUpdate. Default: those of its fields.")
        RollingUpdate rollingUpdate) {

  /** The order of stopping and starting. */
  public enum Type {
    /** Step by step. */
    RollingUpdate,
    /** All old pods are stopped first. */
    Recreate
  }

  public RolloutStrategy {
    type = Defaults.orElse(type, Type.RollingUpdate);
  }

  /** Step width of a rolling update. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record RollingUpdate(
      @JsonPropertyDescription(
              "Most pods that may be missing during the update, as a number or a percentage of"
                  + " replicas. Default: 25%.")
          IntOrString maxUnavailable,
      @JsonPropertyDescription(
              "Most pods that may be there beyond replicas during the update, as a number or a"
                  + " percentage; 0 where each pod needs a scarce TEE key. Default: 25%.")
          IntOrString maxSurge) {}
}
