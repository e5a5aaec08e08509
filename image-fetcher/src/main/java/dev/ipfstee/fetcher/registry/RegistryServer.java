package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.store.StoreReader;
import dev.ipfstee.fetcher.store.StoreWatch;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;

/** The node registry as a whole: started, it serves until it is stopped. */
final class RegistryServer {
  private static final int WORKERS = 8;
  private static final int MAX_MANAGEMENT_CONNECTIONS = 64;

  /** Few, so that those who are served first can soon serve others. */
  private static final int MAX_PEER_TRANSFERS = 4;

  private static final Duration START_TIMEOUT = Duration.ofSeconds(30);

  static {
    // Without Unsafe, which Java warns about and is going to remove: files go to the socket without
    // Netty's buffers, so nothing is lost.
    System.setProperty("io.netty.noUnsafe", "true");
    // What Netty would choose in the end, after it has looked in all jars for others.
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
  }

  private final Vertx vertx;
  private final JsonLog log;
  private final StoreReader store;
  private final StoreWatch watch;
  private final HttpListener registry;
  private final Optional<HttpListener> tls;
  private final Optional<HttpListener> peers;
  private final Optional<DesiredRounds> desired;
  private final Optional<Pulls> pulls;
  private final Optional<HttpListener> management;
  private ListenAddress address;
  private Optional<ListenAddress> tlsAddress = Optional.empty();
  private Optional<ListenAddress> peerAddress = Optional.empty();
  private Optional<ListenAddress> managementAddress = Optional.empty();

  /**
   * @param store the store's directory, which needn't be there yet
   * @param listen for container runtimes
   * @param tls for container runtimes elsewhere, such as those in confidential guests
   * @param peers for the registries and fetches of other nodes
   * @param management for probes, monitoring and the operator
   * @param maxConnections of container runtimes, as many over TLS, and as many of peers
   * @param pull where what the store lacks comes from; empty for nowhere
   * @param desired what the cluster wants; empty when nobody says
   * @param watch how closely to watch over the blobs
   */
  record Settings(
      Path store,
      ListenAddress listen,
      Optional<TlsIdentity.Settings> tls,
      Optional<ListenAddress> peers,
      Optional<ListenAddress> management,
      int maxConnections,
      Optional<Pulls.Settings> pull,
      Optional<DesiredRounds.Settings> desired,
      StoreWatch.Settings watch) {}

  RegistryServer(Settings settings, PrintStream logStream) {
    log = new JsonLog(logStream, InstantSource.system());
    StoreReader onDisk = StoreReader.of(settings.store());
    watch = StoreWatch.start(onDisk, settings.watch(), this::tellDamage);
    store = onDisk.hiding(watch::isDamaged);
    RegistryContents contents = new RegistryContents(store, log);
    RegistryMetrics metrics = new RegistryMetrics();
    Inventory inventory = new Inventory(store, contents, watch::damages);
    vertx = Vertx.vertx(options());
    RegistryHandler handler = new RegistryHandler(store, contents, log);
    desired =
        settings
            .desired()
            .map(set -> new DesiredRounds(set, store, contents, this::pulledNow, metrics, log));
    Function<Cid, Set<InetAddress>> holders =
        desired.<Function<Cid, Set<InetAddress>>>map(d -> d::holders).orElse(image -> Set.of());
    pulls =
        settings
            .pull()
            .map(
                pull ->
                    new Pulls(pull, settings.store(), holders, handler, contents, metrics, log));
    Function<RegistryRequest, Answer> answers =
        pulls.<Function<RegistryRequest, Answer>>map(p -> p::answer).orElse(handler::answer);
    registry =
        new HttpListener(
            vertx,
            settings.listen(),
            Optional.empty(),
            settings.maxConnections(),
            Transfers.unbounded(),
            answers,
            metrics::answered);
    tls =
        settings
            .tls()
            .map(
                identity ->
                    new HttpListener(
                        vertx,
                        identity.listen(),
                        Optional.of(new TlsIdentity(vertx, identity, metrics, log)),
                        settings.maxConnections(),
                        Transfers.unbounded(),
                        answers,
                        metrics::answered));
    peers =
        settings
            .peers()
            .map(
                where ->
                    new HttpListener(
                        vertx,
                        where,
                        Optional.empty(),
                        settings.maxConnections(),
                        Transfers.atMost(MAX_PEER_TRANSFERS),
                        new PeerHandler(handler, contents)::answer,
                        metrics::answeredPeer));
    metrics.observe(store, inventory, this::openConnections);
    metrics.observe(watch);
    ManagementHandler managementHandler =
        new ManagementHandler(store, contents, inventory, metrics, registry.guard()::isDraining);
    management =
        settings
            .management()
            .map(
                where ->
                    new HttpListener(
                        vertx,
                        where,
                        Optional.empty(),
                        MAX_MANAGEMENT_CONNECTIONS,
                        Transfers.unbounded(),
                        managementHandler::answer,
                        (request, status, bytes) -> {}));
  }

  private Set<String> pulledNow() {
    return pulls.map(Pulls::underWay).orElse(Set.of());
  }

  private int openConnections() {
    return registry.guard().openConnections()
        + tls.map(listener -> listener.guard().openConnections()).orElse(0);
  }

  private void tellDamage(Digest digest, String finding) {
    log.warn(
        "a blob is damaged; it isn't served, and images that need it must be fetched again",
        Map.of("blob", digest.toString(), "finding", finding));
  }

  private static VertxOptions options() {
    return new VertxOptions()
        .setEventLoopPoolSize(Runtime.getRuntime().availableProcessors())
        .setWorkerPoolSize(WORKERS)
        .setInternalBlockingPoolSize(2)
        // Nothing is served from the class path, and the root file system may be read only.
        .setFileSystemOptions(
            new FileSystemOptions()
                .setFileCachingEnabled(false)
                .setClassPathResolvingEnabled(false));
  }

  /**
   * Starts to listen.
   *
   * @throws FetchException {@link Reason#IO_ERROR} when an address can't be taken, {@link
   *     Reason#INVALID_USAGE} for a certificate that can't be used
   */
  void start() {
    tlsAddress = tls.map(RegistryServer::start);
    desired.ifPresent(DesiredRounds::start);
    pulls.ifPresent(Pulls::start);
    address = start(registry);
    peerAddress = peers.map(RegistryServer::start);
    managementAddress = management.map(RegistryServer::start);
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("listen", address.toString());
    tlsAddress.ifPresent(where -> fields.put("tls", where.toString()));
    peerAddress.ifPresent(where -> fields.put("peers", where.toString()));
    managementAddress.ifPresent(where -> fields.put("management", where.toString()));
    fields.put("store", store.layout().root().toString());
    log.info("serving", fields);
  }

  private static ListenAddress start(HttpListener listener) {
    return await(listener.start(), "listen on " + listener.address());
  }

  ListenAddress address() {
    return address;
  }

  Optional<ListenAddress> tlsAddress() {
    return tlsAddress;
  }

  Optional<ListenAddress> peerAddress() {
    return peerAddress;
  }

  Optional<ListenAddress> managementAddress() {
    return managementAddress;
  }

  /**
   * Takes no more connections, finishes the answers under way for as long as allowed, and stops.
   *
   * @return whether every answer was finished
   */
  boolean stop(Duration drain) {
    long deadline = System.nanoTime() + drain.toNanos();
    boolean finished = false;
    try {
      tls.ifPresent(listener -> listener.guard().drain());
      peers.ifPresent(listener -> listener.guard().drain());
      finished = registry.drain(deadline);
      for (HttpListener listener : Stream.concat(tls.stream(), peers.stream()).toList()) {
        finished &= listener.drain(deadline);
      }
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    }
    watch.close();
    desired.ifPresent(DesiredRounds::close);
    pulls.ifPresent(Pulls::close);
    await(vertx.close(), "stop");
    log.info("stopped", Map.of("drained", finished));
    return finished;
  }

  private static <T> T await(Future<T> future, String action) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(START_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | CompletionException failure) {
      throw failure(action, failure.getCause());
    } catch (TimeoutException slow) {
      throw failure(action, slow);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new FetchException(Reason.CANCELLED, "interrupted", interrupted);
    }
  }

  private static FetchException failure(String action, Throwable cause) {
    return new FetchException(
        Reason.IO_ERROR, "failed to " + action + ": " + cause.getMessage(), cause);
  }
}
