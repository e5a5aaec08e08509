package dev.ipfstee.fetcher.oci;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An OCI image manifest or a docker manifest, schema 2.
 *
 * @param config the image config
 * @param layers from the bottom up
 * @param annotations never null
 * @param artifactType what kind of artifact it is, when it isn't an image
 * @param subject the manifest that this one refers to, for a signature or the like
 */
public record Manifest(
    Descriptor config,
    List<Descriptor> layers,
    Map<String, String> annotations,
    Optional<String> artifactType,
    Optional<Descriptor> subject) {

  public Manifest {
    layers = List.copyOf(layers);
    annotations = Map.copyOf(annotations);
  }

  /**
   * @param mediaType what the descriptor says; the document may be silent, but not differ
   * @throws FetchException {@link Reason#MALFORMED_MANIFEST}, {@link Reason#TOO_MANY_DESCRIPTORS}
   */
  public static Manifest parse(byte[] json, String mediaType, String what) {
    JsonObject document = Documents.open(json, mediaType, what);
    Documents.refuseBoth(document, "a manifest", "manifests", "fsLayers");
    Descriptor config =
        document
            .object("config")
            .map(Descriptor::from)
            .orElseThrow(() -> document.malformed("'config' is missing"));
    return new Manifest(
        config,
        Documents.descriptors(document, "layers", what),
        document.stringMap("annotations"),
        document.string("artifactType").filter(type -> !type.isEmpty()),
        document.object("subject").map(Descriptor::from));
  }

  /**
   * Whether this is an image to run, and not a signature or another artifact. A cosign signature
   * has an image config, so the layers have a say.
   */
  public boolean isImage() {
    return MediaTypes.isConfig(config.mediaType())
        && artifactType.filter(type -> !MediaTypes.isConfig(type)).isEmpty()
        && (layers.isEmpty()
            || layers.stream().anyMatch(layer -> MediaTypes.isLayer(layer.mediaType())));
  }
}
