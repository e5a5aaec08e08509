package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.Reason;
import java.io.OutputStream;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A blob that is being read from peers: what one of them has begun, another one may finish. Used by
 * one thread.
 */
public final class PeerRead {
  private final PeerClient client;
  private final Cid image;
  private final Digest digest;
  private final long size;
  private final CountingSink sink;
  private final Set<Peer> contributors = new LinkedHashSet<>();
  private boolean busy;

  PeerRead(PeerClient client, Cid image, Digest digest, long size, OutputStream sink) {
    this.client = client;
    this.image = image;
    this.digest = digest;
    this.size = size;
    this.sink = new CountingSink(sink, "blob " + digest);
  }

  /**
   * Reads what is missing from these peers, in this order.
   *
   * @param insists whether all who have it have been busy for a while
   * @return whether all bytes are there, right or wrong
   */
  public boolean from(List<Peer> order, boolean insists) {
    busy = false;
    for (Peer peer : order) {
      if (peer.isUsable()) {
        long before = sink.written();
        try (Exchange exchange = client.get(peer, image, digest, before, size, insists)) {
          contributors.add(peer);
          exchange.copyTo(sink, size - before);
          return true;
        } catch (GatewayFailure failure) {
          note(peer, failure);
        }
      }
    }
    return false;
  }

  private void note(Peer peer, GatewayFailure failure) {
    if (failure.reason() == Reason.RATE_LIMITED) {
      busy = true;
    } else if (failure.kind() != GatewayFailure.Kind.ABSENT) {
      peer.failed();
    }
  }

  /** Whether one of the peers asked last has more to do than it can. */
  public boolean wasBusy() {
    return busy;
  }

  /** How many bytes are there. */
  public long written() {
    return sink.written();
  }

  /** Whose bytes they are. */
  public PeerBytes bytes() {
    return new PeerBytes(contributors);
  }
}
