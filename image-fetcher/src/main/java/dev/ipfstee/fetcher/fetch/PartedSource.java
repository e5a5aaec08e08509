package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.PlainBytes;
import java.io.OutputStream;
import java.util.Optional;

/** A blob that can be read from any place on, by several threads at once. */
interface PartedSource extends BlobSource {
  /**
   * Writes a part of its bytes, as {@link #read(OutputStream)} does all of them.
   *
   * @throws dev.ipfstee.fetcher.report.FetchException when they can't be had
   */
  void read(long from, long length, OutputStream sink);

  /** Whether parts that are read at once may come sooner than all of it in one piece. */
  boolean hasParts();

  /**
   * Writes a part of its bytes unchecked, for a caller who knows their digest.
   *
   * @return empty when they can't all be had so, whatever was written
   */
  Optional<PlainBytes> readPlain(long from, long length, OutputStream sink);
}
