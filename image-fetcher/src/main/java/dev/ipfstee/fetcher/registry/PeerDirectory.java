package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.Peer;
import dev.ipfstee.fetcher.ipfs.PeerAnswer;
import dev.ipfstee.fetcher.ipfs.PeerClient;
import dev.ipfstee.fetcher.oci.Descriptor;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.store.ImageListing;
import dev.ipfstee.fetcher.store.StoredImage;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Finds out which peers have something. Those that are said to hold the image are asked first, and
 * the others when none of them has it; each in another order each time, some at a time, until
 * enough of them have it: so nobody is everybody's first. Blocking and thread-safe.
 */
final class PeerDirectory {
  private static final int AT_A_TIME = 8;
  private static final int MAX_ASKED = 64;

  /** A few to choose from: one may break off. */
  private static final int ENOUGH = 3;

  /** After wrong bytes: as long as an administrator may need to look at that node. */
  private static final Duration OUT = Duration.ofMinutes(10);

  private final Supplier<List<URI>> addresses;
  private final Function<Cid, Set<InetAddress>> holders;
  private final Duration patience;
  private final PeerClient client;
  private final Map<URI, Peer> known = new ConcurrentHashMap<>();

  /**
   * @param addresses of the peers now, this node's own left out; throws a {@link FetchException}
   *     when nobody knows
   * @param holders where an image is said to be: which of the peers to ask first, and never whom
   *     else
   * @param patience how long one of them may take to answer a question
   */
  PeerDirectory(
      Supplier<List<URI>> addresses,
      Function<Cid, Set<InetAddress>> holders,
      Duration patience,
      PeerClient client) {
    this.addresses = addresses;
    this.holders = holders;
    this.patience = patience;
    this.client = client;
  }

  /**
   * Some of the peers that have a blob: those that aren't busy, unless all are.
   *
   * @param insists whether all have been busy for a while
   */
  Survey<PeerClient.Offer> offers(Cid image, Digest digest, long size, boolean insists)
      throws InterruptedException {
    List<PeerClient.Offer> busy = Collections.synchronizedList(new ArrayList<>());
    Survey<PeerClient.Offer> free =
        ask(
            image,
            peer -> {
              PeerAnswer<PeerClient.Offer> answer =
                  client.offer(peer, image, digest, size, insists, patience);
              answer.has().filter(PeerClient.Offer::busy).ifPresent(busy::add);
              return answer.find(offer -> Optional.of(offer).filter(some -> !some.busy()));
            },
            ENOUGH);
    return free.found().isEmpty() ? new Survey<>(busy, free.doubt()) : free;
  }

  /** What a peer lists under this CID and digest. */
  Survey<StoredImage> image(Cid image, Digest digest) throws InterruptedException {
    return ask(
        image,
        peer ->
            listing(peer, digest)
                .find(
                    answer ->
                        ImageListing.read(answer).stream()
                            .filter(listed -> listed.digest().equals(digest))
                            .filter(listed -> listed.cid().equals(image.toString()))
                            .findFirst()),
        1);
  }

  /**
   * What peers list beside an image.
   *
   * @param peers those that list anything
   * @param listed all that they do; it may be anything
   */
  record Beside(List<Peer> peers, List<Descriptor> listed) {
    static Beside all(List<Beside> some) {
      return new Beside(
          some.stream().flatMap(beside -> beside.peers().stream()).toList(),
          some.stream().flatMap(beside -> beside.listed().stream()).distinct().toList());
    }
  }

  /** What some peers that list anything beside an image under this CID list. */
  Survey<Beside> beside(Cid image, Digest digest) throws InterruptedException {
    return ask(
        image,
        peer ->
            listing(peer, digest)
                .find(
                    answer ->
                        Optional.of(ImageListing.readReferrers(answer, image.toString()))
                            .filter(listed -> !listed.isEmpty())
                            .map(listed -> new Beside(List.of(peer), listed))),
        ENOUGH);
  }

  /** All that a peer lists about a digest, as it came. */
  private PeerAnswer<byte[]> listing(Peer peer, Digest digest) {
    return client.read(peer, ImageListing.path(digest), ImageListing.MAX_BYTES, patience);
  }

  private <T> Survey<T> ask(Cid image, Function<Peer, PeerAnswer<T>> question, int enough)
      throws InterruptedException {
    List<URI> all;
    try {
      all = shuffled();
    } catch (FetchException unknown) {
      return new Survey<>(List.of(), Optional.of(unknown.getMessage()));
    }
    Set<InetAddress> said = holders.apply(image);
    Map<Boolean, List<URI>> holding =
        all.stream()
            .collect(
                Collectors.partitioningBy(
                    peer -> IpAddress.parse(peer.getHost()).filter(said::contains).isPresent()));
    Survey.Unheard unheard = new Survey.Unheard();
    List<T> found = ask(peers(holding.get(true)), question, enough, unheard);
    if (found.isEmpty()) {
      found = ask(peers(holding.get(false)), question, enough, unheard);
    }
    return new Survey<>(found, unheard.doubt(all.size()));
  }

  private static <T> List<T> ask(
      List<Peer> some, Function<Peer, PeerAnswer<T>> question, int enough, Survey.Unheard unheard)
      throws InterruptedException {
    List<Peer> order = new ArrayList<>();
    for (Peer peer : some) {
      if (!peer.isUsable()) {
        unheard.add(peer, "it failed, and isn't asked for a while");
      } else if (order.size() == MAX_ASKED) {
        unheard.add(peer, "only " + MAX_ASKED + " are asked at a time");
      } else {
        order.add(peer);
      }
    }
    List<T> found = new ArrayList<>();
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    try {
      CompletionService<Heard<T>> answers = new ExecutorCompletionService<>(threads);
      int asked = 0;
      for (int answered = 0; answered < order.size() && found.size() < enough; answered++) {
        while (asked < order.size() && asked - answered < AT_A_TIME) {
          Peer peer = order.get(asked++);
          answers.submit(() -> new Heard<>(peer, question.apply(peer)));
        }
        Heard<T> heard = answers.take().get();
        switch (heard.answer()) {
          case PeerAnswer.Has<T>(T what) -> found.add(what);
          case PeerAnswer.Lacks<T>() -> {}
          case PeerAnswer.Silent<T>(String why) -> unheard.add(heard.peer(), why);
        }
      }
      return found;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }

  private record Heard<T>(Peer peer, PeerAnswer<T> answer) {}

  private List<URI> shuffled() {
    List<URI> now = new ArrayList<>(addresses.get());
    known.keySet().retainAll(now);
    Collections.shuffle(now);
    return now;
  }

  private List<Peer> peers(List<URI> some) {
    return some.stream()
        .map(address -> known.computeIfAbsent(address, base -> new Peer(base, OUT)))
        .toList();
  }
}
