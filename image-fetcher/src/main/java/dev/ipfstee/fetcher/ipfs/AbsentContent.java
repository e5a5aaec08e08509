package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;

/** No content: for a run that has only peers to ask. */
public final class AbsentContent implements IpfsContent {
  private static FetchException absent(Object what) {
    return new FetchException(
        Reason.CONTENT_NOT_FOUND,
        "failed to find "
            + what
            + ": no peer gave all of the image, and no gateway is named; give one with --gateway"
            + " URL");
  }

  @Override
  public Entity resolve(Cid root, List<String> path) {
    throw absent(root);
  }

  @Override
  public Optional<Entity> child(Entity.Directory dir, String name) {
    throw absent(dir.cid());
  }

  @Override
  public List<Entity.Named> list(Entity.Directory dir, int maxEntries) {
    throw absent(dir.cid());
  }

  @Override
  public void read(Cid file, long maxBytes, OutputStream sink) {
    throw absent(file);
  }

  @Override
  public void read(FilePart part, OutputStream sink) {
    throw absent(part.file());
  }

  @Override
  public boolean hasParts() {
    return false;
  }

  @Override
  public Optional<PlainBytes> readPlain(FilePart part, OutputStream sink) {
    throw absent(part.file());
  }

  @Override
  public List<SourceUse> sources() {
    return List.of();
  }

  @Override
  public void close() {
    // Nothing is open.
  }
}
