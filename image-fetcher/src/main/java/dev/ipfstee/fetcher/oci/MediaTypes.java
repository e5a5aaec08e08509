package dev.ipfstee.fetcher.oci;

import java.util.Set;

/** The media types that make an image, and no others. */
public final class MediaTypes {
  public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
  public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  public static final String OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
  public static final String DOCKER_LIST =
      "application/vnd.docker.distribution.manifest.list.v2+json";
  public static final String DOCKER_MANIFEST =
      "application/vnd.docker.distribution.manifest.v2+json";

  /** Never accepted: its digest isn't that of its bytes, and no runtime takes it any more. */
  public static final String DOCKER_SCHEMA_1 =
      "application/vnd.docker.distribution.manifest.v1+prettyjws";

  public static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";

  public static final String OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";
  private static final String DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";

  private static final Set<String> LAYERS =
      Set.of(
          OCI_LAYER,
          OCI_LAYER + "+gzip",
          OCI_LAYER + "+zstd",
          OCI_LAYER + "+encrypted",
          OCI_LAYER + "+gzip+encrypted",
          OCI_LAYER + "+zstd+encrypted",
          DOCKER_LAYER,
          DOCKER_LAYER + ".gzip");

  private MediaTypes() {}

  /** An OCI image index or a docker manifest list. */
  public static boolean isIndex(String mediaType) {
    return mediaType.equals(OCI_INDEX) || mediaType.equals(DOCKER_LIST);
  }

  /** An OCI image manifest or a docker manifest, schema 2. */
  public static boolean isManifest(String mediaType) {
    return mediaType.equals(OCI_MANIFEST) || mediaType.equals(DOCKER_MANIFEST);
  }

  /** An OCI or docker image config. */
  public static boolean isConfig(String mediaType) {
    return mediaType.equals(OCI_CONFIG) || mediaType.equals(DOCKER_CONFIG);
  }

  /** A layer that every runtime can unpack and that nobody fetches from elsewhere. */
  public static boolean isLayer(String mediaType) {
    return LAYERS.contains(mediaType);
  }
}
