package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.ReportFile;
import dev.ipfstee.fetcher.report.ReportJson;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options that say where the result goes. */
final class ReportFlags {
  static final String REPORT = "--report";
  static final String OUTPUT = "--output";

  @Option(
      names = REPORT,
      paramLabel = "FILE",
      description = "Where to write the report, a JSON object of at most 4096 bytes.")
  private Path report;

  @Option(
      names = OUTPUT,
      paramLabel = "FORMAT",
      defaultValue = "text",
      description =
          "What to print at the end: text or json, the report (default: ${DEFAULT-VALUE}).")
  private String output;

  private Optional<ReportFile> file = Optional.empty();

  /**
   * Opens the report file, before anything else is done.
   *
   * @throws FetchException InvalidUsage
   */
  void open() {
    file = Optional.ofNullable(report).map(ReportFile::open);
    if (!output.equals("text") && !output.equals("json")) {
      throw GatewayFlags.usage(
          "--output: expected text or json, found '" + Printable.escape(output, 60) + "'");
    }
  }

  boolean isJson() {
    return output.equals("json");
  }

  /** Writes the report to its file, and with {@code --output json} also to this stream. */
  void write(FetchReport result, PrintStream out) throws IOException {
    if (file.isPresent()) {
      file.get().write(result);
    }
    if (isJson()) {
      out.println(new String(ReportJson.write(result), StandardCharsets.UTF_8));
    }
  }
}
