package dev.ipfstee.fetcher.archive;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * A file in an archive.
 *
 * @param name where it is in there, for messages and lookups only
 * @param archive the bytes that it is a part of
 * @param offset where it starts
 * @param size how many bytes it has
 */
public record MemberFile(String name, ArchiveBytes archive, long offset, long size) {
  /**
   * Reads a small file.
   *
   * @throws FetchException {@link Reason#MANIFEST_TOO_LARGE}
   */
  public byte[] document(int maxBytes) {
    if (size > maxBytes) {
      throw new FetchException(
          Reason.MANIFEST_TOO_LARGE,
          "failed to read "
              + Printable.escape(name, 200)
              + ": "
              + size
              + " bytes, at most "
              + maxBytes
              + " allowed");
    }
    return archive.read(offset, (int) size);
  }

  /** Whether it is compressed in a way that can be undone. */
  public boolean isCompressed() {
    return compression() != Compression.NONE;
  }

  private Compression compression() {
    return Compression.of(archive.read(offset, (int) Math.min(size, 4)));
  }

  /**
   * Writes its content without compression; only of a {@link TarArchive#nearby} archive.
   *
   * @throws FetchException {@link Reason#MALFORMED_ARCHIVE}; the sink's refusals pass through
   */
  public void decompress(OutputStream sink) {
    if (!(archive instanceof LocalBytes local)) {
      throw new IllegalStateException("the archive is not nearby");
    }
    try (InputStream plain = compression().decompress(local.stream(offset, size))) {
      plain.transferTo(sink);
    } catch (IOException e) {
      throw TarArchive.malformed("its member '" + name + "': " + e.getMessage(), e);
    }
  }
}
