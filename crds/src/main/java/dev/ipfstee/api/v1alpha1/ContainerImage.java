package dev.ipfstee.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** Which IpfsImage a container runs. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ContainerImage(
    @Required
        @Size(min = 1, max = 63)
        @JsonPropertyDescription(
            "Name of a container or initContainer of the template, 1 to 63 characters.")
        String container,
    @Required
        @Size(min = 1, max = 253)
        @ValidationRule(
            value = "self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')",
            message = "ipfsImage must be the name of an IpfsImage in the same namespace")
        @JsonPropertyDescription("Name of an IpfsImage in the same namespace, 1 to 253 characters.")
        String ipfsImage) {}
