package dev.ipfstee.operator.testing;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
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
