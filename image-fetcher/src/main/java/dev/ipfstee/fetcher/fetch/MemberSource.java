package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.archive.MemberFile;
import dev.ipfstee.fetcher.ipfs.PlainBytes;
import java.io.OutputStream;
import java.util.Optional;

/** A blob that is a member of an archive, as it is. */
record MemberSource(MemberFile member) implements PartedSource {
  @Override
  public void read(OutputStream sink) {
    read(0, member.size(), sink);
  }

  @Override
  public void read(long from, long length, OutputStream sink) {
    member.archive().read(member.offset() + from, length, sink);
  }

  @Override
  public boolean hasParts() {
    return member.archive().hasParts();
  }

  @Override
  public Optional<PlainBytes> readPlain(long from, long length, OutputStream sink) {
    return member.archive().readPlain(member.offset() + from, length, sink);
  }
}
