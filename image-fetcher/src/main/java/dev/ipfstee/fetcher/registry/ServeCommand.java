package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.command.Quantities;
import dev.ipfstee.fetcher.fetch.MinFree;
import dev.ipfstee.fetcher.store.StoreWatch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code image-fetcher serve}: the node registry. Runs until SIGTERM and exits with 0. */
@Command(
    name = "serve",
    description = "Serve the images of a store to this node's container runtime, read only.",
    mixinStandardHelpOptions = true)
public final class ServeCommand implements Callable<Integer> {
  /** With the pods' usual 30 seconds of grace, this leaves time for what comes after. */
  private static final Duration DRAIN = Duration.ofSeconds(10);

  /** A peer that needs longer to say what it has isn't a good source. */
  private static final Duration QUESTION = Duration.ofMillis(200);

  private static final Duration DESIRED_LOOK = Duration.ofSeconds(10);

  private static final Duration SHORTEST_SWEEP_AFTER = Duration.ofMinutes(5);

  private static final Duration CERTIFICATE_LOOK = Duration.ofSeconds(10);

  /** A look costs a few system calls per blob. */
  private static final Duration LOOK = Duration.ofSeconds(3);

  @Option(
      names = "--store",
      required = true,
      paramLabel = "DIR",
      description = "The store's directory; it may appear later.")
  private Path store;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:5050",
      converter = AddressConverter.class,
      description = "Where container runtimes pull from (default: ${DEFAULT-VALUE}).")
  private ListenAddress listen;

  @Option(
      names = "--tls-listen",
      paramLabel = "HOST:PORT",
      converter = AddressConverter.class,
      description = "Where the same is served over TLS (default: nowhere).")
  private ListenAddress tlsListen;

  @Option(
      names = "--tls-cert",
      paramLabel = "FILE",
      description = "The certificate for --tls-listen and those that signed it, in PEM.")
  private Path tlsCertificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description =
          "The certificate's key, in PEM. A change of both files is noticed within 10 seconds.")
  private Path tlsKey;

  @Option(
      names = "--peer-listen",
      paramLabel = "HOST:PORT",
      converter = AddressConverter.class,
      description =
          "Where other nodes get what this node's store holds, and nothing else (default:"
              + " nowhere).")
  private ListenAddress peerListen;

  @Option(
      names = "--peers",
      paramLabel = "NAME:PORT",
      converter = AddressConverter.class,
      description =
          "A name with the addresses of all nodes' registries, and their --peer-listen port: what"
              + " the store lacks is pulled from them (default: from nowhere).")
  private ListenAddress peers;

  @Option(
      names = "--min-free",
      paramLabel = "SIZE|PERCENT",
      defaultValue = "20%",
      converter = Quantities.MinFreeConverter.class,
      description = "What such pulls leave free on the store's volume (default: ${DEFAULT-VALUE}).")
  private MinFree minFree;

  @Option(
      names = "--desired",
      paramLabel = "FILE",
      description =
          "The images that the cluster wants, as the operator writes them down: which peers are"
              + " asked first (default: nobody knows). It may appear, change and vanish.")
  private Path desired;

  @Option(
      names = "--sweep-after",
      paramLabel = "DURATION",
      converter = Quantities.DurationConverter.class,
      description =
          "Remove images that --desired hasn't named for so long, and what nothing needs; at least"
              + " 5m, since the kubelet takes up to 2 minutes to show what is wanted anew (default:"
              + " remove nothing).")
  private Duration sweepAfter;

  @Option(
      names = "--sweep-quota",
      paramLabel = "SIZE",
      defaultValue = "0",
      converter = Quantities.SizeConverter.class,
      description =
          "Let such images stay as long as all blobs are within it; then those go first that were"
              + " fetched longest ago (default: ${DEFAULT-VALUE}, all of them go).")
  private long sweepQuota;

  @Option(
      names = "--management-listen",
      paramLabel = "HOST:PORT",
      converter = AddressConverter.class,
      description = "Where /livez, /readyz, /metrics and /inventory are (default: nowhere).")
  private ListenAddress management;

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      defaultValue = "512",
      description =
          "How many connections of container runtimes are served at a time, and as many of"
              + " peers; others get 503 (default: ${DEFAULT-VALUE}).")
  private int maxConnections;

  @Option(
      names = "--scrub-rate",
      paramLabel = "SIZE",
      defaultValue = "8Mi",
      converter = Quantities.SizeConverter.class,
      description =
          "At most so many bytes a second are read to hash all blobs again, over and over; 0: not"
              + " at all. A file that was touched is hashed within seconds in any case (default:"
              + " ${DEFAULT-VALUE}).")
  private long scrubRate;

  @Option(
      names = "--scrub-interval",
      paramLabel = "DURATION",
      defaultValue = "24h",
      converter = Quantities.DurationConverter.class,
      description =
          "Time from the start of one such pass to that of the next, unless it takes longer"
              + " (default: ${DEFAULT-VALUE}).")
  private Duration scrubInterval;

  @Spec private CommandSpec spec;

  /** For picocli. */
  public ServeCommand() {}

  private Optional<TlsIdentity.Settings> tls() {
    return Optional.ofNullable(tlsListen)
        .map(
            where ->
                new TlsIdentity.Settings(
                    where, new TlsFiles(tlsCertificate, tlsKey), CERTIFICATE_LOOK));
  }

  private Optional<DesiredRounds.Settings> desired() {
    return Optional.ofNullable(desired)
        .map(
            file ->
                new DesiredRounds.Settings(
                    file,
                    DESIRED_LOOK,
                    System::nanoTime,
                    Optional.ofNullable(sweepAfter)
                        .map(after -> new UnwantedSweep.Settings(after, sweepQuota))));
  }

  /** Reads HOST:PORT. */
  static final class AddressConverter implements ITypeConverter<ListenAddress> {
    @Override
    public ListenAddress convert(String value) {
      try {
        return ListenAddress.parse(value);
      } catch (IllegalArgumentException malformed) {
        throw new TypeConversionException(malformed.getMessage());
      }
    }
  }

  private void checkSweep() {
    if (sweepAfter == null ? sweepQuota != 0 : desired == null) {
      throw new ParameterException(
          spec.commandLine(),
          "expected --sweep-after with --desired, and --sweep-quota with both: only what the"
              + " cluster is known not to want is removed");
    }
    if (sweepAfter != null && sweepAfter.compareTo(SHORTEST_SWEEP_AFTER) < 0) {
      throw new ParameterException(
          spec.commandLine(),
          "expected --sweep-after of at least 5m, found %ds: the kubelet takes up to 2 minutes to"
                  .formatted(sweepAfter.toSeconds())
              + " show what is wanted anew");
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    checkSweep();
    if (maxConnections < 1 || maxConnections > 65_535) {
      throw new ParameterException(
          spec.commandLine(),
          "expected --max-connections between 1 and 65535, found " + maxConnections);
    }
    if ((tlsListen == null) != (tlsCertificate == null)
        || (tlsListen == null) != (tlsKey == null)) {
      throw new ParameterException(
          spec.commandLine(), "expected --tls-listen, --tls-cert and --tls-key together");
    }
    RegistryServer server =
        new RegistryServer(
            new RegistryServer.Settings(
                store,
                listen,
                tls(),
                Optional.ofNullable(peerListen),
                Optional.ofNullable(management),
                maxConnections,
                Optional.ofNullable(peers)
                    .map(name -> new Pulls.Settings(new PeerNames(name), minFree, QUESTION)),
                desired(),
                new StoreWatch.Settings(LOOK, scrubRate, scrubInterval)),
            System.err);
    try {
      server.start();
    } catch (RuntimeException failure) {
      server.stop(Duration.ZERO);
      throw failure;
    }
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  server.stop(DRAIN);
                  // SIGTERM is how a registry ends, not a failure: without this, Java exits with
                  // 143.
                  Runtime.getRuntime().halt(0);
                },
                "stop"));
    new CountDownLatch(1).await();
    return 0;
  }
}
