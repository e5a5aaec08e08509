package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.Entity;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A directory as IPDR and image2ipfs write it, in the form of a registry's paths: {@code
 * manifests/<tag or digest>} and {@code blobs/sha256:<hex>}. Both tools put it into a directory
 * that is named after the image.
 *
 * @param root the directory that has both
 */
record IpdrDirectory(Entity.Directory root, Entity.Directory manifests, Entity.Directory blobs) {
  // The names under which IPDR and image2ipfs put their only image.
  private static final List<String> USUAL_TAGS = List.of("latest", "latest-v2");

  /** Recognises one, also one level below a directory that has no other entry. */
  static Optional<IpdrDirectory> find(IpfsContent content, Entity.Directory directory) {
    Optional<IpdrDirectory> here = at(content, directory);
    return here.isPresent() ? here : wrapped(content, directory);
  }

  private static Optional<IpdrDirectory> at(IpfsContent content, Entity.Directory directory) {
    return content.child(directory, "manifests").orElse(null) instanceof Entity.Directory manifests
            && content.child(directory, "blobs").orElse(null) instanceof Entity.Directory blobs
        ? Optional.of(new IpdrDirectory(directory, manifests, blobs))
        : Optional.empty();
  }

  private static Optional<IpdrDirectory> wrapped(IpfsContent content, Entity.Directory directory) {
    List<Entity.Named> entries;
    try {
      entries = content.list(directory, 1);
    } catch (FetchException e) {
      if (e.reason() != Reason.DAG_TOO_LARGE) {
        throw e;
      }
      return Optional.empty();
    }
    return entries.size() == 1
            && content.resolve(entries.get(0).cid(), List.of()) instanceof Entity.Directory only
        ? at(content, only)
        : Optional.empty();
  }

  /**
   * Whether it has an image under a usual name. Another layout may have further files, so two
   * directories of these names alone don't make it a second image.
   */
  boolean hasUsualImage(IpfsContent content) {
    return USUAL_TAGS.stream().anyMatch(tag -> content.child(manifests, tag).isPresent());
  }

  /** Finds its manifests where they were read from, and all else below {@code blobs}. */
  BlobLocator locator(IpfsContent content, Map<Digest, Entity.File> known) {
    return blob -> {
      Entity.File file = known.get(blob.digest());
      Entity.File found = file == null ? blob(content, blob) : file;
      BlobSizes.check(blob, found);
      return new FileSource(content, found);
    };
  }

  private Entity.File blob(IpfsContent content, Descriptor blob) {
    Entity found =
        content
            .child(blobs, blob.digest().toString())
            .orElseThrow(() -> missing(blob, "it has no such entry in blobs"));
    if (found instanceof Entity.Directory directory) {
      // IPDR's first versions made a directory of this name for the config, and put it in there.
      found =
          content
              .child(directory, blob.digest().hex() + ".json")
              .orElseThrow(() -> missing(blob, "its entry in blobs is a directory"));
    }
    if (found instanceof Entity.File file) {
      return file;
    }
    throw missing(blob, "its entry in blobs is a directory");
  }

  private FetchException missing(Descriptor blob, String cause) {
    return new FetchException(
        Reason.BLOB_MISSING,
        "failed to find blob '"
            + blob.digest()
            + "' in the IPDR directory "
            + root.cid()
            + ": "
            + cause
            + "; publish the complete directory");
  }
}
