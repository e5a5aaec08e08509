package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.oci.Platform;
import dev.ipfstee.fetcher.oci.ReferrerTag;
import dev.ipfstee.fetcher.report.FetchException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How registries tell each other which images they list, and what lies beside those: JSON, {@code
 * {"images": [...], "referrers": [...]}}.
 */
public final class ImageListing {
  /** The most that a listing may have. */
  public static final int MAX_BYTES = 64 << 10;

  /** A digest is rarely listed for more than one CID. */
  private static final int MAX_IMAGES = 32;

  /** A reference of 4096 characters, and a name behind it. */
  private static final int MAX_SOURCE_CHARACTERS = 4096 + 385;

  /** As many as are kept of one image. */
  private static final int MAX_REFERRERS = 64;

  private static final Pattern LAYOUT = Pattern.compile("[A-Za-z]{1,32}");

  private ImageListing() {}

  /** Where a registry answers with the images that have this digest. */
  public static String path(Digest digest) {
    return "/images/" + digest;
  }

  /** Writes a listing; what is beyond what it may hold is left out. */
  public static Map<String, Object> write(
      List<StoredImage> images, List<StoredReferrer> referrers) {
    return Map.of(
        "images",
        images.stream().limit(MAX_IMAGES).map(ImageListing::write).toList(),
        "referrers",
        referrers.stream().limit(MAX_REFERRERS).map(ImageListing::write).toList());
  }

  private static Map<String, Object> write(StoredReferrer referrer) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("cid", referrer.cid());
    entry.put("mediaType", referrer.mediaType());
    entry.put("digest", referrer.digest().toString());
    entry.put("size", referrer.size());
    referrer.tag().ifPresent(tag -> entry.put("tag", tag.toString()));
    return entry;
  }

  private static Map<String, Object> write(StoredImage image) {
    Map<String, Object> entry = describe(image);
    entry.put("size", image.size());
    return entry;
  }

  /** What this node's inventory says of an image. */
  public static Map<String, Object> describe(StoredImage image) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("source", image.source());
    entry.put("cid", image.cid());
    entry.put("layout", image.layout());
    entry.put("digest", image.digest().toString());
    entry.put("mediaType", image.mediaType());
    entry.put("platforms", image.platforms());
    entry.put("bytes", image.bytes());
    return entry;
  }

  /**
   * Reads a listing of somebody else. None of its images is {@linkplain StoredImage#resolved()
   * resolved}.
   *
   * @return nothing for what isn't understood
   */
  public static List<StoredImage> read(byte[] json) {
    try {
      return JsonTree.field(JsonTree.parseObject(json), "images") instanceof List<?> images
          ? images.stream().limit(MAX_IMAGES).flatMap(image -> readImage(image).stream()).toList()
          : List.of();
    } catch (JsonTree.Malformed malformed) {
      return List.of();
    }
  }

  /**
   * Reads what somebody else lists beside the images of a CID: manifests that may be anything, with
   * their tags as names.
   *
   * @return nothing for what isn't understood
   */
  public static List<Descriptor> readReferrers(byte[] json, String cid) {
    try {
      return JsonTree.field(JsonTree.parseObject(json), "referrers") instanceof List<?> referrers
          ? referrers.stream()
              .filter(entry -> JsonTree.text(entry, "cid").equals(cid))
              .limit(MAX_REFERRERS)
              .flatMap(entry -> readReferrer(entry).stream())
              .toList()
          : List.of();
    } catch (JsonTree.Malformed malformed) {
      return List.of();
    }
  }

  private static Optional<Descriptor> readReferrer(Object entry) {
    String mediaType = JsonTree.text(entry, "mediaType");
    long size = JsonTree.count(entry, "size");
    if (!MediaTypes.isManifest(mediaType) || size < 0 || size > ImageGraph.MAX_DOCUMENT_BYTES) {
      return Optional.empty();
    }
    try {
      Descriptor manifest =
          new Descriptor(mediaType, Digest.parse(JsonTree.text(entry, "digest")), size);
      return Optional.of(
          ReferrerTag.parse(JsonTree.text(entry, "tag"))
              .map(tag -> manifest.withName(tag.toString()))
              .orElse(manifest));
    } catch (FetchException malformed) {
      return Optional.empty();
    }
  }

  private static Optional<StoredImage> readImage(Object entry) {
    if (!(JsonTree.field(entry, "platforms") instanceof List<?> platforms)
        || !platforms.stream().allMatch(String.class::isInstance)) {
      return Optional.empty();
    }
    String mediaType = JsonTree.text(entry, "mediaType");
    long size = JsonTree.count(entry, "size");
    String source = JsonTree.text(entry, "source");
    String layout = JsonTree.text(entry, "layout");
    if (size > ImageGraph.MAX_DOCUMENT_BYTES
        || source.length() > MAX_SOURCE_CHARACTERS
        || !LAYOUT.matcher(layout).matches()
        || !MediaTypes.isIndex(mediaType) && !MediaTypes.isManifest(mediaType)) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new StoredImage(
              Digest.parse(JsonTree.text(entry, "digest")),
              mediaType,
              size,
              JsonTree.text(entry, "cid"),
              source,
              layout,
              platforms.stream().map(name -> Platform.parse((String) name).toString()).toList(),
              JsonTree.count(entry, "bytes"),
              false));
    } catch (FetchException | IllegalArgumentException malformed) {
      return Optional.empty();
    }
  }
}
