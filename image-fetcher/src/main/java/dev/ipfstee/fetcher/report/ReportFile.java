package dev.ipfstee.fetcher.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Where the report goes. It is opened before any work, because a run whose end nobody can read is
 * useless; and written in place, because {@code /dev/termination-log} is a mount that can't be
 * replaced.
 */
public final class ReportFile {
  private final Path path;

  private ReportFile(Path path) {
    this.path = path;
  }

  /**
   * @throws FetchException {@link Reason#INVALID_USAGE} when the file can't be written
   */
  public static ReportFile open(Path path) {
    try {
      Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
      return new ReportFile(path);
    } catch (IOException | UnsupportedOperationException e) {
      throw new FetchException(
          Reason.INVALID_USAGE,
          "failed to open the report file '"
              + Printable.escape(path.toString(), 200)
              + "' for writing: "
              + Printable.escape(e.getClass().getSimpleName(), 60)
              + "; give --report a writable path",
          e);
    }
  }

  /** Replaces the content. */
  public void write(FetchReport report) throws IOException {
    Files.write(
        path,
        ReportJson.write(report),
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE,
        StandardOpenOption.TRUNCATE_EXISTING);
  }
}
