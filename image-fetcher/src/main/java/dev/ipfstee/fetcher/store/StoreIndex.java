package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.ReferrerTag;
import dev.ipfstee.fetcher.report.FetchException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The content of {@code index.json}: one descriptor per stored image, with what it was fetched for
 * as annotations, and one per signature or other referrer. Entries of other tools, and of a newer
 * version of this one, are kept as they are.
 *
 * @see <a
 *     href="https://github.com/opencontainers/image-spec/blob/main/image-layout.md#indexjson-file">
 *     image layout, index.json</a>
 */
final class StoreIndex {
  /** 16 MiB: some 20,000 images, far more than a node can hold. */
  static final int MAX_BYTES = 16 << 20;

  private static final String REF_NAME = Descriptor.REF_NAME;
  private static final String SOURCE = "dev.ipfstee.source";
  private static final String LAYOUT = "dev.ipfstee.layout";
  private static final String PLATFORMS = "dev.ipfstee.platforms";
  private static final String BYTES = "dev.ipfstee.bytes";
  private static final String CID = "dev.ipfstee.cid";
  private static final String SUBJECT = "dev.ipfstee.subject";
  private static final String RESOLVED = "dev.ipfstee.resolved";

  private final Map<String, Object> document;
  private final List<Object> manifests;

  private StoreIndex(Map<String, Object> document, List<?> manifests) {
    this.document = document;
    this.manifests = new ArrayList<>(manifests);
  }

  static StoreIndex empty() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("schemaVersion", 2);
    document.put("mediaType", "application/vnd.oci.image.index.v1+json");
    return new StoreIndex(document, List.of());
  }

  /**
   * Parses an index.
   *
   * @param file where the text came from, for messages
   * @throws FetchException {@code StoreCorrupt} for anything but an OCI index
   */
  static StoreIndex parse(byte[] text, Path file) {
    Map<String, Object> document;
    try {
      document = JsonTree.parseObject(text);
    } catch (JsonTree.Malformed malformed) {
      throw corrupt(file, malformed.getMessage());
    }
    long version = JsonTree.count(document, "schemaVersion");
    if (version != 2) {
      throw corrupt(
          file, "expected schemaVersion 2, found " + (version < 0 ? "none" : "" + version));
    }
    if (!(document.get("manifests") instanceof List<?> manifests)
        || !manifests.stream().allMatch(Map.class::isInstance)) {
      throw corrupt(file, "expected an array 'manifests' of objects");
    }
    return new StoreIndex(document, manifests);
  }

  private static FetchException corrupt(Path file, String finding) {
    return StoreErrors.corrupt(
        file,
        finding,
        "move the file away; the next fetch of an image lists it again and downloads no blob"
            + " twice");
  }

  /** What this program listed, in the order in which it was added. */
  StoreListing listing() {
    return new StoreListing(
        manifests.stream().map(StoreIndex::read).flatMap(Optional::stream).toList(),
        manifests.stream().map(StoreIndex::readReferrer).flatMap(Optional::stream).toList());
  }

  /** Adds an image, or takes the place of the entry for the same source, layout and digest. */
  void put(StoredImage image) {
    for (int i = 0; i < manifests.size(); i++) {
      if (read(manifests.get(i)).filter(image::sameEntry).isPresent()) {
        manifests.set(i, write(image));
        return;
      }
    }
    manifests.add(write(image));
  }

  /** Lists these referrers in the place of those; what is listed already is not again. */
  void replace(List<StoredReferrer> old, List<StoredReferrer> added) {
    manifests.removeIf(entry -> readReferrer(entry).filter(old::contains).isPresent());
    List<StoredReferrer> present = listing().referrers();
    added.stream()
        .filter(referrer -> !present.contains(referrer))
        .forEach(referrer -> manifests.add(write(referrer)));
  }

  /** Unlists these images, and what came with the images of these CIDs. */
  void remove(Set<Digest> images, Set<String> cids) {
    manifests.removeIf(
        entry ->
            read(entry).filter(image -> images.contains(image.digest())).isPresent()
                || readReferrer(entry).filter(of -> cids.contains(of.cid())).isPresent());
  }

  /** What other tools listed, as far as {@link #isUnderstood()}. */
  List<Descriptor> foreign() {
    return manifests.stream().flatMap(entry -> readForeign(entry).stream()).toList();
  }

  /** Whether every entry that isn't ours says what it names. */
  boolean isUnderstood() {
    return manifests.stream().allMatch(entry -> isOurs(entry) || readForeign(entry).isPresent());
  }

  private static boolean isOurs(Object entry) {
    return read(entry).isPresent() || readReferrer(entry).isPresent();
  }

  private static Optional<Descriptor> readForeign(Object entry) {
    try {
      return isOurs(entry)
          ? Optional.empty()
          : Optional.of(
              new Descriptor(
                  JsonTree.text(entry, "mediaType"),
                  Digest.parse(JsonTree.text(entry, "digest")),
                  JsonTree.count(entry, "size")));
    } catch (FetchException | IllegalArgumentException unknown) {
      return Optional.empty();
    }
  }

  byte[] toBytes() {
    Map<String, Object> updated = new LinkedHashMap<>(document);
    updated.put("manifests", manifests);
    return JsonTree.bytes(updated);
  }

  private static Map<String, Object> write(StoredImage image) {
    Map<String, Object> annotations = new LinkedHashMap<>();
    annotations.put(REF_NAME, image.cid());
    annotations.put(SOURCE, image.source());
    annotations.put(LAYOUT, image.layout());
    annotations.put(PLATFORMS, String.join(",", image.platforms()));
    annotations.put(BYTES, Long.toString(image.bytes()));
    if (!image.resolved()) {
      annotations.put(RESOLVED, "false");
    }
    return entry(image.descriptor(), Optional.empty(), annotations);
  }

  private static Map<String, Object> write(StoredReferrer referrer) {
    Map<String, Object> annotations = new LinkedHashMap<>();
    referrer.tag().ifPresent(tag -> annotations.put(REF_NAME, tag.toString()));
    annotations.put(CID, referrer.cid());
    annotations.put(SUBJECT, referrer.subject().toString());
    return entry(referrer.descriptor(), referrer.artifactType(), annotations);
  }

  private static Map<String, Object> entry(
      Descriptor descriptor, Optional<String> artifactType, Map<String, Object> annotations) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("mediaType", descriptor.mediaType());
    entry.put("digest", descriptor.digest().toString());
    entry.put("size", descriptor.size());
    artifactType.ifPresent(type -> entry.put("artifactType", type));
    entry.put("annotations", annotations);
    return entry;
  }

  /** Empty for an entry that isn't ours: those are kept and never used. */
  private static Optional<StoredImage> read(Object entry) {
    Object annotations = JsonTree.field(entry, "annotations");
    String cid = JsonTree.text(annotations, REF_NAME);
    String source = JsonTree.text(annotations, SOURCE);
    String layout = JsonTree.text(annotations, LAYOUT);
    String platforms = JsonTree.text(annotations, PLATFORMS);
    if (cid.isEmpty() || source.isEmpty() || layout.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new StoredImage(
              Digest.parse(JsonTree.text(entry, "digest")),
              JsonTree.text(entry, "mediaType"),
              JsonTree.count(entry, "size"),
              cid,
              source,
              layout,
              platforms.isEmpty() ? List.of() : List.of(platforms.split(",")),
              Long.parseLong(JsonTree.text(annotations, BYTES)),
              !JsonTree.text(annotations, RESOLVED).equals("false")));
    } catch (FetchException | IllegalArgumentException foreign) {
      return Optional.empty();
    }
  }

  private static Optional<StoredReferrer> readReferrer(Object entry) {
    Object annotations = JsonTree.field(entry, "annotations");
    String cid = JsonTree.text(annotations, CID);
    String subject = JsonTree.text(annotations, SUBJECT);
    if (cid.isEmpty() || subject.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new StoredReferrer(
              Digest.parse(JsonTree.text(entry, "digest")),
              JsonTree.text(entry, "mediaType"),
              JsonTree.count(entry, "size"),
              cid,
              Digest.parse(subject),
              ReferrerTag.parse(JsonTree.text(annotations, REF_NAME)),
              Optional.of(JsonTree.text(entry, "artifactType")).filter(type -> !type.isEmpty())));
    } catch (FetchException | IllegalArgumentException foreign) {
      return Optional.empty();
    }
  }
}
