package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.archive.Scratch;
import dev.ipfstee.fetcher.fetch.LayoutFiles;
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
        "Write a layout directory or a docker archive as a CAR to be imported anywhere, and print"
            + " its CID.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
public final class PublishCommand implements Callable<Integer> {
  @Parameters(paramLabel = "SOURCE", description = "An OCI layout directory or a docker archive.")
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
    System.out.println("ipfs://" + (Files.isDirectory(source) ? directory() : archive()));
    return 0;
  }

  private Object directory() {
    return LayoutFiles.ofDirectory(source).write(target);
  }

  private Object archive() {
    try (FileChannel file = FileChannel.open(source);
        Scratch scratch = Scratch.temporary(Long.MAX_VALUE)) {
      return LayoutFiles.ofArchive(file, scratch).write(target);
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
