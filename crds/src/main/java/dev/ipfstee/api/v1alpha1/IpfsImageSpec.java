package dev.ipfstee.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** What is wanted of an image. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
    value = "has(self.expected) == has(oldSelf.expected)",
    message = "expected can't be added or removed: make a new IpfsImage")
@ValidationRule(
    value = "has(self.platforms) == has(oldSelf.platforms)",
    message = "platforms can't be added or removed: make a new IpfsImage")
public record IpfsImageSpec(
    @Required
        @ValidationRule(
            value = "self == oldSelf",
            message = "source is immutable: make a new IpfsImage")
        @JsonPropertyDescription("What to fetch. Immutable: other content is another IpfsImage.")
        ImageSource source,
    @Size(max = 8)
        @ValidationRule(
            value = "self.all(a, self.exists_one(b, a.url == b.url))",
            message = "gateways must not name a url twice")
        @JsonPropertyDescription(
            "IPFS gateways to fetch from, in order of preference, at most 8. Each must be in the"
                + " administrator's list. Default: that list.")
        List<Gateway> gateways,
    @ValidationRule(
            value = "self == oldSelf",
            message = "expected is immutable: make a new IpfsImage")
        @JsonPropertyDescription(
            "A second pin beside the CID. Immutable. Default: none, the CID alone decides.")
        ExpectedImage expected,
    @Size(min = 1, max = 8)
        @ValidationRule(
            value = "self == oldSelf",
            message = "platforms is immutable: make a new IpfsImage")
        @ValidationRule(
            value = "self.all(a, self.exists_one(b, a == b))",
            message = "platforms must not name a platform twice")
        @ValidationRule(
            value = "self.all(p, p.matches('^linux/[a-z0-9]{1,16}(/v[0-9]{1,2})?$'))",
            message = "platforms must have the form linux/ARCH[/VARIANT], as in linux/arm64/v8")
        @JsonPropertyDescription(
            "Platforms to fetch, as os/arch or os/arch/variant, at most 8; the image must have all"
                + " of them. Immutable. Default: those architectures of the nodes with the registry"
                + " that the image has, resolved once and kept in status.")
        List<@Size(min = 1, max = 32) String> platforms,
    @Default("{}")
        @JsonPropertyDescription(
            "Bounds for the image and its fetch. Default: those of its fields.")
        ImageLimits limits,
    @Default("{}")
        @JsonPropertyDescription(
            "What is checked beyond CIDs and digests. Default: those of its fields.")
        ImageVerification verification,
    @Default("false")
        @JsonPropertyDescription(
            "Whether no more fetches are started; those that run come to their end, and what the"
                + " nodes hold stays. Default: false.")
        Boolean suspend) {

  public IpfsImageSpec {
    gateways = Defaults.list(gateways);
    platforms = Defaults.list(platforms);
    limits = Defaults.orElse(limits, ImageLimits.DEFAULT);
    verification = Defaults.orElse(verification, ImageVerification.DEFAULT);
    suspend = Defaults.orElse(suspend, false);
  }

  /** Everything at its default, for the image under {@code uri}. */
  public static IpfsImageSpec of(String uri) {
    return new IpfsImageSpec(new ImageSource(uri, null, null), null, null, null, null, null, null);
  }
}
