package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.fetch.RunRecord;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.Outcome;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.report.ReportFile;
import dev.ipfstee.fetcher.report.ReportJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Gives commands that can't be carried out the exit codes and reports of the contract. */
public final class CommandErrors {
  /** Up to the last @ there is: a password may hold whatever a URL doesn't allow. */
  private static final Pattern USER_INFO = Pattern.compile("://.*@", Pattern.DOTALL);

  private CommandErrors() {}

  /** Sets the handlers. */
  public static void handle(CommandLine commandLine) {
    // Arguments come from whoever names an image: "@/some/file" must not be read and then shown.
    commandLine.setExpandAtFiles(false);
    commandLine.setParameterExceptionHandler(new BadParameters());
    commandLine.setExecutionExceptionHandler(new Failures());
  }

  // No lambdas: of interfaces as old as picocli's they can't be in an archive of classes, and Java
  // would open one jar after the other to make them.

  private static final class BadParameters implements IParameterExceptionHandler {
    @Override
    public int handleParseException(ParameterException failure, String[] args) {
      return badParameters(failure, args);
    }
  }

  private static final class Failures implements IExecutionExceptionHandler {
    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult all) {
      return failed(failure, command.getErr());
    }
  }

  /** The report is asked for among the very arguments that weren't understood. */
  private static int badParameters(ParameterException failure, String[] args) {
    CommandLine command = failure.getCommandLine();
    String message = Printable.escape(withoutUserInfo(String.valueOf(failure.getMessage())), 500);
    PrintWriter err = command.getErr();
    err.println("error: " + Reason.INVALID_USAGE.label() + ": " + message);
    err.println("See " + command.getCommandSpec().qualifiedName() + " --help");
    err.flush();
    FetchReport report = new RunRecord().report(Reason.INVALID_USAGE, message, List.of());
    given(args, ReportFlags.REPORT)
        .ifPresent(
            path -> {
              try {
                ReportFile.open(Path.of(path)).write(report);
              } catch (IOException | FetchException e) {
                err.println("error: failed to write the report: " + e.getMessage());
                err.flush();
              }
            });
    if (given(args, ReportFlags.OUTPUT).filter("json"::equals).isPresent()) {
      PrintWriter out = command.getOut();
      out.println(new String(ReportJson.write(report), StandardCharsets.UTF_8));
      out.flush();
    }
    return Outcome.INVALID_USAGE.exitCode();
  }

  /** Arguments are shown when they're wrong, but not what may be a password in them. */
  static String withoutUserInfo(String message) {
    return USER_INFO.matcher(message).replaceAll("://…@");
  }

  private static Optional<String> given(String[] args, String option) {
    for (int i = 0; i < args.length && !args[i].equals("--"); i++) {
      if (args[i].startsWith(option + "=")) {
        return Optional.of(args[i].substring(option.length() + 1));
      }
      if (args[i].equals(option) && i + 1 < args.length) {
        return Optional.of(args[i + 1]);
      }
    }
    return Optional.empty();
  }

  private static int failed(Exception failure, PrintWriter err) {
    if (failure instanceof FetchException known) {
      err.println("error: " + known.reason().label() + ": " + known.getMessage());
      err.flush();
      return known.reason().outcome().exitCode();
    }
    failure.printStackTrace(err);
    err.flush();
    return Outcome.INTERNAL_ERROR.exitCode();
  }
}
