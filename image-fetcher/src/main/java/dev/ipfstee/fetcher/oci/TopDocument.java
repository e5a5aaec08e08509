package dev.ipfstee.fetcher.oci;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.Optional;

/**
 * A JSON document that nobody has described: what it is has to be found in itself.
 *
 * @param descriptor present when it is one descriptor
 * @param imageMediaType present when it is an index or a manifest of any kind: the type it gives
 *     itself, else the one that its fields imply. Whether that type is accepted is another question
 */
public record TopDocument(Optional<Descriptor> descriptor, Optional<String> imageMediaType) {
  // The fields by which kinds are told apart, here and by whoever reads the document next.
  private static final String[] TELLING = {
    "digest", "mediaType", "manifests", "layers", "config", "fsLayers"
  };

  /**
   * Both parts are empty for another kind of JSON object.
   *
   * @throws FetchException {@link Reason#MALFORMED_MANIFEST}; {@link Reason#LAYOUT_AMBIGUOUS} for a
   *     descriptor that is an index or a manifest too
   */
  public static TopDocument parse(byte[] json, String what) {
    JsonObject document = StrictJson.parse(json, what);
    Optional<String> implied = impliedMediaType(document);
    if (document.has("digest")) {
      if (implied.isPresent()) {
        throw new FetchException(
            Reason.LAYOUT_AMBIGUOUS,
            "failed to recognise "
                + what
                + ": it is a descriptor and an image index or manifest at once, and which one is"
                + " meant depends on the reader");
      }
      return new TopDocument(Optional.of(Descriptor.from(document)), Optional.empty());
    }
    Optional<String> own = document.string("mediaType").filter(type -> !type.isEmpty());
    if (implied.isEmpty() && own.filter(TopDocument::isAccepted).isEmpty()) {
      return new TopDocument(Optional.empty(), Optional.empty());
    }
    document.requireExactCase(TELLING);
    return new TopDocument(Optional.empty(), own.or(() -> implied));
  }

  private static boolean isAccepted(String mediaType) {
    return MediaTypes.isIndex(mediaType) || MediaTypes.isManifest(mediaType);
  }

  private static Optional<String> impliedMediaType(JsonObject document) {
    if (document.has("manifests")) {
      return Optional.of(MediaTypes.OCI_INDEX);
    }
    if (document.has("layers") && document.has("config")) {
      return Optional.of(MediaTypes.OCI_MANIFEST);
    }
    return document.has("fsLayers") ? Optional.of(MediaTypes.DOCKER_SCHEMA_1) : Optional.empty();
  }
}
