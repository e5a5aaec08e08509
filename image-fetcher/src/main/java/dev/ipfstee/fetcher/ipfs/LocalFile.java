package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One file on this machine, whose CID was computed from all of its bytes: that takes the way in
 * which it was cut when it was added, so the known ways are tried.
 */
public final class LocalFile implements IpfsContent {
  private final FileBytes bytes;
  private final Entity.File file;

  private LocalFile(FileBytes bytes, Entity.File file) {
    this.bytes = bytes;
    this.file = file;
  }

  /**
   * Opens a file that must have this CID. The channel stays the caller's.
   *
   * @throws FetchException {@link Reason#DIGEST_MISMATCH} when it hasn't, or was added in a way
   *     that isn't known; {@link Reason#IO_ERROR}
   */
  public static LocalFile open(FileChannel channel, Cid expected) {
    try {
      List<FileDag> dags =
          AddProfile.KNOWN.stream()
              .map(profile -> new FileDag(profile, (cid, bytes, length) -> {}))
              .toList();
      FileBytes all = new FileBytes(channel);
      LocalFile file = new LocalFile(all, new Entity.File(expected, all.size()));
      all.copy(
          0,
          all.size(),
          new OutputStream() {
            @Override
            public void write(int value) throws IOException {
              write(new byte[] {(byte) value}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
              for (FileDag dag : dags) {
                dag.write(bytes, offset, length);
              }
            }
          });
      StringBuilder found = new StringBuilder();
      for (int i = 0; i < dags.size(); i++) {
        Cid cid = dags.get(i).finish().cid();
        if (cid.equals(expected)) {
          return file;
        }
        found.append(found.isEmpty() ? "" : ", ").append(cid);
        found.append(" (").append(AddProfile.KNOWN.get(i).label()).append(')');
      }
      throw new FetchException(
          Reason.DIGEST_MISMATCH,
          "failed to verify the file: expected "
              + expected
              + ", found "
              + found
              + "; if it was added in another way, give a CAR of it (ipfs dag export)");
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  @Override
  public Entity resolve(Cid root, List<String> path) {
    if (!path.isEmpty()) {
      throw new FetchException(
          Reason.PATH_NOT_FOUND,
          "failed to find '"
              + path.stream().map(Text::printable).collect(Collectors.joining("/"))
              + "' in "
              + root
              + ", which is a file");
    }
    if (!root.equals(file.cid())) {
      throw new FetchException(
          Reason.CONTENT_NOT_FOUND, "failed to find " + root + ": only the file is there");
    }
    return file;
  }

  @Override
  public Optional<Entity> child(Entity.Directory dir, String name) {
    return Optional.empty();
  }

  @Override
  public List<Entity.Named> list(Entity.Directory dir, int maxEntries) {
    return List.of();
  }

  @Override
  public void read(Cid wanted, long maxBytes, OutputStream sink) {
    if (file.size() > maxBytes) {
      throw new FetchException(
          Reason.IMAGE_TOO_LARGE,
          "failed to read the file: it has " + file.size() + " bytes, at most " + maxBytes);
    }
    read(FilePart.all(file), sink);
  }

  @Override
  public void read(FilePart part, OutputStream sink) {
    try {
      bytes.copy(part.from(), part.length(), sink);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  @Override
  public boolean hasParts() {
    return false;
  }

  @Override
  public Optional<PlainBytes> readPlain(FilePart part, OutputStream sink) {
    return Optional.empty();
  }

  @Override
  public List<SourceUse> sources() {
    return List.of();
  }

  @Override
  public void close() {
    // The channel is the caller's; a read under way ends when its thread is interrupted.
  }

  private static FetchException unreadable(IOException e) {
    return new FetchException(Reason.IO_ERROR, "failed to read the file: " + e.getMessage(), e);
  }
}
