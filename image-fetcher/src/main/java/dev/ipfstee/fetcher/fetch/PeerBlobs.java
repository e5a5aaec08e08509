package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.PeerBytes;
import dev.ipfstee.fetcher.ipfs.Peers;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.Optional;

/**
 * The blobs of one image as other nodes have them.
 *
 * @param image the repository under which they serve it
 */
record PeerBlobs(Peers peers, Cid image) {

  /** Whether there is nobody to ask. */
  boolean isEmpty() {
    return peers.isEmpty();
  }

  /** As {@link Peers#read}. */
  Optional<PeerBytes> read(Descriptor blob, OutputStream sink) {
    return peers.read(image, blob.digest(), blob.size(), sink);
  }

  /**
   * Reads a whole document.
   *
   * @param document of a size that fits the memory
   * @return bytes with its digest; empty when no peer has them
   */
  Optional<byte[]> document(Descriptor document) {
    while (true) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      Optional<PeerBytes> all = read(document, bytes);
      if (all.isEmpty()) {
        return Optional.empty();
      }
      byte[] content = bytes.toByteArray();
      if (Digest.of(document.digest().algorithm(), content).equals(document.digest())) {
        return Optional.of(content);
      }
      all.get().wrong();
    }
  }
}
