package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.Entity;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.List;

/**
 * The blobs of a bare index or manifest: by their {@code ipfs://} urls where they have them, else
 * by the CID that a digest implies, which is that of one raw block.
 */
final class ManifestBlobs implements BlobLocator {
  /** No gateway hands out a larger block, so no larger blob has a CID that its digest implies. */
  private static final long MAX_BLOCK_BYTES = 2 << 20;

  private final IpfsContent content;
  private final LinkedBlobs linked;
  private final Descriptor root;
  private final Entity.File file;

  /**
   * @param root the bare document
   * @param file where it is: it may have several blocks, and so another CID than the implied one
   */
  ManifestBlobs(IpfsContent content, Descriptor root, Entity.File file) {
    this.content = content;
    this.linked = new LinkedBlobs(content);
    this.root = root;
    this.file = file;
  }

  @Override
  public BlobSource locate(Descriptor blob) {
    if (blob.digest().equals(root.digest())) {
      BlobSizes.check(blob, file);
      return new FileSource(content, file);
    }
    return LinkedBlobs.isLinked(blob) ? linked.locate(blob) : implied(blob);
  }

  private BlobSource implied(Descriptor blob) {
    if (blob.size() > MAX_BLOCK_BYTES) {
      throw new FetchException(
          Reason.BLOB_MISSING,
          "failed to find blob '"
              + blob.digest()
              + "' of "
              + blob.size()
              + " bytes: its descriptor has no ipfs:// url, and the raw block that its digest"
              + " implies holds at most "
              + MAX_BLOCK_BYTES
              + "; publish the image as a layout directory or with ipfs:// urls");
    }
    try {
      // A raw block is a file, whatever its bytes are.
      Entity.File block = (Entity.File) content.resolve(Cid.raw(blob.digest()), List.of());
      BlobSizes.check(blob, block);
      return new FileSource(content, block);
    } catch (FetchException e) {
      if (e.reason() != Reason.CONTENT_NOT_FOUND) {
        throw e;
      }
      throw new FetchException(
          e.reason(),
          "failed to find blob '"
              + blob.digest()
              + "' by its digest, as its descriptor has no ipfs:// url: "
              + e.getMessage(),
          e);
    }
  }
}
