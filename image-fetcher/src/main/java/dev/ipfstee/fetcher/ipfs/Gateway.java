package dev.ipfstee.fetcher.ipfs;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** One gateway and what this run has learned about it. Thread-safe. */
final class Gateway {
  private static final Duration MAX_PAUSE = Duration.ofSeconds(60);
  private static final long FIRST_PAUSE_MILLIS = 500;
  private static final int CAR_FAILURES = 2;

  private final URI base;
  private final HostPort host;
  private final LongAdder bytes = new LongAdder();
  private final AtomicLong rejected = new AtomicLong();
  private final AtomicLong errors = new AtomicLong();
  private final AtomicInteger failuresInRow = new AtomicInteger();
  private final AtomicInteger carFailures = new AtomicInteger();
  private volatile boolean withoutCar;
  private volatile boolean withoutRanges;
  private volatile boolean withoutRaw;
  private volatile boolean withoutPlain;
  private volatile GatewayFailure refusal;
  private volatile GatewayFailure last;
  private volatile long pausedUntil = System.nanoTime();

  Gateway(URI base) {
    this.base = base;
    this.host = HostPort.of(base);
  }

  URI base() {
    return base;
  }

  HostPort host() {
    return host;
  }

  void received(int count) {
    bytes.add(count);
  }

  /** Keeps a failure in mind: a lie ends all use of it, a transient one pauses it. */
  void failed(GatewayFailure failure) {
    switch (failure.kind()) {
      case ABSENT -> {}
      case LIED -> rejected.incrementAndGet();
      case REFUSED -> {
        errors.incrementAndGet();
        refusal = failure;
      }
      case UNSUPPORTED, MALFORMED, OVERSIZED -> errors.incrementAndGet();
      case TRANSIENT -> {
        last = failure;
        errors.incrementAndGet();
        pause(failure.retryAfter());
      }
    }
  }

  /** A response that broke off after it was of use: told, but no reason to pause. */
  void brokeOff(GatewayFailure failure) {
    last = failure;
    errors.incrementAndGet();
  }

  /** Lets others go first for a while. */
  void pause(Duration asked) {
    int row = Math.min(failuresInRow.getAndIncrement(), 7);
    Duration pause = asked == null ? Duration.ofMillis(FIRST_PAUSE_MILLIS << row) : asked;
    pausedUntil =
        System.nanoTime() + (pause.compareTo(MAX_PAUSE) > 0 ? MAX_PAUSE : pause).toNanos();
  }

  void succeeded() {
    failuresInRow.set(0);
  }

  /** Nanoseconds until it may be asked again; 0 or less means now. */
  long pauseLeft() {
    return pausedUntil - System.nanoTime();
  }

  boolean isOut() {
    return rejected.get() > 0;
  }

  GatewayFailure refusal() {
    return refusal;
  }

  /** Why it was last paused, or null. */
  GatewayFailure last() {
    return last;
  }

  boolean hasCar() {
    return !withoutCar;
  }

  void noteWithoutCar() {
    withoutCar = true;
  }

  /** A CAR request failed where a raw one may not: after the second, no more CARs. */
  void noteCarFailure() {
    withoutCar |= carFailures.incrementAndGet() >= CAR_FAILURES;
  }

  boolean hasRanges() {
    return !withoutRanges;
  }

  void noteWithoutRanges() {
    withoutRanges = true;
  }

  boolean hasRaw() {
    return !withoutRaw;
  }

  void noteWithoutRaw() {
    withoutRaw = true;
  }

  boolean hasPlain() {
    return !withoutPlain;
  }

  void noteWithoutPlain() {
    withoutPlain = true;
  }

  SourceUse use() {
    return new SourceUse(host.toString(), bytes.sum(), rejected.get(), errors.get());
  }

  @Override
  public String toString() {
    return host.toString();
  }
}
