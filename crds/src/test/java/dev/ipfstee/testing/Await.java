package dev.ipfstee.testing;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for conditions, never for time. */
public final class Await {
  private static final Duration DEFAULT = Duration.ofSeconds(30);
  private static final Duration PAUSE = Duration.ofMillis(50);

  private Await() {}

  /** Waits up to 30 s for {@code condition}. An error in it counts as "not yet". */
  public static void until(String what, BooleanSupplier condition) {
    value(what, DEFAULT, () -> condition.getAsBoolean() ? Optional.of(true) : Optional.empty());
  }

  /** Waits up to 30 s until {@code assertions} pass, and fails with what they said last. */
  public static void untilAsserted(String what, Runnable assertions) {
    value(
        what,
        DEFAULT,
        () -> {
          assertions.run();
          return Optional.of(true);
        });
  }

  /** Waits for {@code source} to have a value, and hands it back. */
  public static <T> T value(String what, Duration timeout, Supplier<Optional<T>> source) {
    long deadline = System.nanoTime() + timeout.toNanos();
    Throwable last = null;
    do {
      try {
        Optional<T> value = source.get();
        if (value.isPresent()) {
          return value.get();
        }
        last = null;
      } catch (AssertionError | RuntimeException notYet) {
        last = notYet;
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    } while (System.nanoTime() < deadline);
    throw new AssertionError(
        "waited %d s in vain: %s".formatted(timeout.toSeconds(), what)
            + (last == null ? "" : "\n" + last.getMessage()),
        last);
  }
}
