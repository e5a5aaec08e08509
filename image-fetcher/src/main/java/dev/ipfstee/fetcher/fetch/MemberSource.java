package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.archive.MemberFile;
import dev.ipfstee.fetcher.ipfs.PlainBytes;
import java.io.OutputStream;
import java.util.Optional;

/** A blob that is a member of an archive, as it is. */
record MemberSource(MemberFile member) implements BlobSource {
  @Override
  public void read(OutputStream sink) {
    member.archive().read(member.offset(), member.size(), sink);
  }

  @Override
  public Optional<PlainBytes> readPlain(OutputStream sink) {
    return member.archive().readPlain(member.offset(), member.size(), sink);
  }
}
