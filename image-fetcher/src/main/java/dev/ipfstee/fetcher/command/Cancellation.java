package dev.ipfstee.fetcher.command;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends a run on SIGTERM: what is under way is broken off, the run's own thread cleans up and
 * reports, and only then the process ends, with the run's exit code.
 */
final class Cancellation {
  /** The contract allows five seconds. */
  private static final long GRACE_SECONDS = 4;

  private final Thread run = Thread.currentThread();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final List<Runnable> breakers = new CopyOnWriteArrayList<>();
  private volatile boolean requested;
  private volatile int exitCode;

  /** Begins to listen; called by the thread of the run. */
  static Cancellation install() {
    Cancellation cancellation = new Cancellation();
    Runtime.getRuntime().addShutdownHook(new Thread(cancellation::stop, "cancel"));
    return cancellation;
  }

  private void stop() {
    if (ended.getCount() == 0) {
      return;
    }
    requested = true;
    breakers.forEach(Runnable::run);
    run.interrupt();
    try {
      if (ended.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
        Runtime.getRuntime().halt(exitCode);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes what breaks off something under way, which may be needed twice. */
  void breaks(Runnable breaker) {
    breakers.add(breaker);
    if (requested) {
      breaker.run();
    }
  }

  boolean isRequested() {
    return requested;
  }

  /** The run is over, and all that it has to say is written. */
  void end(int code) {
    exitCode = code;
    ended.countDown();
  }
}
