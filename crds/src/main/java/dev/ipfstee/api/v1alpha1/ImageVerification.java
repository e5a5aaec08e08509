package dev.ipfstee.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;

/** What is checked of an image beyond its CIDs and digests. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ImageVerification(
    @Default("Enforce")
        @JsonPropertyDescription(
            "Lint of the image's configuration against what a container runtime could be attacked"
                + " with. Enforce refuses the image, Warn only tells. Default: Enforce.")
        ConfigLint config) {

  /** What a finding of the lint leads to. */
  public enum ConfigLint {
    /** The image is refused. */
    Enforce,
    /** The image is accepted and the finding told. */
    Warn
  }

  /** What holds when nothing is said. */
  public static final ImageVerification DEFAULT = new ImageVerification(ConfigLint.Enforce);

  public ImageVerification {
    config = Defaults.orElse(config, ConfigLint.Enforce);
  }
}
