package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.archive.ArchiveForm;
import dev.ipfstee.fetcher.archive.LocalBytes;
import dev.ipfstee.fetcher.ipfs.CarFile;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.ipfs.LocalFile;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.nio.channels.FileChannel;

/** Content in a file of this machine instead of gateways, verified in the same way. */
public final class FileContent {
  private FileContent() {}

  /**
   * Opens a CAR that has the root, or an archive that is the root.
   *
   * @param channel stays the caller's
   * @throws FetchException {@link Reason#CONTENT_NOT_FOUND} when the root isn't in the CAR, {@link
   *     Reason#DIGEST_MISMATCH} when the archive has another CID, and those of {@link CarFile#open}
   */
  public static IpfsContent open(FileChannel channel, Cid root) {
    if (ArchiveForm.of(new LocalBytes(channel).read(0, ArchiveForm.HEAD)) != ArchiveForm.CAR) {
      return LocalFile.open(channel, root);
    }
    CarFile car = CarFile.open(channel);
    if (!car.has(root)) {
      throw new FetchException(
          Reason.CONTENT_NOT_FOUND,
          "failed to find " + root + " in the CAR: its roots are " + car.roots());
    }
    return car;
  }
}
