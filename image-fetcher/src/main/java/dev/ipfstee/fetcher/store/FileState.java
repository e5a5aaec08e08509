package dev.ipfstee.fetcher.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;

/**
 * What the file system says of a file, so that any write to it shows. The time of its last change
 * can't be set by a program, the time of its last modification can.
 *
 * @param size in bytes
 */
record FileState(long device, long inode, long size, FileTime modified, FileTime changed) {

  static FileState of(Path file) throws IOException {
    Map<String, Object> unix =
        Files.readAttributes(
            file, "unix:dev,ino,size,lastModifiedTime,ctime", LinkOption.NOFOLLOW_LINKS);
    return new FileState(
        (Long) unix.get("dev"),
        (Long) unix.get("ino"),
        (Long) unix.get("size"),
        (FileTime) unix.get("lastModifiedTime"),
        (FileTime) unix.get("ctime"));
  }

  /**
   * Whether the last thing that happened to it may have been a write. A fetch writes a blob under
   * another name and then renames it, which changes the file later than any write of its own.
   */
  boolean isWrittenInPlace() {
    return modified.compareTo(changed) >= 0;
  }

  /** Whether this is the same file, changed or not, and no other one in its place. */
  boolean isSameFile(FileState other) {
    return device == other.device && inode == other.inode;
  }
}
