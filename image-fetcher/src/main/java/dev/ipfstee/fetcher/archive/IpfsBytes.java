package dev.ipfstee.fetcher.archive;

import dev.ipfstee.fetcher.ipfs.Entity;
import dev.ipfstee.fetcher.ipfs.FilePart;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.ipfs.PlainBytes;
import java.io.OutputStream;
import java.util.Optional;

/** An archive that is a file on IPFS: only the blocks of what is read are fetched. */
public record IpfsBytes(IpfsContent content, Entity.File file) implements ArchiveBytes {
  @Override
  public long size() {
    return file.size();
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
