package dev.ipfstee.fetcher.registry;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A part of a blob.
 *
 * @param offset the first byte
 * @param length how many bytes, ≥ 1
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#name-range-requests">RFC 9110, range
 *     requests</a>
 */
record ByteRange(long offset, long length) {
  private static final Pattern SINGLE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

  /**
   * Reads a Range header.
   *
   * @param header null when there's none
   * @param size of the blob in bytes
   * @return empty for the whole: no header, one that isn't understood, or several ranges
   * @throws RegistryException when no byte of the blob is in the range
   */
  static Optional<ByteRange> parse(String header, long size) {
    Matcher range = header == null ? null : SINGLE.matcher(header.replace(" ", ""));
    if (range == null || !range.matches()) {
      return Optional.empty();
    }
    String first = range.group(1);
    String last = range.group(2);
    if (first.isEmpty()) {
      if (last.isEmpty()) {
        return Optional.empty();
      }
      long suffix = Math.min(size, Long.parseLong(last));
      return satisfiable(size - suffix, suffix, size);
    }
    long offset = Long.parseLong(first);
    long end = last.isEmpty() ? size : Math.min(size, Long.parseLong(last) + 1);
    if (!last.isEmpty() && Long.parseLong(last) < offset) {
      return Optional.empty();
    }
    return satisfiable(offset, end - offset, size);
  }

  private static Optional<ByteRange> satisfiable(long offset, long length, long size) {
    if (length <= 0) {
      throw new RegistryException(
          ErrorCode.RANGE_INVALID,
          "the blob has " + size + " bytes, the requested range is outside of it");
    }
    return Optional.of(new ByteRange(offset, length));
  }

  String contentRange(long size) {
    return "bytes " + offset + "-" + (offset + length - 1) + "/" + size;
  }
}
