package dev.ipfstee.fetcher.ipfs;

import java.util.HashSet;
import java.util.Set;

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

  /**
   * Checks all names of a plain directory; which of two equal names counts would be a matter of
   * taste, so it is refused.
   *
   * @throws dev.ipfstee.fetcher.report.FetchException MalformedDag
   */
  static void checkAll(DagNode directory) {
    try {
      Set<String> names = new HashSet<>();
      for (int i = 0; i < directory.linkCount(); i++) {
        String name = directory.links().name(i);
        check(name);
        if (!names.add(name)) {
          throw new IllegalArgumentException(
              "a directory has two entries named '" + Text.printable(name) + "'");
        }
      }
    } catch (IllegalArgumentException e) {
      throw DagNode.malformed(directory.cid(), e.getMessage());
    }
  }
}
