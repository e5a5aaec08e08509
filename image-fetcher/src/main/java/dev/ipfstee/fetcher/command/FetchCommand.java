package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.fetch.FetchRequest;
import dev.ipfstee.fetcher.fetch.FileContent;
import dev.ipfstee.fetcher.fetch.ImageFetch;
import dev.ipfstee.fetcher.fetch.MinFree;
import dev.ipfstee.fetcher.ipfs.GatewayOptions;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.StoreOptions;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code image-fetcher fetch}: brings one image into a store, verified. */
@Command(
    name = "fetch",
    description =
        "Fetch an image from IPFS gateways, or from a file, into a store; every block is checked"
            + " against its CID, every blob against its digest.",
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

  @Option(
      names = "--from-file",
      paramLabel = "FILE",
      description =
          "A CAR that has the reference's content, or the archive that it names: no gateway is"
              + " asked.")
  private Path fromFile;

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
    String source = request.reference().canonical();
    boolean fetched;
    if (fromFile == null) {
      GatewayOptions options = gateways.toOptions(request.reference(), request.maxBytes());
      fetched = fetch(run, request, run.open(options));
    } else {
      gateways.refuse("--from-file");
      fetched = fetchFromFile(run, request);
    }
    run.record().warnings().forEach(warning -> System.err.println("warning: " + warning));
    if (!report.isJson()) {
      run.record().pinned().ifPresent(System.out::println);
    }
    return (fetched
            ? "fetched '" + source + "'"
            : "'" + source + "' is in the store, verified again")
        + run.record().referrers();
  }

  private boolean fetchFromFile(ReportedRun run, FetchRequest request) {
    try (FileChannel file = FileChannel.open(fromFile)) {
      return fetch(run, request, run.use(FileContent.open(file, request.reference().root())));
    } catch (IOException e) {
      throw new FetchException(
          Reason.IO_ERROR,
          "failed to read '"
              + Printable.escape(fromFile.toString(), 200)
              + "': "
              + e.getClass().getSimpleName(),
          e);
    }
  }

  private boolean fetch(ReportedRun run, FetchRequest request, IpfsContent opened) {
    try (IpfsContent content = opened;
        BlobStore store = BlobStore.open(directory, storeOptions(request));
        ProgressDisplay progress = new ProgressDisplay(request.reference().canonical())) {
      return new ImageFetch(content, store, minFree, concurrency, progress)
          .run(request, run.record());
    }
  }

  /** What a dead run left is kept as long as it may be a part of such an image. */
  private static StoreOptions storeOptions(FetchRequest request) {
    return StoreOptions.DEFAULTS.withLeftoverBytes(request.maxBytes());
  }
}
