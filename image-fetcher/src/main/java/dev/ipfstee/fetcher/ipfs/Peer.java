package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** The registry of another node, and what this process has learned about it. Thread-safe. */
public final class Peer {
  /** After a failure: it may be starting again. */
  private static final Duration PAUSE = Duration.ofSeconds(10);

  private final URI base;
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong rejected = new AtomicLong();
  private final AtomicLong errors = new AtomicLong();
  private volatile long usableFrom = System.nanoTime();
  private volatile boolean out;

  /**
   * @param base {@code http(s)://host[:port]}
   * @throws FetchException {@link Reason#INVALID_USAGE} for any other URL
   */
  public Peer(URI base) {
    this.base = GatewayOptions.base(base, "peer", true);
  }

  URI base() {
    return base;
  }

  void received(int count) {
    bytes.addAndGet(count);
  }

  /** It couldn't be reached, or broke off. */
  void failed() {
    errors.incrementAndGet();
    usableFrom = System.nanoTime() + PAUSE.toNanos();
  }

  /** It alone sent bytes that aren't what their digest says. */
  void lied() {
    rejected.incrementAndGet();
    out = true;
  }

  /** It may have sent some of the bytes that aren't what their digest says. */
  void suspected() {
    errors.incrementAndGet();
    out = true;
  }

  /** Whether it may have sent wrong bytes, and so isn't asked again. */
  public boolean isOut() {
    return out;
  }

  /** Whether it is to be asked now. */
  public boolean isUsable() {
    return !out && System.nanoTime() - usableFrom >= 0;
  }

  /** What it did so far. */
  public SourceUse use() {
    return new SourceUse(HostPort.of(base).toString(), bytes.get(), rejected.get(), errors.get());
  }

  @Override
  public String toString() {
    return base.toString();
  }
}
