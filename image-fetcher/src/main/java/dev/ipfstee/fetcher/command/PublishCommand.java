package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.archive.Scratch;
import dev.ipfstee.fetcher.fetch.LayoutArchive;
import dev.ipfstee.fetcher.fetch.LayoutDirectory;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code image-fetcher publish}: writes an image as a CAR, and prints its CID. */
@Command(
    name = "publish",
    description =
        "Write a layout directory, an OCI archive or a docker archive as a CAR to be imported"
            + " anywhere, and print its CID.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
public final class PublishCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "SOURCE",
      description = "An OCI layout directory, an OCI archive or a docker archive.")
  private Path source;

  @Option(
      names = {"-o", "--to-file"},
      required = true,
      paramLabel = "FILE",
      description = "The CAR; replaced if it is there.")
  private Path target;

  /** For picocli. */
  public PublishCommand() {}

  @Override
  public Integer call() {
    try (ProgressDisplay progress = new ProgressDisplay("publishing", source.toString())) {
      Cid cid =
          Files.isDirectory(source)
              ? LayoutDirectory.files(source).write(target, progress)
              : archive(progress);
      System.out.println("ipfs://" + cid);
    }
    return 0;
  }

  private Cid archive(ProgressDisplay progress) {
    try (FileChannel file = FileChannel.open(source);
        Scratch scratch = Scratch.temporary(Long.MAX_VALUE)) {
      return LayoutArchive.files(file, scratch).write(target, progress);
    } catch (IOException e) {
      throw new FetchException(
          Reason.IO_ERROR,
          "failed to read '"
              + Printable.escape(source.toString(), 200)
              + "': "
              + e.getClass().getSimpleName(),
          e);
    }
  }
}
