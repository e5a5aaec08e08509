package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.fetch.MinFree;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.PeerClient;
import dev.ipfstee.fetcher.ipfs.PeerOptions;
import dev.ipfstee.fetcher.report.FetchException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/** All that pulls what the store lacks from peers, put together. */
final class Pulls implements AutoCloseable {
  private static final Duration STALL = Duration.ofSeconds(10);

  private final PullStore store;
  private final Flights flights;
  private final PullThrough through;
  private final JsonLog log;

  /**
   * @param peers the addresses of the peers now; throws a {@link FetchException} when nobody knows
   * @param minFree what pulls leave free on the store's volume
   * @param patience how long a peer may take to say whether it has something
   */
  record Settings(Supplier<List<URI>> peers, MinFree minFree, Duration patience) {}

  /**
   * @param holders where an image is said to be
   */
  Pulls(
      Settings settings,
      Path directory,
      Function<Cid, Set<InetAddress>> holders,
      RegistryHandler registry,
      RegistryContents contents,
      RegistryMetrics metrics,
      JsonLog log) {
    PeerClient client =
        new PeerClient(new PeerOptions(Map.of(), STALL, Instant.MAX, "ipfs-tee-operator"));
    PeerDirectory directoryOfPeers =
        new PeerDirectory(settings.peers(), holders, settings.patience(), client);
    this.log = log;
    store = new PullStore(directory, settings.minFree());
    PulledImages images = new PulledImages(store, contents, log);
    flights =
        new Flights(
            store,
            directoryOfPeers,
            client,
            flight -> images.update(flight.image().toString()),
            metrics,
            log);
    PulledReferrers referrers = new PulledReferrers(store, contents, directoryOfPeers, client, log);
    through =
        new PullThrough(registry, contents, directoryOfPeers, flights, images, referrers, metrics);
  }

  /** Removes what a killed process left behind; if the store isn't there yet, later. */
  void start() {
    try {
      store.get();
    } catch (FetchException later) {
      log.warn("nothing can be pulled from peers now", Map.of("cause", later.getMessage()));
    }
  }

  /** As {@link PullThrough#answer}. */
  Answer answer(RegistryRequest request) {
    return through.answer(request);
  }

  /** The CIDs of images of which something is being pulled now. */
  Set<String> underWay() {
    return flights.images();
  }

  @Override
  public void close() {
    flights.close();
    store.close();
  }
}
