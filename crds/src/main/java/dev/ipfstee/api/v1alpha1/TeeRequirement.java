package dev.ipfstee.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** The trusted execution environment that pods run in. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record TeeRequirement(
    @Required
        @Size(min = 1, max = 63)
        @ValidationRule(
            value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
            message = "profile must be the name of one of the operator's profiles, as in snp")
        @JsonPropertyDescription(
            "Name of one of the operator's profiles, as in snp or gke-tdx, or none, which is no"
                + " TEE. 1 to 63 characters.")
        String profile,
    @Size(min = 1, max = 253)
        @ValidationRule(
            value = "self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",
            message = "runtimeClassName must be the name of a RuntimeClass")
        @JsonPropertyDescription(
            "RuntimeClass to use instead of the profile's, 1 to 253 characters. Default: the"
                + " profile's.")
        String runtimeClassName,
    @Default("true")
        @JsonPropertyDescription(
            "Whether a profile without confidentiality, and images that aren't pinned, are"
                + " refused. Default: true.")
        Boolean requireConfidential) {

  public TeeRequirement {
    requireConfidential = Defaults.orElse(requireConfidential, true);
  }
}
