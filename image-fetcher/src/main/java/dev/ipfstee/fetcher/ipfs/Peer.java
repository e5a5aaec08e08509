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
  private final Duration out;
  private volatile long usableFrom = System.nanoTime();

  /**
   * @param base {@code http(s)://host[:port]}
   * @param out for how long it isn't asked after it may have sent wrong bytes
   * @throws FetchException {@link Reason#INVALID_USAGE} for any other URL
   */
  public Peer(URI base, Duration out) {
    this.base = GatewayOptions.base(base, "peer", true);
    this.out = out;
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
    pause(PAUSE);
  }

  /** It alone sent bytes that aren't what their digest says. */
  void lied() {
    rejected.incrementAndGet();
    pause(out);
  }

  /** It may have sent some of the bytes that aren't what their digest says. */
  void suspected() {
    errors.incrementAndGet();
    pause(out);
  }

  private void pause(Duration pause) {
    usableFrom = System.nanoTime() + pause.toNanos();
  }

  /** Whether it is to be asked now. */
  public boolean isUsable() {
    return System.nanoTime() - usableFrom >= 0;
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
