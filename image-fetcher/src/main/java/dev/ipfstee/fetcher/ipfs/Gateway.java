package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.Reason;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** One gateway and what this run has learned about it. Thread-safe. */
final class Gateway {
  private static final int CAR_FAILURES = 2;

  private final URI base;
  private final HostPort host;
  private final boolean found;
  private final GatewayBudget budget;
  private final LongAdder bytes = new LongAdder();
  private final AtomicLong rejected = new AtomicLong();
  private final AtomicLong errors = new AtomicLong();
  private final AtomicInteger failuresInRow = new AtomicInteger();
  private final AtomicInteger carFailures = new AtomicInteger();
  private final AtomicInteger plainStreams = new AtomicInteger();
  private volatile boolean withoutCar;
  private volatile boolean withoutRanges;
  private volatile boolean withoutRaw;
  private volatile boolean withoutPlain;
  private volatile boolean withoutPlainRanges;
  private volatile GatewayFailure refusal;
  private volatile GatewayFailure last;
  private volatile long pausedUntil = System.nanoTime();

  private Gateway(URI base, boolean found, GatewayTuning tuning) {
    this.base = base;
    this.host = HostPort.of(base);
    this.found = found;
    this.budget = new GatewayBudget(tuning);
  }

  /** One that the user or the administrator has named. */
  static Gateway listed(URI base, GatewayTuning tuning) {
    return new Gateway(base, false, tuning);
  }

  /** One that a router has named, whom nobody vouches for: it is told no token. */
  static Gateway found(URI base, GatewayTuning tuning) {
    return new Gateway(base, true, tuning);
  }

  boolean isFound() {
    return found;
  }

  GatewayBudget budget() {
    return budget;
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
        if (failure.reason() == Reason.RATE_LIMITED) {
          budget.slowDown();
        }
        pause(failure.retryAfter());
      }
    }
  }

  /** A response that broke off after it was of use: told, but no reason to pause. */
  void brokeOff(GatewayFailure failure) {
    last = failure;
    errors.incrementAndGet();
  }

  /** Another one answered while this one hadn't yet: no error, but that one goes first for now. */
  void wasSilent() {
    last =
        new GatewayFailure(
            GatewayFailure.Kind.TRANSIENT,
            Reason.GATEWAY_TIMEOUT,
            "it was silent while another one answered");
    pause(null);
  }

  /** Lets others go first for a while. */
  void pause(Duration asked) {
    Duration pause =
        CoolDown.after(
            failuresInRow.getAndIncrement(), asked, ThreadLocalRandom.current().nextDouble());
    pausedUntil = System.nanoTime() + pause.toNanos();
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

  /** Whether it is still worth being asked in this run. */
  boolean isInPlay() {
    return !isOut() && refusal == null;
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

  boolean hasPlainRanges() {
    return !withoutPlain && !withoutPlainRanges;
  }

  void noteWithoutPlainRanges() {
    withoutPlainRanges = true;
  }

  /** How many streams of plain bytes it is asked for now. */
  int plainStreams() {
    return plainStreams.get();
  }

  void beginPlainStream() {
    plainStreams.incrementAndGet();
  }

  void endPlainStream() {
    plainStreams.decrementAndGet();
  }

  SourceUse use() {
    return new SourceUse(host.toString(), bytes.sum(), rejected.get(), errors.get());
  }

  @Override
  public String toString() {
    return host.toString();
  }
}
