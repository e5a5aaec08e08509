package dev.ipfstee.fetcher.fetch;

/** The forms in which an image lies on IPFS. */
public enum Layout {
  /** A directory with {@code oci-layout}, {@code index.json} and {@code blobs/}. */
  OCI_LAYOUT("OciLayout"),
  /** A file with one descriptor, whose blobs are found by their {@code ipfs://} urls. */
  NERDCTL_DESCRIPTOR("NerdctlDescriptor"),
  /**
   * A file that is an image index or manifest, whose blobs are found by urls or by their digests.
   */
  MANIFEST("Manifest"),
  /** A directory with {@code manifests/} and {@code blobs/sha256:<hex>}. */
  IPDR("Ipdr"),
  /** A tar of an image layout, as {@code skopeo copy … oci-archive:} writes. */
  OCI_ARCHIVE("OciArchive"),
  /** A tar with {@code manifest.json}, as {@code docker save} wrote before Docker 25. */
  DOCKER_ARCHIVE("DockerArchive"),
  /** A CAR file, in which the image has any of the other forms. */
  CAR("Car");

  private final String label;

  Layout(String label) {
    this.label = label;
  }

  /** The name in reports and options, in PascalCase. */
  public String label() {
    return label;
  }
}
