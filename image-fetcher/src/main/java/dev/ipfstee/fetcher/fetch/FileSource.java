package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.Entity;
import dev.ipfstee.fetcher.ipfs.FilePart;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.ipfs.PlainBytes;
import java.io.OutputStream;
import java.util.Optional;

/** A blob that is a file. */
record FileSource(IpfsContent content, Entity.File file) implements PartedSource {
  @Override
  public void read(OutputStream sink) {
    content.read(file.cid(), file.size(), sink);
  }

  @Override
  public void read(long from, long length, OutputStream sink) {
    content.read(new FilePart(file.cid(), file.size(), from, length), sink);
  }

  @Override
  public boolean hasParts() {
    return content.hasParts();
  }

  @Override
  public Optional<PlainBytes> readPlain(long from, long length, OutputStream sink) {
    return content.readPlain(new FilePart(file.cid(), file.size(), from, length), sink);
  }
}
