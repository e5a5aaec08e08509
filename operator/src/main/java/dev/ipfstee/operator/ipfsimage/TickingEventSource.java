package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.IpfsImage;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/**
 * Does something again and again while this replica leads, and wakes the images that it concerns.
 * The pauses vary by a fifth, so that many operators or replicas don't fall into step.
 */
final class TickingEventSource extends AbstractEventSource<Void, IpfsImage> {
  private static final Logger LOG = Logger.getLogger(TickingEventSource.class);

  private final Duration interval;
  private final BooleanSupplier leads;
  private final Task task;
  private volatile Thread thread;

  /** What is done at each tick. */
  @FunctionalInterface
  interface Task {
    /** The images to wake. */
    Set<ResourceID> run() throws InterruptedException;
  }

  TickingEventSource(String name, Duration interval, BooleanSupplier leads, Task task) {
    super(Void.class, name);
    this.interval = interval;
    this.leads = leads;
    this.task = task;
  }

  @Override
  public synchronized void start() {
    if (!isRunning()) {
      super.start();
      thread = Thread.ofPlatform().daemon().name(name()).start(this::run);
    }
  }

  @Override
  public synchronized void stop() {
    super.stop();
    if (thread != null) {
      thread.interrupt();
    }
  }

  private void run() {
    while (isRunning()) {
      try {
        if (leads.getAsBoolean()) {
          tick();
        }
        Thread.sleep(pause());
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** An error of one tick must not end the ticking; nobody would notice for long. */
  private void tick() throws InterruptedException {
    try {
      task.run().forEach(image -> getEventHandler().handleEvent(new Event(image)));
    } catch (RuntimeException e) {
      LOG.warnf(e, "%s failed; it is tried again", name());
    }
  }

  private Duration pause() {
    double factor = 0.9 + ThreadLocalRandom.current().nextDouble(0.2);
    return Duration.ofMillis((long) (interval.toMillis() * factor));
  }

  @Override
  public Set<Void> getSecondaryResources(IpfsImage image) {
    return Set.of();
  }
}
