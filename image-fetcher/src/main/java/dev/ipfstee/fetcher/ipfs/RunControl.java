package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends what takes too long: one thread looks at all requests under way, ten times a second, and
 * breaks those that are overdue, that belong to an interrupted thread, or all at the deadline or on
 * close. So every phase of a request has its own bound, which socket timeouts can't give.
 */
final class RunControl implements AutoCloseable {
  private static final long TICK_MILLIS = 100;
  private static final long FAR = TimeUnit.DAYS.toNanos(36_500);

  /** Why a request was broken. */
  enum Stop {
    OVERDUE,
    DEADLINE,
    CANCELLED
  }

  /** A request under way. */
  final class Watch implements AutoCloseable {
    private final Runnable breaker;
    private volatile Thread owner = Thread.currentThread();
    private volatile long dueAt = System.nanoTime() + FAR;
    private volatile Stop stop;

    private Watch(Runnable breaker) {
      this.breaker = breaker;
    }

    /** From now on it is this thread's request. */
    void adopt() {
      owner = Thread.currentThread();
    }

    /** From now on it is overdue after this many nanoseconds. */
    void due(long nanos) {
      dueAt = System.nanoTime() + nanos;
    }

    /** Nothing is awaited from the gateway now. */
    void notDue() {
      dueAt = System.nanoTime() + FAR;
    }

    /** Why it was broken, or null. */
    Stop stop() {
      return stop;
    }

    private void look(long now) {
      if (stop != null) {
        return;
      }
      Stop found = null;
      if (closed.getCount() == 0 || owner.isInterrupted()) {
        found = Stop.CANCELLED;
      } else if (now - deadline >= 0) {
        found = Stop.DEADLINE;
      } else if (now - dueAt >= 0) {
        found = Stop.OVERDUE;
      }
      if (found != null) {
        stop = found;
        breaker.run();
      }
    }

    @Override
    public void close() {
      watches.remove(this);
    }
  }

  private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final long deadline;

  RunControl(GatewayOptions options) {
    this(options.clock().instant(), options.deadline());
  }

  /**
   * @param now the time by the clock of the deadline
   * @param latestEnd the deadline
   */
  RunControl(Instant now, Instant latestEnd) {
    Instant latest = now.plusNanos(FAR);
    Instant end = latestEnd.isAfter(latest) ? latest : latestEnd;
    deadline = System.nanoTime() + Duration.between(now, end).toNanos();
    Thread.ofPlatform().daemon().name("gateway-watch").start(this::run);
  }

  private void run() {
    try {
      boolean last = false;
      while (!last) {
        last = closed.await(TICK_MILLIS, TimeUnit.MILLISECONDS) && watches.isEmpty();
        if (!last && closed.getCount() == 0) {
          Thread.sleep(TICK_MILLIS);
        }
        long now = System.nanoTime();
        watches.forEach(watch -> watch.look(now));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Puts a request under watch.
   *
   * @param breaker breaks it from another thread, so that its owner's call fails at once
   */
  Watch watch(Runnable breaker) {
    Watch watch = new Watch(breaker);
    watches.add(watch);
    return watch;
  }

  boolean isPastDeadline() {
    return System.nanoTime() - deadline >= 0;
  }

  /**
   * Checks that there is still time and nobody has cancelled.
   *
   * @throws FetchException Cancelled
   */
  void checkCancelled() {
    if (closed.getCount() == 0 || Thread.currentThread().isInterrupted()) {
      throw cancelled();
    }
  }

  /**
   * Checks the same, and that the deadline has not passed.
   *
   * @throws FetchException Cancelled, GatewayTimeout
   */
  void checkRunning() {
    checkCancelled();
    if (isPastDeadline()) {
      throw deadlinePassed("the content");
    }
  }

  static FetchException cancelled() {
    return new FetchException(Reason.CANCELLED, "failed to go on fetching: the run was cancelled");
  }

  static FetchException deadlinePassed(Object what) {
    return new FetchException(
        Reason.GATEWAY_TIMEOUT,
        "failed to fetch "
            + what
            + " before the deadline of the run; raise --timeout or add a gateway");
  }

  /** Waits, but no longer than to the deadline, and not at all once cancelled. */
  void sleep(long nanos) {
    long left = Math.min(nanos, deadline - System.nanoTime());
    try {
      closed.await(Math.max(left, 0), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    checkCancelled();
  }

  @Override
  public void close() {
    closed.countDown();
    long now = System.nanoTime();
    watches.forEach(watch -> watch.look(now));
  }
}
