package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.fetch.FetchRequest;
import dev.ipfstee.fetcher.fetch.FileContent;
import dev.ipfstee.fetcher.fetch.ImageFetch;
import dev.ipfstee.fetcher.fetch.MinFree;
import dev.ipfstee.fetcher.ipfs.AbsentContent;
import dev.ipfstee.fetcher.ipfs.IpfsContent;
import dev.ipfstee.fetcher.ipfs.Peers;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.StoreOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
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
      names = "--peer",
      paramLabel = "URL",
      description =
          "The peer address of another node's registry, http(s)://HOST:PORT, asked before gateways"
              + " for what has a known digest; repeatable. It may be private.")
  private List<String> peerUrls = List.of();

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
    String source = request.source();
    boolean fetched =
        fromFile == null ? fetchFromOthers(run, request) : fetchFromFile(run, request);
    run.record().warnings().forEach(warning -> System.err.println("warning: " + warning));
    if (!report.isJson()) {
      run.record().pinned().ifPresent(System.out::println);
    }
    return (fetched
            ? "fetched '" + source + "'"
            : "'" + source + "' is in the store, verified again")
        + run.record().referrers();
  }

  private boolean fetchFromOthers(ReportedRun run, FetchRequest request) {
    List<URI> urls = peerUrls.stream().map(url -> GatewayFlags.uri(url, "--peer")).toList();
    try (Peers peers = run.use(Peers.open(urls, gateways.toPeerOptions()))) {
      // Peers alone can tell what a digest is, but not what a CID is.
      boolean canDoWithout = !peers.isEmpty() && request.expectedDigest().isPresent();
      IpfsContent content =
          canDoWithout && !gateways.any(request.reference())
              ? run.use(new AbsentContent())
              : run.open(gateways.toOptions(request.reference(), request.maxBytes()));
      return fetch(run, request, content, peers);
    }
  }

  private boolean fetchFromFile(ReportedRun run, FetchRequest request) {
    gateways.refuse("--from-file");
    if (!peerUrls.isEmpty()) {
      throw GatewayFlags.usage("--from-file asks no peer, so it can't be combined with --peer");
    }
    try (FileChannel file = FileChannel.open(fromFile)) {
      return fetch(
          run, request, run.use(FileContent.open(file, request.reference().root())), Peers.none());
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

  private boolean fetch(ReportedRun run, FetchRequest request, IpfsContent opened, Peers peers) {
    try (IpfsContent content = opened;
        BlobStore store = BlobStore.open(directory, storeOptions(request));
        ProgressDisplay progress = new ProgressDisplay("fetching", request.source())) {
      return new ImageFetch(content, peers, store, minFree, concurrency, progress)
          .run(request, run.record());
    }
  }

  /** What a dead run left is kept as long as it may be a part of such an image. */
  private static StoreOptions storeOptions(FetchRequest request) {
    return StoreOptions.DEFAULTS.withLeftoverBytes(request.maxBytes());
  }
}
