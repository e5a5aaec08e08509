package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.fetch.PeerReferrers;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.PeerClient;
import dev.ipfstee.fetcher.ipfs.Peers;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.store.BlobStore;
import dev.ipfstee.fetcher.store.ImageGraph;
import dev.ipfstee.fetcher.store.StoredImage;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Brings signatures and other referrers of images that came from peers, when a client asks for
 * them. Who has walked an image's CID has all that lies beside it, and asks nobody. Blocking and
 * thread-safe; one image at a time.
 */
final class PulledReferrers {
  /** Clients that check every pull ask for signatures that there aren't over and over. */
  private static final Duration AGAIN = Duration.ofMinutes(1);

  private static final int PARALLEL = 4;

  private final PullStore store;
  private final RegistryContents contents;
  private final PeerDirectory peers;
  private final PeerClient client;
  private final JsonLog log;
  private final Map<StoredImage, Long> asked = new HashMap<>();

  PulledReferrers(
      PullStore store,
      RegistryContents contents,
      PeerDirectory peers,
      PeerClient client,
      JsonLog log) {
    this.store = store;
    this.contents = contents;
    this.peers = peers;
    this.client = client;
    this.log = log;
  }

  /**
   * The images of a repository that peers may know more of.
   *
   * @param subject what is asked about
   */
  List<StoredImage> images(String cid, Digest subject) {
    boolean isDocument =
        contents
            .repository(cid)
            .flatMap(repository -> repository.node(subject))
            .filter(ImageGraph.Node::isDocument)
            .isPresent();
    return isDocument
        ? contents.listing().images().stream()
            .filter(image -> image.cid().equals(cid) && !image.resolved())
            .toList()
        : List.of();
  }

  /** Brings what peers list beside an image, unless they were asked a moment ago. */
  synchronized void bring(StoredImage image) throws InterruptedException {
    long now = System.nanoTime();
    asked.values().removeIf(before -> now - before > AGAIN.toNanos());
    if (asked.putIfAbsent(image, now) != null) {
      return;
    }
    Survey<PeerDirectory.Beside> survey = peers.beside(Cid.parse(image.cid()), image.digest());
    if (survey.found().isEmpty()) {
      if (survey.doubt().isPresent()) {
        // Who wasn't heard now may be the next time.
        asked.remove(image);
      }
      return;
    }
    PeerDirectory.Beside beside = PeerDirectory.Beside.all(survey.found());
    try (BlobStore another = store.another()) {
      int kept =
          new PeerReferrers(
                  Peers.of(beside.peers(), client), another, store.budget(another), PARALLEL)
              .bring(image, beside.listed());
      log.info(
          "signatures or other referrers were pulled from peers",
          Map.of("image", image.digest().toString(), "kept", kept));
    } catch (FetchException failure) {
      log.warn(
          "failed to pull signatures or other referrers from peers",
          Map.of("image", image.digest().toString(), "cause", failure.getMessage()));
    }
  }
}
