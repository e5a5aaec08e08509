package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.ImageGraph;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the documents of one image, each checked against its digest, within the bounds of one run:
 * whatever an index claims, no more than these numbers of descriptors and bytes are looked at.
 */
final class DocumentReader {
  /** Where the bytes of a document come from. */
  interface Source {
    /**
     * @param document at most {@link DocumentReader#MAX_BYTES} long
     * @return bytes that were checked against the digest and size of the descriptor
     */
    byte[] read(Descriptor document);
  }

  /** The most that one document may have. */
  static final int MAX_BYTES = ImageGraph.MAX_DOCUMENT_BYTES;

  /** All documents of a run together: they're held until the image is complete. */
  private static final long MAX_ALL_BYTES = 24L << 20;

  /**
   * All documents of a run together: each value takes some hundred bytes once it is read, and what
   * is read is held until the image is complete. Real images have some thousands.
   */
  private static final int MAX_ALL_VALUES = 100_000;

  private final Source source;
  private final Map<Digest, byte[]> read = new HashMap<>();
  private long bytes;
  private int values;
  private int descriptors;

  DocumentReader(Source source) {
    this.source = source;
  }

  /**
   * Reads an index, a manifest or a config.
   *
   * @throws FetchException {@link Reason#MANIFEST_TOO_LARGE}, and the source's reasons
   */
  byte[] read(Descriptor document) {
    byte[] known = read.get(document.digest());
    if (known != null) {
      return known;
    }
    if (document.size() > MAX_BYTES || document.size() > MAX_ALL_BYTES - bytes) {
      throw new FetchException(
          Reason.MANIFEST_TOO_LARGE,
          "failed to read document '"
              + document.digest()
              + "' of "
              + document.size()
              + " bytes: at most "
              + MAX_BYTES
              + " are allowed, and "
              + MAX_ALL_BYTES
              + " for all documents of an image");
    }
    bytes += document.size();
    byte[] content = source.read(document);
    values += separators(content);
    if (values > MAX_ALL_VALUES) {
      throw new FetchException(
          Reason.MANIFEST_TOO_LARGE,
          "failed to read document '"
              + document.digest()
              + "': the documents of the image have more than "
              + MAX_ALL_VALUES
              + " values");
    }
    read.put(document.digest(), content);
    return content;
  }

  /** At least as many as there are values, found without reading any of them. */
  private static int separators(byte[] json) {
    int found = 0;
    for (byte b : json) {
      if (b == ',' || b == '{' || b == '[') {
        found++;
      }
    }
    return found;
  }

  /**
   * Counts descriptors before any of them is used.
   *
   * @throws FetchException {@link Reason#TOO_MANY_DESCRIPTORS}
   */
  void count(List<Descriptor> found) {
    descriptors += found.size();
    if (descriptors > Descriptor.MAX_DESCRIPTORS) {
      throw new FetchException(
          Reason.TOO_MANY_DESCRIPTORS,
          "failed to read the image: its documents have more than "
              + Descriptor.MAX_DESCRIPTORS
              + " descriptors");
    }
  }
}
