package dev.ipfstee.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/** One platform of an image. Until the image is resolved only the platform is known. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ImagePlatform(
    @JsonPropertyDescription("Operating system, architecture and variant, as in linux/amd64.")
        String platform,
    @JsonPropertyDescription("OCI digest of the platform's manifest; absent until resolved.")
        String digest,
    @JsonPropertyDescription("Number of layers; absent until resolved.") Integer layers,
    @JsonPropertyDescription(
            "Size of manifest, config and layers together, in bytes; absent until resolved.")
        Long bytes) {}
