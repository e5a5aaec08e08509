package dev.ipfstee.fetcher.oci;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.ArrayList;
import java.util.List;

/** What manifests and indexes have in common when they're read. */
final class Documents {
  /** The fields that tell the kinds of documents apart. */
  static final String[] KEYS = {
    "schemaVersion",
    "mediaType",
    "artifactType",
    "config",
    "layers",
    "manifests",
    "subject",
    "annotations",
    "fsLayers"
  };

  private Documents() {}

  static JsonObject open(byte[] json, String expectedMediaType, String what) {
    JsonObject document = StrictJson.parse(json, what).requireExactCase(KEYS);
    if (document.requireCount("schemaVersion") != 2) {
      throw document.malformed("'schemaVersion' is not 2");
    }
    document
        .string("mediaType")
        .filter(mediaType -> !mediaType.equals(expectedMediaType))
        .ifPresent(
            mediaType -> {
              throw document.malformed(
                  "its mediaType is '"
                      + mediaType
                      + "', but its descriptor says '"
                      + expectedMediaType
                      + "'");
            });
    return document;
  }

  static void refuseBoth(JsonObject document, String kind, String... foreign) {
    for (String field : foreign) {
      if (document.has(field)) {
        throw document.malformed(
            "'" + field + "' in " + kind + ": one document must not be two (CVE-2021-41190)");
      }
    }
  }

  static List<Descriptor> descriptors(JsonObject document, String field, String what) {
    List<JsonObject> entries = document.requireKey(field).objects(field);
    if (entries.size() > Descriptor.MAX_DESCRIPTORS) {
      throw new FetchException(
          Reason.TOO_MANY_DESCRIPTORS,
          "failed to read "
              + what
              + ": it has "
              + entries.size()
              + " "
              + field
              + ", the limit is "
              + Descriptor.MAX_DESCRIPTORS);
    }
    List<Descriptor> descriptors = new ArrayList<>(entries.size());
    entries.forEach(entry -> descriptors.add(Descriptor.from(entry)));
    return descriptors;
  }
}
