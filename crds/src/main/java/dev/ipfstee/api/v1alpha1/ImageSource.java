package dev.ipfstee.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** Where an image is in IPFS, and in which form it was published. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ImageSource(
    @Required
        @Size(min = 1, max = 2048)
        @ValidationRule(
            value = "!self.startsWith('ipns://') && !self.contains('/ipns/')",
            message = "uri must name content by its CID: an IPNS name can change what it points to")
        @ValidationRule(
            value =
                "self.matches('^((ipfs://|/ipfs/)[A-Za-z0-9]+(/[^?#[:cntrl:] ]*)?|[A-Za-z0-9]+)$')"
                    + " || self.matches('^https?://[^/?#@[:cntrl:] ]+/ipfs/[^?#[:cntrl:] ]+$')"
                    + " || self.matches('^https?://[A-Za-z0-9]+[.]ipfs[.][^/?#@[:cntrl:] ]+"
                    + "(/[^?#[:cntrl:] ]*)?$')"
                    + " || self.startsWith('ipns://') || self.contains('/ipns/')",
            message =
                "uri must be ipfs://CID[/path], /ipfs/CID[/path], a bare CID,"
                    + " https://HOST/ipfs/CID[/path] or https://CID.ipfs.HOST[/path],"
                    + " without user info, query, fragment or white space")
        @JsonPropertyDescription(
            "Reference by CID: ipfs://CID[/path], or the URL of a gateway, whose host is only a"
                + " hint. 1 to 2048 characters.")
        String uri,
    @Default("Auto")
        @JsonPropertyDescription(
            "Form in which the image was published. Auto recognises it by its content; naming it"
                + " refuses every other. Default: Auto.")
        Layout layout,
    @Size(min = 1, max = 384)
        @ValidationRule(
            value = "self.matches('^[A-Za-z0-9_][-._:@/+A-Za-z0-9]*$')",
            message =
                "refName must be letters, digits and -._:@/+, the first a letter, digit or _, as in"
                    + " app:v1")
        @JsonPropertyDescription(
            "Which image is meant where the content holds several: its"
                + " org.opencontainers.image.ref.name in a layout, its name and tag in a docker"
                + " archive, its tag in an IPDR directory. 1 to 384 characters. Default: none,"
                + " there is but one.")
        String refName) {

  /** How an image lies in IPFS. */
  public enum Layout {
    /** Recognised by the content. */
    Auto,
    /** A directory that is an OCI image layout. */
    OciLayout,
    /** One descriptor with CID urls, as nerdctl and stargz-snapshotter publish. */
    NerdctlDescriptor,
    /** An image index or manifest, whose blobs are found by CID urls or by their digests. */
    Manifest,
    /** A directory with manifests/ and blobs/sha256:HEX, as IPDR and image2ipfs publish. */
    Ipdr,
    /** A tar of an OCI image layout. */
    OciArchive,
    /** A tar as docker save wrote it before Docker 25. */
    DockerArchive,
    /** A CAR file that holds the image in one of the other forms. */
    Car
  }

  public ImageSource {
    layout = Defaults.orElse(layout, Layout.Auto);
  }
}
