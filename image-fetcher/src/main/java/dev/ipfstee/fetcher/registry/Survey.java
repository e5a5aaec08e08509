package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.ipfs.Peer;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What came of asking peers for something.
 *
 * @param found what those have that have it
 * @param doubt why one that wasn't heard may have it too, for people; empty when all there are were
 *     heard
 */
record Survey<T>(List<T> found, Optional<String> doubt) {
  Survey {
    found = List.copyOf(found);
  }

  /**
   * Does nothing when something was found, or all peers have said that they lack it.
   *
   * @throws FetchException {@link Reason#GATEWAY_ERROR} otherwise: it may be there
   */
  void requireFoundOrLacked() {
    if (found.isEmpty() && doubt.isPresent()) {
      throw new FetchException(Reason.GATEWAY_ERROR, doubt.get());
    }
  }

  /** Peers that weren't heard. Not thread-safe. */
  static final class Unheard {
    private final List<String> peers = new ArrayList<>();

    /**
     * @param why for people
     */
    void add(Peer peer, String why) {
      peers.add(peer + ": " + why);
    }

    /**
     * What to say of them.
     *
     * @param all how many peers there are
     */
    Optional<String> doubt(int all) {
      return peers.stream()
          .findFirst()
          .map(
              one ->
                  "no peer that answered has it, but %d of %d didn't answer or weren't asked (%s)"
                      .formatted(peers.size(), all, one));
    }
  }
}
