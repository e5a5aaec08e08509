package dev.ipfstee.fetcher.oci;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a document says about one blob.
 *
 * @param mediaType never empty
 * @param digest the blob's digest
 * @param size in bytes, ≥0
 * @param urls other places of the blob, as written
 * @param annotations never null
 * @param platform empty when the document doesn't say
 * @param artifactType empty when the document doesn't say
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/descriptor.md">image spec,
 *     descriptors</a>
 */
public record Descriptor(
    String mediaType,
    Digest digest,
    long size,
    List<String> urls,
    Map<String, String> annotations,
    Optional<Platform> platform,
    Optional<String> artifactType) {

  /** All descriptors of one run together, and so also of one document. */
  public static final int MAX_DESCRIPTORS = 1_000;

  /** The annotation by which a layout names what its {@code index.json} lists. */
  public static final String REF_NAME = "org.opencontainers.image.ref.name";

  // The full name that docker and containerd write beside it, which then is the tag alone.
  private static final String CONTAINERD_NAME = "io.containerd.image.name";

  // Written by buildkit on attestations, and by cosign on what it saves beside an image.
  private static final String DOCKER_REFERENCE = "vnd.docker.reference.type";
  private static final String COSIGN_KIND = "kind";
  private static final String DOCKER_REFERENCE_DIGEST = "vnd.docker.reference.digest";
  private static final Pattern COSIGN_EXTRA =
      Pattern.compile("dev\\.cosignproject\\.cosign/(sig|att|sbom)s?");

  public Descriptor {
    urls = List.copyOf(urls);
    annotations = Map.copyOf(annotations);
  }

  /** A descriptor of nothing but the bytes. */
  public Descriptor(String mediaType, Digest digest, long size) {
    this(mediaType, digest, size, List.of(), Map.of(), Optional.empty(), Optional.empty());
  }

  static Descriptor from(JsonObject json) {
    json.requireExactCase(
        "mediaType", "digest", "size", "urls", "annotations", "platform", "artifactType");
    return new Descriptor(
        json.requireString("mediaType"),
        Digest.parse(json.requireString("digest")),
        json.requireCount("size"),
        json.strings("urls"),
        json.stringMap("annotations"),
        json.object("platform").map(Platform::from),
        json.string("artifactType").filter(type -> !type.isEmpty()));
  }

  /**
   * Whether this can be an image to run. Signatures, attestations, referrers and other artifacts
   * travel beside images in one index, and never count.
   */
  public boolean isImage() {
    return (MediaTypes.isIndex(mediaType) || MediaTypes.isManifest(mediaType))
        && artifactType.filter(type -> !MediaTypes.isConfig(type)).isEmpty()
        && platform.filter(Platform::isUnknown).isEmpty()
        && !annotations.containsKey(DOCKER_REFERENCE)
        && cosignSuffix().isEmpty()
        && referrerTag().isEmpty();
  }

  /** The names that the document gives it, the fullest one first. */
  public List<String> names() {
    return Stream.of(CONTAINERD_NAME, REF_NAME)
        .map(key -> annotations.getOrDefault(key, ""))
        .filter(name -> !name.isEmpty())
        .distinct()
        .toList();
  }

  /** The tag that marks this as something that refers to another digest. */
  public Optional<ReferrerTag> referrerTag() {
    return ReferrerTag.parse(annotations.getOrDefault(REF_NAME, ""));
  }

  /**
   * The suffix of the tag that this would have in a registry, where {@code cosign save} put it
   * beside the one image of a layout.
   */
  public Optional<String> cosignSuffix() {
    Matcher kind = COSIGN_EXTRA.matcher(annotations.getOrDefault(COSIGN_KIND, ""));
    return kind.matches() ? Optional.of(kind.group(1)) : Optional.empty();
  }

  /** The manifest that this attests something of, where buildkit put it into the image's index. */
  public Optional<Digest> attestedDigest() {
    String digest = annotations.getOrDefault(DOCKER_REFERENCE_DIGEST, "");
    return annotations.containsKey(DOCKER_REFERENCE) && digest.startsWith("sha256:")
        ? Digest.of(Digest.Algorithm.SHA256, digest.substring("sha256:".length()))
        : Optional.empty();
  }

  /** Whether this has a platform to run on. */
  public boolean hasPlatform() {
    return platform
        .filter(known -> !known.os().isEmpty() && !known.architecture().isEmpty())
        .isPresent();
  }

  /** The same blob with a platform, where only the surrounding document knows it. */
  public Descriptor withPlatform(Platform known) {
    return new Descriptor(
        mediaType, digest, size, urls, annotations, Optional.of(known), artifactType);
  }

  /** The same blob with a name, where only the surrounding document knows it. */
  public Descriptor withName(String name) {
    Map<String, String> named = new HashMap<>(annotations);
    named.put(REF_NAME, name);
    return new Descriptor(mediaType, digest, size, urls, named, platform, artifactType);
  }

  /**
   * A container runtime that reads this descriptor would contact its http(s) {@code urls} before
   * the registry, and so any address that the publisher likes.
   *
   * @throws FetchException {@link Reason#FOREIGN_URLS}
   */
  public void refuseForeignUrls() {
    for (String url : urls) {
      String lower = url.strip().toLowerCase(Locale.ROOT);
      if (lower.startsWith("http:") || lower.startsWith("https:")) {
        throw new FetchException(
            Reason.FOREIGN_URLS,
            "failed to accept the descriptor of '"
                + digest
                + "': it points to '"
                + Printable.escape(url, 200)
                + "', which a container runtime would contact instead of the verified store;"
                + " publish the image without http(s) urls");
      }
    }
  }
}
