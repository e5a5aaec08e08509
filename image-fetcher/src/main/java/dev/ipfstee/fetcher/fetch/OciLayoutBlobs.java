package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.Entity;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The blobs of an image-layout directory: {@code blobs/<algorithm>/<hex>}. */
final class OciLayoutBlobs implements BlobLocator {
  private final IpfsContent content;
  private final Entity.Directory layout;
  private final Map<Digest.Algorithm, Entity> directories = new ConcurrentHashMap<>();

  OciLayoutBlobs(IpfsContent content, Entity.Directory layout) {
    this.content = content;
    this.layout = layout;
  }

  @Override
  public BlobSource locate(Descriptor blob) {
    Digest digest = blob.digest();
    Entity directory =
        directories.computeIfAbsent(digest.algorithm(), algorithm -> directory(blob, algorithm));
    Entity found =
        child(directory, digest.hex())
            .orElseThrow(() -> missing(blob, "it has no such entry in blobs"));
    if (!(found instanceof Entity.File file)) {
      throw missing(blob, "its entry in blobs is a directory");
    }
    BlobSizes.check(blob, file);
    return new FileSource(content, file);
  }

  private Entity directory(Descriptor blob, Digest.Algorithm algorithm) {
    return child(layout, "blobs")
        .flatMap(blobs -> child(blobs, algorithm.label()))
        .orElseThrow(() -> missing(blob, "it has no directory blobs/" + algorithm.label()));
  }

  private Optional<Entity> child(Entity parent, String name) {
    return parent instanceof Entity.Directory directory
        ? content.child(directory, name)
        : Optional.empty();
  }

  private FetchException missing(Descriptor blob, String cause) {
    return new FetchException(
        Reason.BLOB_MISSING,
        "failed to find blob '"
            + blob.digest()
            + "' in the layout "
            + layout.cid()
            + ": "
            + cause
            + "; publish the complete layout");
  }
}
