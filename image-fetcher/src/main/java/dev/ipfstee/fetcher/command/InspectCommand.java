package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.archive.Scratch;
import dev.ipfstee.fetcher.fetch.FetchRequest;
import dev.ipfstee.fetcher.fetch.ImageResolver;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.report.FetchReport;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code image-fetcher inspect}: shows what a reference names, without downloading layers. */
@Command(
    name = "inspect",
    description =
        "Resolve a reference and show the image: no layers are downloaded, nothing is stored.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
public final class InspectCommand implements Callable<Integer> {
  @Mixin private ImageFlags image;
  @Mixin private GatewayFlags gateways;
  @Mixin private ReportFlags report;

  /** For picocli. */
  public InspectCommand() {}

  @Override
  public Integer call() {
    return ReportedRun.of(report, this::inspect);
  }

  private String inspect(ReportedRun run) {
    FetchRequest request = image.toRequest();
    try (IpfsContent content =
            run.open(gateways.toOptions(request.reference(), request.maxBytes()));
        Scratch scratch = Scratch.temporary(FetchRequest.archiveBytes(request.maxBytes()))) {
      new ImageResolver(content, scratch).inspect(request, run.record());
    }
    String message = "resolved '" + request.source() + "'";
    run.record().warnings().forEach(warning -> System.err.println("warning: " + warning));
    if (!report.isJson()) {
      print(run.resolved(message));
    }
    return message;
  }

  private static void print(FetchReport found) {
    System.out.printf("%-12s %s%n", "CID", found.cid().orElseThrow());
    System.out.printf("%-12s %s%n", "Layout", found.layout().orElseThrow());
    System.out.printf("%-12s %s%n", "Digest", found.digest().orElseThrow());
    System.out.printf("%-12s %s%n", "Media type", found.mediaType().orElseThrow());
    for (FetchReport.PlatformReport platform : found.platforms()) {
      System.out.printf(
          "%-12s %s, %s, layers: %d, bytes: %d%n",
          "Platform", platform.platform(), platform.digest(), platform.layers(), platform.bytes());
    }
  }
}
