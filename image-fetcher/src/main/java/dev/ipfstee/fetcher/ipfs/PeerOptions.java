package dev.ipfstee.fetcher.ipfs;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/**
 * How peers are asked. They are named by the administrator, so they may be private and plain http:
 * their bytes are checked by digest.
 *
 * @param certificateAuthorities as in {@link GatewayOptions#certificateAuthorities()}
 * @param stallTimeout how long a response may make no progress
 * @param deadline when to give up altogether
 * @param userAgent the honest name of this program
 */
public record PeerOptions(
    Map<HostPort, Path> certificateAuthorities,
    Duration stallTimeout,
    Instant deadline,
    String userAgent) {

  /** A peer is in the same cluster: if it sends nothing for this long, another one is faster. */
  private static final Duration MAX_STALL = Duration.ofSeconds(10);

  public PeerOptions {
    certificateAuthorities = Map.copyOf(certificateAuthorities);
    stallTimeout = stallTimeout.compareTo(MAX_STALL) < 0 ? stallTimeout : MAX_STALL;
  }
}
