package dev.ipfstee.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** Bounds for one image and its fetch. Text is kept as it was typed. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
    value =
        "!self.timeout.matches('"
            + ImageLimits.DURATION
            + "')"
            + " || !self.stallTimeout.matches('"
            + ImageLimits.DURATION
            + "')"
            + " || duration(self.stallTimeout) <= duration(self.timeout)",
    message = "stallTimeout (30s if not given) must not be longer than timeout")
public record ImageLimits(
    @Default("10Gi")
        @Size(min = 1, max = 24)
        @ValidationRule(
            value =
                "isQuantity(self) && quantity(self).compareTo(quantity('1Mi')) >= 0"
                    + " && quantity(self).compareTo(quantity('1Ti')) <= 0",
            message = "maxBytes must be a quantity from 1Mi to 1Ti, as in 10Gi")
        @JsonPropertyDescription(
            "Most that the image may put into a node's store, compressed as published, in bytes as"
                + " a quantity from 1Mi to 1Ti. Default: 10Gi.")
        String maxBytes,
    @Default("256")
        @Min(1)
        @Max(1000)
        @JsonPropertyDescription("Most layers per platform, 1 to 1000. Default: 256.")
        Integer maxLayers,
    @Default("30m")
        @Size(min = 2, max = 32)
        @ValidationRule(
            value =
                "self.matches('"
                    + ImageLimits.DURATION
                    + "')"
                    + " && duration(self) >= duration('10s') && duration(self) <= duration('24h')",
            message = "timeout must be a duration from 10s to 24h, as in 90s, 30m or 1h30m")
        @JsonPropertyDescription(
            "Longest time that one attempt to fetch may take on a node, from 10s to 24h. Default:"
                + " 30m.")
        String timeout,
    @Default("30s")
        @Size(min = 2, max = 32)
        @ValidationRule(
            value =
                "self.matches('"
                    + ImageLimits.DURATION
                    + "')"
                    + " && duration(self) >= duration('1s') && duration(self) <= duration('1h')",
            message = "stallTimeout must be a duration from 1s to 1h, as in 30s or 2m")
        @JsonPropertyDescription(
            "Longest time without a byte from a gateway before it is given up, from 1s to 1h."
                + " Default: 30s.")
        String stallTimeout) {

  /** Hours, minutes and seconds in that order, each at most once. */
  static final String DURATION = "^([0-9]{1,4}h)?([0-9]{1,6}m)?([0-9]{1,8}s)?$";

  /** What holds when nothing is said. */
  public static final ImageLimits DEFAULT = new ImageLimits("10Gi", 256, "30m", "30s");

  public ImageLimits {
    maxBytes = Defaults.orElse(maxBytes, "10Gi");
    maxLayers = Defaults.orElse(maxLayers, 256);
    timeout = Defaults.orElse(timeout, "30m");
    stallTimeout = Defaults.orElse(stallTimeout, "30s");
  }
}
