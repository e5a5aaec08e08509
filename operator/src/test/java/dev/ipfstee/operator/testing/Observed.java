package dev.ipfstee.operator.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.testing.Await;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What reconcilers leave on a real API server. */
public final class Observed {
  private Observed() {}

  /** The reasons of the events about an object, in the order of the server. */
  public static List<String> eventReasons(KubernetesClient client, String namespace, String name) {
    return client.events().v1().events().inNamespace(namespace).list().getItems().stream()
        .filter(event -> name.equals(event.getRegarding().getName()))
        .map(Event::getReason)
        .toList();
  }

  /**
   * The versions of all of a namespace's objects of a kind, by name: none is the same after a
   * write.
   */
  public static <T extends HasMetadata> Map<String, String> versions(
      KubernetesClient client, Class<T> type, String namespace) {
    return client.resources(type).inNamespace(namespace).list().getItems().stream()
        .map(HasMetadata::getMetadata)
        .collect(
            Collectors.toMap(
                metadata -> type.getSimpleName() + "/" + metadata.getName(),
                metadata -> metadata.getResourceVersion()));
  }

  /** All events of a namespace, by name, as people see them. */
  public static Map<String, String> events(KubernetesClient client, String namespace) {
    return client.events().v1().events().inNamespace(namespace).list().getItems().stream()
        .collect(
            Collectors.toMap(
                event -> "Event/" + event.getMetadata().getName(),
                event ->
                    event.getEventTime().getTime()
                        + " "
                        + event.getReason()
                        + ": "
                        + event.getNote()));
  }

  /** Waits until an event tells this reason of an object. */
  public static void awaitTold(
      KubernetesClient client, String namespace, String name, Reason reason) {
    Await.until(
        "%s of %s is told in an event".formatted(reason.label(), name),
        () -> eventReasons(client, namespace, name).contains(reason.label()));
  }

  /**
   * What is written when more passes write nothing any more.
   *
   * @param written what there is: versions, events
   * @param again has the reconcilers look at everything once more, and waits until they have
   */
  public static Map<String, String> settled(Supplier<Map<String, String>> written, Runnable again) {
    return Await.value(
        "nothing is written any more",
        Duration.ofSeconds(60),
        () -> {
          Map<String, String> before = written.get();
          again.run();
          assertThat(written.get()).isEqualTo(before);
          return Optional.of(before);
        });
  }

  /** Counts changes of a namespace's objects of a kind from now on. */
  public static <T extends HasMetadata> Watch count(
      KubernetesClient client, Class<T> type, String namespace, AtomicInteger writes) {
    String now =
        client.resources(type).inNamespace(namespace).list().getMetadata().getResourceVersion();
    return client
        .resources(type)
        .inNamespace(namespace)
        .withResourceVersion(now)
        .watch(
            new Watcher<>() {
              @Override
              public void eventReceived(Action action, T object) {
                writes.incrementAndGet();
              }

              @Override
              public void onClose(WatcherException cause) {}
            });
  }
}
