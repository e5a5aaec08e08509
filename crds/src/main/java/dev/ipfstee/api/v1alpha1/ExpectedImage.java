package dev.ipfstee.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** What the image under the CID must turn out to be. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ExpectedImage(
    @Required
        @Size(min = 71, max = 135)
        @ValidationRule(
            value = "self.matches('^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$')",
            message = "digest must be sha256: and 64, or sha512: and 128 lower-case hex digits")
        @JsonPropertyDescription(
            "OCI digest of the manifest or index that the CID must resolve to, as in"
                + " sha256:HEX.")
        String digest) {}
