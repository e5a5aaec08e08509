package dev.ipfstee.fetcher.ipfs;

/**
 * Consecutive bytes of a file.
 *
 * @param file the file
 * @param fileSize its size in bytes, as its root block says
 * @param from the first byte of the part
 * @param length how many bytes it has
 */
public record FilePart(Cid file, long fileSize, long from, long length) {
  public FilePart {
    if (from < 0 || length < 0 || length > fileSize - from) {
      throw new IllegalArgumentException("a part of a file lies outside of it");
    }
  }

  /** All of a file. */
  public static FilePart all(Entity.File file) {
    return new FilePart(file.cid(), file.size(), 0, file.size());
  }

  /** The first byte behind it. */
  long to() {
    return from + length;
  }

  boolean isAll() {
    return length == fileSize;
  }
}
