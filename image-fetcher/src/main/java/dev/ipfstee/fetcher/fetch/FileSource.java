package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.Entity;
import dev.ipfstee.fetcher.ipfs.FilePart;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.ipfs.PlainBytes;
import java.io.OutputStream;
import java.util.Optional;

/** A blob that is a file. */
record FileSource(IpfsContent content, Entity.File file) implements BlobSource {
  @Override
  public void read(OutputStream sink) {
    content.read(file.cid(), file.size(), sink);
  }

  @Override
  public Optional<PlainBytes> readPlain(OutputStream sink) {
    return content.readPlain(FilePart.all(file), sink);
  }
}
