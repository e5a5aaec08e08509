package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.Entity;
import dev.ipfstee.fetcher.ipfs.FilePart;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.ipfs.PlainBytes;
import dev.ipfstee.fetcher.ipfs.SourceUse;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;

/** Content that a test stands before. */
class ContentBetween implements IpfsContent {
  private final IpfsContent content;

  ContentBetween(IpfsContent content) {
    this.content = content;
  }

  @Override
  public Entity resolve(Cid root, List<String> path) {
    return content.resolve(root, path);
  }

  @Override
  public Optional<Entity> child(Entity.Directory dir, String name) {
    return content.child(dir, name);
  }

  @Override
  public List<Entity.Named> list(Entity.Directory dir, int maxEntries) {
    return content.list(dir, maxEntries);
  }

  @Override
  public void read(Cid file, long maxBytes, OutputStream sink) {
    content.read(file, maxBytes, sink);
  }

  @Override
  public void read(FilePart part, OutputStream sink) {
    content.read(part, sink);
  }

  @Override
  public boolean hasParts() {
    return content.hasParts();
  }

  @Override
  public Optional<PlainBytes> readPlain(FilePart part, OutputStream sink) {
    return content.readPlain(part, sink);
  }

  @Override
  public List<SourceUse> sources() {
    return content.sources();
  }

  @Override
  public void close() {
    content.close();
  }
}
