package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.fetch.FetchRequest;
import dev.ipfstee.fetcher.fetch.ImageFetch;
import dev.ipfstee.fetcher.fetch.MinFree;
import dev.ipfstee.fetcher.ipfs.GatewayOptions;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.StoreOptions;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code image-fetcher fetch}: brings one image into a store, verified. */
@Command(
    name = "fetch",
    description =
        "Fetch an image from IPFS gateways into a store; every block is checked against its CID,"
            + " every blob against its digest.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
public final class FetchCommand implements Callable<Integer> {
  private static final int MAX_CONCURRENCY = 16;

  @Mixin private ImageFlags image;

  @Option(
      names = "--store",
      required = true,
      paramLabel = "DIR",
      description = "The store, an OCI image layout; made if it isn't there.")
  private Path directory;

  @Mixin private GatewayFlags gateways;

  @Option(
      names = "--min-free",
      paramLabel = "SIZE|PERCENT",
      defaultValue = "20%",
      converter = Quantities.MinFreeConverter.class,
      description = "What is left free on the store's volume (default: ${DEFAULT-VALUE}).")
  private MinFree minFree;

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      defaultValue = "4",
      description = "How many blobs are downloaded at a time (default: ${DEFAULT-VALUE}).")
  private int concurrency;

  @Mixin private ReportFlags report;

  /** For picocli. */
  public FetchCommand() {}

  @Override
  public Integer call() {
    return ReportedRun.of(report, this::fetch);
  }

  private String fetch(ReportedRun run) {
    if (concurrency < 1 || concurrency > MAX_CONCURRENCY) {
      throw GatewayFlags.usage(
          "--concurrency: expected 1 to " + MAX_CONCURRENCY + ", found " + concurrency);
    }
    FetchRequest request = image.toRequest();
    GatewayOptions options = gateways.toOptions(request.reference(), request.maxBytes());
    String source = request.reference().canonical();
    boolean fetched = fetch(run, request, options, source);
    run.record().warnings().forEach(warning -> System.err.println("warning: " + warning));
    if (!report.isJson()) {
      run.record().pinned().ifPresent(System.out::println);
    }
    return fetched
        ? "fetched '" + source + "'"
        : "'" + source + "' is in the store, verified again";
  }

  private boolean fetch(
      ReportedRun run, FetchRequest request, GatewayOptions options, String source) {
    try (IpfsContent content = run.open(options);
        BlobStore store = BlobStore.open(directory, storeOptions(request));
        ProgressDisplay progress = new ProgressDisplay(source)) {
      return new ImageFetch(content, store, minFree, concurrency, progress)
          .run(request, run.record());
    }
  }

  /** What a dead run left is kept as long as it may be a part of such an image. */
  private static StoreOptions storeOptions(FetchRequest request) {
    return StoreOptions.DEFAULTS.withLeftoverBytes(request.maxBytes());
  }
}
