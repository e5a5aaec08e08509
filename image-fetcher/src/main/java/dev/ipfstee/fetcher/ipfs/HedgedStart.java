package dev.ipfstee.fetcher.ipfs;

import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Begins something at a gateway, and at a second one too if the first is silent for too long; who
 * is first goes on, the other is broken off. Only the start of an answer is worth asking for twice:
 * bulk that came twice would cost what it was to save.
 */
final class HedgedStart<S> {
  /** Begins; called in threads of their own, for two gateways at once. */
  interface Start<S> {
    S at(Gateway gateway) throws GatewayFailure;
  }

  /** What was begun, and where. */
  record Begun<S>(Gateway gateway, S result) {}

  private record Outcome<S>(
      Gateway gateway, S result, GatewayFailure failure, RuntimeException error) {}

  private final ExecutorService threads;
  private final Start<S> start;
  private final Consumer<S> discard;
  private final BiConsumer<Gateway, GatewayFailure> failed;
  private final BlockingQueue<Outcome<S>> outcomes = new LinkedBlockingQueue<>();
  private final AtomicBoolean decided = new AtomicBoolean();

  /**
   * For one start.
   *
   * @param discard closes what came too late
   * @param failed is told of each failure, in the caller's thread
   */
  HedgedStart(
      ExecutorService threads,
      Start<S> start,
      Consumer<S> discard,
      BiConsumer<Gateway, GatewayFailure> failed) {
    this.threads = threads;
    this.start = start;
    this.discard = discard;
    this.failed = failed;
  }

  /** Without a second gateway. */
  Optional<Begun<S>> run(Gateway gateway) {
    try {
      return Optional.of(new Begun<>(gateway, start.at(gateway)));
    } catch (GatewayFailure failure) {
      failed.accept(gateway, failure);
      return Optional.empty();
    }
  }

  /**
   * Empty if it failed wherever it was begun.
   *
   * @param patience nanoseconds before the second gateway is asked
   */
  Optional<Begun<S>> run(Gateway first, Gateway second, long patience) {
    Future<?> one = threads.submit(() -> begin(first));
    Future<?> other = null;
    try {
      Outcome<S> outcome = outcomes.poll(patience, TimeUnit.NANOSECONDS);
      if (outcome == null) {
        other = threads.submit(() -> begin(second));
        outcome = outcomes.take();
        if (outcome.failure() != null) {
          failed.accept(outcome.gateway(), outcome.failure());
          outcome = outcomes.take();
        }
      }
      return conclude(first, outcome);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw RunControl.cancelled();
    } finally {
      decided.set(true);
      one.cancel(true);
      if (other != null) {
        other.cancel(true);
      }
      drain();
    }
  }

  private Optional<Begun<S>> conclude(Gateway first, Outcome<S> outcome) {
    if (outcome.error() != null) {
      throw outcome.error();
    }
    if (outcome.failure() != null) {
      failed.accept(outcome.gateway(), outcome.failure());
      return Optional.empty();
    }
    if (outcome.gateway() != first) {
      first.wasSilent();
    }
    return Optional.of(new Begun<>(outcome.gateway(), outcome.result()));
  }

  private void begin(Gateway gateway) {
    try {
      outcomes.add(new Outcome<>(gateway, start.at(gateway), null, null));
    } catch (GatewayFailure failure) {
      outcomes.add(new Outcome<>(gateway, null, failure, null));
    } catch (RuntimeException e) {
      outcomes.add(new Outcome<>(gateway, null, null, e));
    }
    if (decided.get()) {
      drain();
    }
  }

  /** Whoever comes after the decision closes what he brought; nobody else will. */
  private void drain() {
    for (Outcome<S> late = outcomes.poll(); late != null; late = outcomes.poll()) {
      if (late.result() != null) {
        discard.accept(late.result());
      }
    }
  }
}
