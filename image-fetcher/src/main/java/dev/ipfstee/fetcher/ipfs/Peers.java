package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The peers of one run. Each question goes to them in another order, so that nodes with the same
 * list don't all ask the same peer first. Thread-safe.
 */
public final class Peers implements AutoCloseable {
  /** More than any image needs, and few enough to ask all of them for something rare. */
  public static final int MAX_PEERS = 64;

  /** Then a gateway may be faster. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** By then a peer that was served before has had time to become a source itself. */
  private static final Duration POLITENESS = Duration.ofSeconds(15);

  private static final Duration BUSY_PAUSE = Duration.ofMillis(500);
  private static final Duration ANSWER = Duration.ofSeconds(5);

  /** In a run. */
  private static final Duration FOR_EVER = Duration.ofDays(365);

  private final List<Peer> peers;
  private final Optional<PeerClient> client;

  private Peers(List<Peer> peers, Optional<PeerClient> client) {
    this.peers = peers;
    this.client = client;
  }

  /** No peers: they have nothing. */
  public static Peers none() {
    return new Peers(List.of(), Optional.empty());
  }

  /**
   * Some that are known already.
   *
   * @param client stays the caller's: these peers are not to be closed
   */
  public static Peers of(List<Peer> peers, PeerClient client) {
    return new Peers(List.copyOf(peers), Optional.of(client));
  }

  /**
   * Makes the client; nothing is dialled yet, but names are looked up. To be closed by the caller.
   *
   * @param urls {@code http(s)://host[:port]}, at most {@value #MAX_PEERS}; of the addresses behind
   *     them as many are taken, by chance
   * @throws FetchException {@link Reason#INVALID_USAGE} for other URLs
   */
  public static Peers open(List<URI> urls, PeerOptions options) {
    if (urls.size() > MAX_PEERS) {
      throw new FetchException(
          Reason.INVALID_USAGE,
          "failed to accept " + urls.size() + " peers: at most " + MAX_PEERS + " are asked");
    }
    PeerAddresses addresses = new PeerAddresses(InetAddress::getAllByName);
    List<URI> found =
        new ArrayList<>(
            urls.stream()
                .map(url -> GatewayOptions.base(url, "peer", true))
                .flatMap(addresses::of)
                .distinct()
                .toList());
    Collections.shuffle(found);
    List<Peer> peers = found.stream().limit(MAX_PEERS).map(url -> new Peer(url, FOR_EVER)).toList();
    return peers.isEmpty() ? none() : new Peers(peers, Optional.of(new PeerClient(options)));
  }

  /** Whether there is any. */
  public boolean isEmpty() {
    return peers.isEmpty();
  }

  /**
   * Streams a blob, from one peer after another; from those that are busy with others, when they no
   * longer are. The bytes mean nothing before the caller has compared their digest.
   *
   * @param image the repository
   * @param size how many bytes it must have
   * @return empty when they didn't give all of it, whatever was written
   */
  public Optional<PeerBytes> read(Cid image, Digest digest, long size, OutputStream sink) {
    return client.flatMap(open -> read(open, open.read(image, digest, size, sink)));
  }

  private Optional<PeerBytes> read(PeerClient open, PeerRead read) {
    long start = System.nanoTime();
    while (!read.from(shuffled(), System.nanoTime() - start > POLITENESS.toNanos())) {
      if (!read.wasBusy() || System.nanoTime() - start > PATIENCE.toNanos()) {
        return Optional.empty();
      }
      open.pause(BUSY_PAUSE);
    }
    return Optional.of(read.bytes());
  }

  /**
   * Asks one peer after another for a small document, until one has what is looked for.
   *
   * @param maxBytes the most that is read of an answer
   * @param find finds it in an answer, which may be anything
   */
  public <T> Optional<T> ask(String path, int maxBytes, Function<byte[], Optional<T>> find) {
    return client.flatMap(
        open ->
            shuffled().stream()
                .filter(Peer::isUsable)
                .flatMap(peer -> open.read(peer, path, maxBytes, ANSWER).find(find).has().stream())
                .findFirst());
  }

  private List<Peer> shuffled() {
    List<Peer> order = new ArrayList<>(peers);
    Collections.shuffle(order);
    return order;
  }

  /** What those did that did anything. */
  public List<SourceUse> sources() {
    return peers.stream()
        .map(Peer::use)
        .filter(use -> use.bytes() + use.rejected() + use.errors() > 0)
        .toList();
  }

  @Override
  public void close() {
    client.ifPresent(PeerClient::close);
  }
}
