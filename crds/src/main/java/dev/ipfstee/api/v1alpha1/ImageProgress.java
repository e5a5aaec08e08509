package dev.ipfstee.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/** How far a fetch is. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ImageProgress(
    @JsonPropertyDescription("Number of bytes that the node has stored, checked.") Long bytes,
    @JsonPropertyDescription(
            "Number of bytes that there will be; absent until the image's manifests are read.")
        Long total) {}
