package dev.ipfstee.fetcher.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The content of {@code index.json}: one descriptor per stored image, with what it was fetched for
 * as annotations. Entries of other tools, and of a newer version of this one, are kept as they are.
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/image-layout.md#indexjson-file">
 *     image layout, index.json</a>
 */
final class StoreIndex {
  /** 16 MiB: some 20,000 images, far more than a node can hold. */
  static final int MAX_BYTES = 16 << 20;

  private static final String REF_NAME = "org.opencontainers.image.ref.name";
  private static final String SOURCE = "dev.ipfstee.source";
  private static final String LAYOUT = "dev.ipfstee.layout";
  private static final String PLATFORMS = "dev.ipfstee.platforms";
  private static final String BYTES = "dev.ipfstee.bytes";

  private final ObjectNode document;

  private StoreIndex(ObjectNode document) {
    this.document = document;
  }

  static StoreIndex empty() {
    ObjectNode document = StoreJson.object();
    document.put("schemaVersion", 2);
    document.put("mediaType", "application/vnd.oci.image.index.v1+json");
    document.putArray("manifests");
    return new StoreIndex(document);
  }

  /**
   * Parses an index.
   *
   * @param file where the text came from, for messages
   * @throws FetchException {@code StoreCorrupt} for anything but an OCI index
   */
  static StoreIndex parse(byte[] text, Path file) {
    ObjectNode document;
    try {
      document = StoreJson.parseObject(text);
    } catch (JsonProcessingException malformed) {
      throw corrupt(file, StoreJson.problem(malformed));
    }
    if (document.path("schemaVersion").asInt() != 2) {
      throw corrupt(file, "expected schemaVersion 2, found " + document.path("schemaVersion"));
    }
    JsonNode manifests = document.path("manifests");
    if (!manifests.isArray()) {
      throw corrupt(file, "expected an array 'manifests'");
    }
    for (JsonNode entry : manifests) {
      if (!entry.isObject()) {
        throw corrupt(file, "expected objects in 'manifests'");
      }
    }
    return new StoreIndex(document);
  }

  private static FetchException corrupt(Path file, String finding) {
    return StoreErrors.corrupt(
        file,
        finding,
        "move the file away; the next fetch of an image lists it again and downloads no blob twice");
  }

  /** The images that this program listed, in the order in which they were added. */
  List<StoredImage> images() {
    List<StoredImage> images = new ArrayList<>();
    for (JsonNode entry : document.path("manifests")) {
      read(entry).ifPresent(images::add);
    }
    return List.copyOf(images);
  }

  /** Adds an image, or takes the place of the entry for the same source, layout and digest. */
  void put(StoredImage image) {
    ArrayNode manifests = document.withArray("manifests");
    for (int i = 0; i < manifests.size(); i++) {
      if (read(manifests.get(i)).filter(image::sameEntry).isPresent()) {
        manifests.set(i, write(image));
        return;
      }
    }
    manifests.add(write(image));
  }

  byte[] toBytes() {
    return StoreJson.bytes(document);
  }

  private static ObjectNode write(StoredImage image) {
    ObjectNode entry = StoreJson.object();
    entry.put("mediaType", image.mediaType());
    entry.put("digest", image.digest().toString());
    entry.put("size", image.size());
    ObjectNode annotations = entry.putObject("annotations");
    annotations.put(REF_NAME, image.cid());
    annotations.put(SOURCE, image.source());
    annotations.put(LAYOUT, image.layout());
    annotations.put(PLATFORMS, String.join(",", image.platforms()));
    annotations.put(BYTES, Long.toString(image.bytes()));
    return entry;
  }

  /** Empty for an entry that isn't ours: those are kept and never used. */
  private static Optional<StoredImage> read(JsonNode entry) {
    JsonNode annotations = entry.path("annotations");
    String cid = annotations.path(REF_NAME).asText();
    String source = annotations.path(SOURCE).asText();
    String layout = annotations.path(LAYOUT).asText();
    String platforms = annotations.path(PLATFORMS).asText();
    JsonNode size = entry.path("size");
    if (cid.isEmpty() || source.isEmpty() || layout.isEmpty() || !size.canConvertToLong()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new StoredImage(
              Digest.parse(entry.path("digest").asText()),
              entry.path("mediaType").asText(),
              size.asLong(),
              cid,
              source,
              layout,
              platforms.isEmpty() ? List.of() : List.of(platforms.split(",")),
              Long.parseLong(annotations.path(BYTES).asText())));
    } catch (FetchException | IllegalArgumentException foreign) {
      return Optional.empty();
    }
  }
}
