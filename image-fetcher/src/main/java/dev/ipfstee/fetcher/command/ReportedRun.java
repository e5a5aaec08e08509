package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.fetch.RunRecord;
import dev.ipfstee.fetcher.ipfs.GatewayContent;
import dev.ipfstee.fetcher.ipfs.GatewayOptions;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.ipfs.Peers;
import dev.ipfstee.fetcher.ipfs.SourceUse;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.FetchReport;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A run that ends with a report and an exit code, however it ends. */
final class ReportedRun {
  /** What a command does in between. */
  interface Body {
    /**
     * @return one sentence for people: what was done
     */
    String run(ReportedRun run) throws IOException;
  }

  private final RunRecord record = new RunRecord();
  private final Cancellation cancellation = Cancellation.install();
  private volatile IpfsContent content;
  private volatile Peers peers = Peers.none();

  private ReportedRun() {}

  /**
   * Runs, reports, and returns the exit code. The report's file is opened before anything else: a
   * run whose end nobody can read is useless.
   */
  static int of(ReportFlags flags, Body body) {
    ReportedRun run = new ReportedRun();
    int exitCode = run.toTheEnd(flags, body);
    System.out.flush();
    System.err.flush();
    run.cancellation.end(exitCode);
    return exitCode;
  }

  RunRecord record() {
    return record;
  }

  /** Opens the content that this run reads; closed when the run is cancelled, or by the caller. */
  IpfsContent open(GatewayOptions options) {
    return use(GatewayContent.open(options));
  }

  /** Content that was opened elsewhere; closed when the run is cancelled, or by the caller. */
  IpfsContent use(IpfsContent opened) {
    content = opened;
    cancellation.breaks(opened::close);
    return opened;
  }

  /** Peers that this run asks; closed when the run is cancelled, or by the caller. */
  Peers use(Peers opened) {
    peers = opened;
    cancellation.breaks(opened::close);
    return opened;
  }

  /** What is known so far, as the report will say it. */
  FetchReport resolved(String message) {
    return report(Reason.SUCCEEDED, message);
  }

  private int toTheEnd(ReportFlags flags, Body body) {
    FetchReport report;
    try {
      flags.open();
      report = report(Reason.SUCCEEDED, body.run(this));
    } catch (FetchException e) {
      report = failed(e.reason(), message(e));
    } catch (IOException | RuntimeException | StackOverflowError e) {
      if (!cancellation.isRequested()) {
        e.printStackTrace();
      }
      report = failed(Reason.INTERNAL_ERROR, "a defect of the image fetcher: " + e);
    }
    // The report must be written, whoever interrupted what came before.
    Thread.interrupted();
    if (report.reason() != Reason.SUCCEEDED) {
      System.err.println("error: " + report.reason().label() + ": " + report.message());
    }
    try {
      flags.write(report, System.out);
    } catch (IOException e) {
      System.err.println(
          "error: failed to write the report: " + Printable.escape(e.toString(), 300));
      // It could be opened, so the command is right, and another run may fare better.
      return Reason.IO_ERROR.outcome().exitCode();
    }
    return report.reason().outcome().exitCode();
  }

  private static String message(FetchException failure) {
    return switch (failure.reason().outcome()) {
      case INVALID_USAGE, INVALID_REFERENCE -> CommandErrors.withoutUserInfo(failure.getMessage());
      default -> failure.getMessage();
    };
  }

  private FetchReport failed(Reason reason, String message) {
    return cancellation.isRequested()
        ? report(Reason.CANCELLED, "stopped by SIGTERM")
        : report(reason, message);
  }

  private FetchReport report(Reason reason, String message) {
    List<SourceUse> sources = new ArrayList<>(peers.sources());
    if (content != null) {
      sources.addAll(content.sources());
    }
    return record.report(reason, message, sources);
  }
}
