package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.ReferrerTag;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.store.ImageGraph.Node;
import dev.ipfstee.fetcher.store.StoredImage;
import java.util.List;
import java.util.Optional;

/**
 * Answers what this node's store lacks with what peers have: an image by the digest in the request,
 * then only what verified documents of that image name, with the size that they give. Blocking and
 * thread-safe.
 */
final class PullThrough {
  /** Smaller blobs are waited for: a liar among the peers then costs their client nothing. */
  private static final long STREAMED_ABOVE = 256 << 10;

  private final RegistryHandler registry;
  private final RegistryContents contents;
  private final PeerDirectory peers;
  private final Flights flights;
  private final PulledImages images;
  private final PulledReferrers referrers;
  private final RegistryMetrics metrics;

  PullThrough(
      RegistryHandler registry,
      RegistryContents contents,
      PeerDirectory peers,
      Flights flights,
      PulledImages images,
      PulledReferrers referrers,
      RegistryMetrics metrics) {
    this.registry = registry;
    this.contents = contents;
    this.peers = peers;
    this.flights = flights;
    this.images = images;
    this.referrers = referrers;
    this.metrics = metrics;
  }

  /** What a miss is answered with. */
  private interface Pull {
    Answer answer() throws InterruptedException;
  }

  /** The registry's answer, or one that will be known when peers were asked. */
  Answer answer(RegistryRequest request) {
    Answer local = registry.answer(request);
    if (!request.isRead()) {
      return local;
    }
    boolean isMiss = local.status() == 404;
    try {
      return switch (DistributionPath.parse(request.path())) {
        case DistributionPath.ManifestByDigest of when isMiss ->
            later(local, () -> document(Cid.parse(of.cid()), of.digest(), request, local));
        case DistributionPath.Blob of when isMiss ->
            later(local, () -> blob(Cid.parse(of.cid()), of.digest(), request, local));
        case DistributionPath.ManifestByTag of when isMiss ->
            ReferrerTag.parse(of.tag())
                .map(tag -> beside(of.cid(), tag.subject(), request, local))
                .orElse(local);
        case DistributionPath.Referrers of -> beside(of.cid(), of.digest(), request, local);
        default -> local;
      };
    } catch (RegistryException | FetchException noSuchPathOrStore) {
      return local;
    }
  }

  /** What refers to a document, after a look at what peers have of it. */
  private Answer beside(String cid, Digest subject, RegistryRequest request, Answer local) {
    List<StoredImage> pulled = referrers.images(cid, subject);
    return pulled.isEmpty()
        ? local
        : later(
            local,
            () -> {
              for (StoredImage image : pulled) {
                referrers.bring(image);
              }
              return registry.answer(request);
            });
  }

  private static Answer later(Answer local, Pull pull) {
    return new Answer(
        local.status(),
        local.headers(),
        new Answer.Waiting(
            () -> {
              try {
                return pull.answer();
              } catch (FetchException unreadable) {
                return Answer.error(ErrorCode.UNAVAILABLE, unreadable.getMessage());
              } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                return local;
              }
            }));
  }

  private Answer document(Cid image, Digest digest, RegistryRequest request, Answer local)
      throws InterruptedException {
    Optional<Node> named = node(image, digest);
    if (named.isPresent()) {
      if (!named.get().isDocument()) {
        return local;
      }
      // Another client's pull may have brought it since the registry was asked.
      return named.get().stored()
          ? registry.answer(request)
          : afterLanding(image, named.get().digest(), named.get().size(), request);
    }
    Survey<StoredImage> listed = peers.image(image, digest);
    if (listed.found().isEmpty()) {
      metrics.pulled(
          listed.doubt().isPresent() ? RegistryMetrics.Pull.FAILED : RegistryMetrics.Pull.MISSED);
      return listed
          .doubt()
          .map(why -> Answer.error(ErrorCode.UNAVAILABLE, notPulled("manifest", digest, why)))
          .orElse(local);
    }
    StoredImage first = listed.found().getFirst();
    Flight flight = awaited(image, digest, first.size());
    if (flight.await(Long.MAX_VALUE) == Flight.State.LANDED) {
      images.begin(first);
      return registry.answer(request);
    }
    return lost(flight);
  }

  private Answer blob(Cid image, Digest digest, RegistryRequest request, Answer local)
      throws InterruptedException {
    Optional<Node> named = node(image, digest);
    if (named.isEmpty()) {
      return local;
    }
    long size = named.get().size();
    if (named.get().isDocument() || size <= STREAMED_ABOVE) {
      return afterLanding(image, digest, size, request);
    }
    Flight flight = flights.board(image, digest, size);
    if (flight.size() != size) {
      return local;
    }
    return switch (flight.await(1)) {
      case UNDER_WAY ->
          BlobAnswer.of(
              request,
              digest,
              size,
              (offset, length) ->
                  new Answer.InFlight(flight, flights.file(digest), offset, length));
      case LANDED -> registry.answer(request);
      case LOST -> lost(flight);
    };
  }

  /** Waits for all of a blob, and answers as if it had always been there. */
  private Answer afterLanding(Cid image, Digest digest, long size, RegistryRequest request)
      throws InterruptedException {
    Flight flight = awaited(image, digest, size);
    return flight.await(Long.MAX_VALUE) == Flight.State.LANDED
        ? registry.answer(request)
        : lost(flight);
  }

  /** The flight that has landed, or the last one that was lost. */
  private Flight awaited(Cid image, Digest digest, long size) throws InterruptedException {
    Flight flight = flights.board(image, digest, size);
    while (flight.await(Long.MAX_VALUE) == Flight.State.LOST && flight.next().isPresent()) {
      flight = flight.next().get();
    }
    return flight;
  }

  private Answer lost(Flight flight) {
    String message = notPulled("blob", flight.digest(), flight.cause());
    return switch (flight.cause()) {
      case Flight.BUSY -> Answer.error(ErrorCode.BUSY, message).with("Retry-After", "1");
      case Flight.ABSENT -> Answer.error(ErrorCode.BLOB_UNKNOWN, message);
      // Of an unknown blob, containerd doesn't pass on what the message says.
      default -> Answer.error(ErrorCode.UNAVAILABLE, message);
    };
  }

  private static String notPulled(String what, Digest digest, String why) {
    return what + " " + digest + " isn't in this node's store, nor pulled: " + why;
  }

  private Optional<Node> node(Cid image, Digest digest) {
    return contents.repository(image.toString()).flatMap(repository -> repository.node(digest));
  }
}
