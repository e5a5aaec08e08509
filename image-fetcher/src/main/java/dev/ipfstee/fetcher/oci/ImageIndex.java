package dev.ipfstee.fetcher.oci;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.List;
import java.util.Map;

/**
 * An OCI image index or a docker manifest list.
 *
 * @param manifests in the order of the document, at most {@value Descriptor#MAX_DESCRIPTORS}
 * @param annotations never null
 */
public record ImageIndex(List<Descriptor> manifests, Map<String, String> annotations) {
  public ImageIndex {
    manifests = List.copyOf(manifests);
    annotations = Map.copyOf(annotations);
  }

  /**
   * @param mediaType what the descriptor says; the document may be silent, but not differ
   * @throws FetchException {@link Reason#MALFORMED_MANIFEST}, {@link Reason#TOO_MANY_DESCRIPTORS}
   */
  public static ImageIndex parse(byte[] json, String mediaType, String what) {
    JsonObject document = Documents.open(json, mediaType, what);
    Documents.refuseBoth(document, "an index", "layers", "config", "fsLayers");
    return new ImageIndex(
        Documents.descriptors(document, "manifests", what), document.stringMap("annotations"));
  }
}
