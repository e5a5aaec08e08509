package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.ImageConfig;
import dev.ipfstee.fetcher.oci.ImageIndex;
import dev.ipfstee.fetcher.oci.Manifest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.oci.Platform;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that can be reached from an image's digest by the documents in the store: the index and the
 * manifests with their configs and layers. A platform that wasn't fetched is part of it as a
 * manifest that isn't stored.
 */
public final class ImageGraph {
  /** The most that a manifest or index may have, in bytes. */
  public static final int MAX_DOCUMENT_BYTES = 4 << 20;

  private static final int MAX_DEPTH = 4;
  private static final int MAX_NODES = 4 * Descriptor.MAX_DESCRIPTORS;

  private final Map<Digest, Node> nodes;

  private ImageGraph(Map<Digest, Node> nodes) {
    this.nodes = nodes;
  }

  /**
   * One blob of an image.
   *
   * @param digest its digest
   * @param mediaType what the document that names it says
   * @param size its size in bytes
   * @param kind what part it plays
   * @param stored for a document: whether it was in the store when the graph was read; for other
   *     blobs always true, their files are looked at when they're asked for
   * @param platform where the document that names it says so
   * @param children what this document names, in order; empty for other blobs
   * @param referrer empty unless it is a manifest with a subject
   */
  public record Node(
      Digest digest,
      String mediaType,
      long size,
      Kind kind,
      boolean stored,
      Optional<Platform> platform,
      List<Digest> children,
      Optional<Referrer> referrer) {

    /** Whether this is served as a manifest. */
    public boolean isDocument() {
      return kind != Kind.BLOB;
    }
  }

  /** What part a blob plays. */
  public enum Kind {
    INDEX,
    MANIFEST,
    BLOB
  }

  /**
   * What a manifest with a subject tells the referrers API.
   *
   * @param subject the manifest that it refers to
   * @param artifactType of the manifest, else the media type of its config
   * @param annotations of the manifest
   */
  public record Referrer(Digest subject, String artifactType, Map<String, String> annotations) {}

  /**
   * Reads an image's documents, each checked against its digest.
   *
   * @throws FetchException {@link Reason#STORE_CORRUPT} or {@link Reason#MALFORMED_MANIFEST} for a
   *     document that isn't what it should be, {@link Reason#TOO_MANY_DESCRIPTORS}, {@link
   *     Reason#INDEX_TOO_DEEP}, {@link Reason#IO_ERROR}
   */
  public static ImageGraph read(StoreReader store, StoredImage image) {
    return read(store, image.descriptor());
  }

  /** The same for any document of an image, or of what refers to one. */
  public static ImageGraph read(StoreReader store, Descriptor root) {
    Map<Digest, Node> nodes = new LinkedHashMap<>();
    new Walk(store, nodes).visit(root, 1);
    return new ImageGraph(nodes);
  }

  /** Every blob by its digest, the image itself first. */
  public Map<Digest, Node> nodes() {
    return Map.copyOf(nodes);
  }

  /** The sum in bytes of the image's blobs that are in the store. */
  public long storedBytes(StoreReader store) {
    long sum = 0;
    for (Node node : nodes.values()) {
      if (isPresent(store, node)) {
        sum += node.size();
      }
    }
    return sum;
  }

  /** Whether every blob that a platform needs is in the store with its right size. */
  public boolean isComplete(StoreReader store, List<String> platforms) {
    Node root = nodes.values().iterator().next();
    if (root.kind() == Kind.MANIFEST) {
      return isComplete(store, root);
    }
    List<Node> manifests =
        nodes.values().stream()
            .filter(node -> node.kind() == Kind.MANIFEST && node.stored())
            .toList();
    if (!root.stored() || manifests.isEmpty()) {
      return false;
    }
    return platforms.isEmpty()
        ? manifests.stream().allMatch(manifest -> isComplete(store, manifest))
        : platforms.stream()
            .map(Platform::parse)
            .allMatch(
                platform ->
                    manifests.stream()
                        .filter(manifest -> manifest.platform().orElse(platform).equals(platform))
                        .anyMatch(manifest -> isComplete(store, manifest)));
  }

  /** The platforms of which every blob is in the store with its right size. */
  public List<String> completePlatforms(StoreReader store) {
    return nodes.values().stream()
        .filter(node -> node.kind() == Kind.MANIFEST && node.referrer().isEmpty())
        .filter(manifest -> isComplete(store, manifest))
        .flatMap(manifest -> platform(store, manifest).stream())
        .filter(platform -> !platform.isUnknown())
        .map(Platform::toString)
        .distinct()
        .toList();
  }

  /** The descriptor's, else the config's. */
  private static Optional<Platform> platform(StoreReader store, Node manifest) {
    if (manifest.platform().isPresent()) {
      return manifest.platform();
    }
    Digest config = manifest.children().getFirst();
    try {
      return ImageConfig.parse(store.readDocument(config, MAX_DOCUMENT_BYTES), "config " + config)
          .platform();
    } catch (FetchException noImage) {
      return Optional.empty();
    }
  }

  private boolean isComplete(StoreReader store, Node manifest) {
    return manifest.stored()
        && isPresent(store, manifest)
        && manifest.children().stream().allMatch(child -> isPresent(store, nodes.get(child)));
  }

  private static boolean isPresent(StoreReader store, Node node) {
    return store.blobSize(node.digest()).equals(Optional.of(node.size()));
  }

  /** A depth-first walk; documents that two others name are read once. */
  private record Walk(StoreReader store, Map<Digest, Node> nodes) {

    void visit(Descriptor descriptor, int depth) {
      Kind kind = kindOf(descriptor);
      Node known = nodes.get(descriptor.digest());
      if (known != null && (known.isDocument() || kind == Kind.BLOB)) {
        return;
      }
      if (nodes.size() >= MAX_NODES) {
        throw new FetchException(
            Reason.TOO_MANY_DESCRIPTORS,
            "failed to read an image of the store: more than " + MAX_NODES + " descriptors");
      }
      Optional<Long> size =
          kind == Kind.BLOB ? Optional.empty() : store.blobSize(descriptor.digest());
      boolean stored = kind == Kind.BLOB || size.equals(Optional.of(descriptor.size()));
      if (kind == Kind.BLOB || !stored) {
        add(descriptor, kind, stored, List.of(), Optional.empty());
        return;
      }
      if (depth > MAX_DEPTH) {
        throw new FetchException(
            Reason.INDEX_TOO_DEEP,
            "failed to read an image of the store: nested deeper than " + MAX_DEPTH);
      }
      byte[] document = store.readDocument(descriptor.digest(), MAX_DOCUMENT_BYTES);
      String what = "document " + descriptor.digest();
      if (kind == Kind.INDEX) {
        ImageIndex index = ImageIndex.parse(document, descriptor.mediaType(), what);
        add(descriptor, kind, true, index.manifests(), Optional.empty());
        index.manifests().forEach(child -> visit(child, depth + 1));
      } else {
        Manifest manifest = Manifest.parse(document, descriptor.mediaType(), what);
        List<Descriptor> children = new ArrayList<>(manifest.layers());
        children.addFirst(manifest.config());
        add(descriptor, kind, true, children, referrer(manifest));
        children.forEach(child -> visit(blob(child), depth + 1));
      }
    }

    private void add(
        Descriptor descriptor,
        Kind kind,
        boolean stored,
        List<Descriptor> children,
        Optional<Referrer> referrer) {
      nodes.put(
          descriptor.digest(),
          new Node(
              descriptor.digest(),
              descriptor.mediaType(),
              descriptor.size(),
              kind,
              stored,
              descriptor.platform(),
              children.stream().map(Descriptor::digest).toList(),
              referrer));
    }

    /** A manifest's config and layers are content, whatever they call themselves. */
    private static Descriptor blob(Descriptor child) {
      return new Descriptor("application/octet-stream", child.digest(), child.size());
    }

    private static Kind kindOf(Descriptor descriptor) {
      if (MediaTypes.isIndex(descriptor.mediaType())) {
        return Kind.INDEX;
      }
      return MediaTypes.isManifest(descriptor.mediaType()) ? Kind.MANIFEST : Kind.BLOB;
    }

    private static Optional<Referrer> referrer(Manifest manifest) {
      return manifest
          .subject()
          .map(
              subject ->
                  new Referrer(
                      subject.digest(),
                      manifest.artifactType().orElse(manifest.config().mediaType()),
                      manifest.annotations()));
    }
  }
}
