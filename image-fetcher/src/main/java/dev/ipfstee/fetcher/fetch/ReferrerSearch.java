package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.ImageIndex;
import dev.ipfstee.fetcher.oci.Manifest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.oci.ReferrerTag;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds what refers to a chosen image: by cosign's tags, by {@code cosign save}'s annotations, by
 * the referrers tag schema, by buildkit's annotations within the image's indexes, and by the {@code
 * subject} of manifests. The image was chosen before; nothing that is found here changes that.
 */
final class ReferrerSearch {
  /** An image of eight platforms, each signed, with an SBOM and a provenance, has some forty. */
  static final int MAX_REFERRERS = 64;

  /** Entries that say nothing of themselves have to be read to know what they are. */
  private static final int MAX_READ = 256;

  /** Each one that no gateway has takes a minute to be sure of. */
  private static final int MAX_ABSENT = 2;

  /** Something that may refer to the image; its subject where that is known without reading it. */
  private record Candidate(
      Descriptor descriptor, Optional<ReferrerTag> tag, Optional<Digest> subject) {}

  private final DocumentReader documents;
  private final List<Referrer> found = new ArrayList<>();
  private final List<LeftOut> leftOut = new ArrayList<>();
  private final Set<Digest> known = new LinkedHashSet<>();
  private final Set<Digest> seen = new HashSet<>();
  private final Map<Digest, Manifest> manifests = new HashMap<>();
  private int read;
  private int absent;

  ReferrerSearch(DocumentReader documents) {
    this.documents = documents;
  }

  /**
   * Searches.
   *
   * @param roots what lies beside the image, or may
   * @throws FetchException what isn't the content's own fault, see {@link LeftOut#because}
   */
  void search(List<Descriptor> roots, SelectedImage image) {
    known.add(image.root().digest());
    List<Candidate> open = new ArrayList<>();
    for (PlatformImage platform : image.platforms()) {
      known.add(platform.descriptor().digest());
      platform.indexes().forEach(index -> known.add(index.descriptor().digest()));
    }
    List<String> names =
        roots.stream()
            .filter(root -> root.digest().equals(image.root().digest()))
            .flatMap(root -> root.names().stream())
            .toList();
    // First what says itself what it is about: beside the image it may be listed without that.
    for (PlatformImage platform : image.platforms()) {
      for (PlatformImage.Index index : platform.indexes()) {
        index.content().manifests().stream()
            .filter(child -> !child.isImage())
            .forEach(child -> add(open, child, Optional.empty()));
      }
    }
    for (Descriptor root : roots) {
      add(open, root, Optional.of(image.root().digest()).filter(of -> isBeside(names, root)));
    }
    for (boolean more = true; more; ) {
      more = false;
      for (Candidate candidate : List.copyOf(open)) {
        if (isFor(candidate)) {
          open.remove(candidate);
          accept(candidate, open);
          more = true;
        }
      }
    }
  }

  /** What was found, each before what refers to it. */
  List<Referrer> found() {
    return List.copyOf(found);
  }

  /** What would be a referrer, or could be one, and is not kept. */
  List<LeftOut> leftOut() {
    return List.copyOf(leftOut);
  }

  /** Whether {@code cosign save} may have put it there for this image and not for another one. */
  private static boolean isBeside(List<String> image, Descriptor extra) {
    return image.isEmpty()
        || extra.names().isEmpty()
        || extra.names().stream().anyMatch(image::contains);
  }

  /** The tag of a descriptor, if it is anything to look at. */
  private void add(Collection<Candidate> open, Descriptor descriptor, Optional<Digest> image) {
    boolean document =
        MediaTypes.isManifest(descriptor.mediaType()) || MediaTypes.isIndex(descriptor.mediaType());
    // What has a platform is an image for it, and may not be published at all.
    boolean other = descriptor.isImage() && descriptor.hasPlatform();
    if (!document || other || known.contains(descriptor.digest())) {
      return;
    }
    Optional<ReferrerTag> tag =
        descriptor
            .referrerTag()
            .or(
                () ->
                    image.flatMap(
                        root ->
                            descriptor
                                .cosignSuffix()
                                .map(suffix -> new ReferrerTag(root, suffix))));
    Optional<Digest> subject = tag.map(ReferrerTag::subject).or(descriptor::attestedDigest);
    if (subject.isEmpty() && MediaTypes.isIndex(descriptor.mediaType())) {
      return;
    }
    if (seen.add(descriptor.digest())) {
      open.add(new Candidate(descriptor, tag, subject));
    }
  }

  private boolean isFor(Candidate candidate) {
    Optional<Digest> subject =
        candidate.subject().or(() -> manifest(candidate).flatMap(this::subject));
    return subject.filter(known::contains).isPresent();
  }

  private Optional<Digest> subject(Manifest manifest) {
    return manifest.subject().map(Descriptor::digest);
  }

  private void accept(Candidate candidate, Collection<Candidate> open) {
    Descriptor descriptor = candidate.descriptor();
    if (MediaTypes.isIndex(descriptor.mediaType())) {
      acceptAll(candidate, open);
      return;
    }
    Optional<Manifest> manifest = manifest(candidate);
    if (manifest.isEmpty()) {
      return;
    }
    Digest subject = candidate.subject().or(() -> subject(manifest.get())).orElseThrow();
    Referrer referrer = new Referrer(descriptor, manifest.get(), subject, tag(candidate));
    try {
      referrer.check();
      if (found.size() == MAX_REFERRERS) {
        throw new FetchException(
            Reason.TOO_MANY_DESCRIPTORS,
            "failed to accept '"
                + descriptor.digest()
                + "' beside the image: there are more than "
                + MAX_REFERRERS
                + " signatures and other referrers");
      }
      found.add(referrer);
      known.add(descriptor.digest());
    } catch (FetchException e) {
      leaveOut(descriptor, e);
    }
  }

  /** Of two with the same tag the first one has it, as for cosign. */
  private Optional<ReferrerTag> tag(Candidate candidate) {
    return candidate
        .tag()
        .filter(tag -> found.stream().noneMatch(other -> other.tag().equals(candidate.tag())));
  }

  /** The index of the referrers tag schema: registries make it themselves. */
  private void acceptAll(Candidate candidate, Collection<Candidate> open) {
    Descriptor descriptor = candidate.descriptor();
    try {
      ImageIndex index =
          ImageIndex.parse(
              documents.read(descriptor),
              descriptor.mediaType(),
              "the index of referrers " + descriptor.digest());
      documents.count(index.manifests());
      index.manifests().stream()
          .filter(child -> MediaTypes.isManifest(child.mediaType()))
          .forEach(child -> add(open, child, Optional.empty()));
    } catch (FetchException e) {
      leaveOut(descriptor, e);
    }
  }

  private Optional<Manifest> manifest(Candidate candidate) {
    Descriptor descriptor = candidate.descriptor();
    Manifest known = manifests.get(descriptor.digest());
    if (known != null) {
      return Optional.of(known);
    }
    if (leftOut.stream().anyMatch(out -> out.digest().equals(descriptor.digest()))) {
      return Optional.empty();
    }
    try {
      if (++read > MAX_READ || absent > MAX_ABSENT) {
        throw new FetchException(
            read > MAX_READ ? Reason.TOO_MANY_DESCRIPTORS : Reason.CONTENT_NOT_FOUND,
            "failed to read '"
                + descriptor.digest()
                + "' beside the image: "
                + (read > MAX_READ
                    ? "there are more than " + MAX_READ + " entries of unknown kinds"
                    : "others weren't found, so it wasn't asked for"));
      }
      String what = "'" + descriptor.digest() + "' beside the image";
      Manifest manifest = Manifest.parse(documents.read(descriptor), descriptor.mediaType(), what);
      documents.count(manifest.layers());
      manifests.put(descriptor.digest(), manifest);
      return Optional.of(manifest);
    } catch (FetchException e) {
      if (e.reason() == Reason.CONTENT_NOT_FOUND) {
        absent++;
      }
      leaveOut(descriptor, e);
      return Optional.empty();
    }
  }

  private void leaveOut(Descriptor descriptor, FetchException cause) {
    leftOut.add(LeftOut.because(descriptor, cause));
  }
}
