package dev.ipfstee.fetcher.ipfs;

/** The rules for names in directories. */
final class DirectoryNames {
  private DirectoryNames() {}

  /**
   * Refuses names that a file system would take for something else.
   *
   * @throws IllegalArgumentException for a refused name
   */
  static void check(String name) {
    if (name.isEmpty() || name.equals(".") || name.equals("..")) {
      throw new IllegalArgumentException("a directory entry is named '" + name + "'");
    }
    if (name.indexOf('/') >= 0 || name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("the name of a directory entry holds a slash or NUL");
    }
  }
}
