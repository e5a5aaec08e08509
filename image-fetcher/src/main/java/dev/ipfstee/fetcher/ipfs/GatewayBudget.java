package dev.ipfstee.fetcher.ipfs;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * How much is asked of one gateway: of each kind so many at a time, and of all so many per minute.
 * Thread-safe.
 */
final class GatewayBudget {
  private static final long TICK_MILLIS = 100;

  /** What a request is for. */
  enum Use {
    BLOCK,
    CAR,
    /** Plain bytes, of which a run reads as many at a time as it reads blobs. */
    PLAIN
  }

  /** The right to one request and its answer. */
  static final class Permit implements AutoCloseable {
    private final Semaphore places;
    private final AtomicBoolean given = new AtomicBoolean();

    private Permit(Semaphore places) {
      this.places = places;
    }

    /** Gives it back; idempotent. */
    @Override
    public void close() {
      if (places != null && given.compareAndSet(false, true)) {
        places.release();
      }
    }
  }

  private final Semaphore blocks;
  private final Semaphore cars;
  private final RequestRate rate;

  GatewayBudget(GatewayTuning tuning) {
    blocks = new Semaphore(tuning.blocks(), true);
    cars = new Semaphore(tuning.cars(), true);
    rate = new RequestRate(tuning.requestsPerMinute(), System.nanoTime());
  }

  /** The gateway is the user's own. */
  void liftRate() {
    rate.lift();
  }

  /** The gateway said that requests were too many. */
  void slowDown() {
    rate.slowDown(System.nanoTime());
  }

  /**
   * Waits for its turn.
   *
   * @throws dev.ipfstee.fetcher.report.FetchException if the run ends before
   */
  Permit take(Use use, RunControl control) {
    Permit permit =
        new Permit(
            switch (use) {
              case BLOCK -> blocks;
              case CAR -> cars;
              case PLAIN -> null;
            });
    if (permit.places != null) {
      awaitPlace(permit.places, control);
    }
    try {
      awaitRate(control);
      return permit;
    } catch (RuntimeException e) {
      permit.close();
      throw e;
    }
  }

  private static void awaitPlace(Semaphore places, RunControl control) {
    try {
      while (!places.tryAcquire(TICK_MILLIS, TimeUnit.MILLISECONDS)) {
        control.checkRunning();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw RunControl.cancelled();
    }
  }

  /** Also for each redirect. */
  void awaitRate(RunControl control) {
    long wait = rate.reserve(System.nanoTime());
    if (wait > 0) {
      control.sleep(wait);
      control.checkRunning();
    }
  }
}
