package dev.ipfstee.e2e.harness;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * What was said of the objects of a kind in a namespace, from now on: each change of a condition's
 * status, in its order.
 */
public final class ConditionHistory<T extends HasMetadata> implements AutoCloseable {
  private final Function<T, List<Condition>> conditions;
  private final Map<String, List<String>> statuses = new ConcurrentHashMap<>();
  private final Watch watch;
  private volatile WatcherException broken;

  public ConditionHistory(Cluster cluster, Class<T> type, Function<T, List<Condition>> conditions) {
    this.conditions = conditions;
    watch =
        cluster
            .client()
            .resources(type)
            .inNamespace(cluster.namespace())
            .watch(
                new Watcher<>() {
                  @Override
                  public void eventReceived(Action action, T object) {
                    note(object);
                  }

                  @Override
                  public void onClose(WatcherException cause) {
                    broken = cause;
                  }
                });
  }

  private void note(T object) {
    for (Condition condition : conditions.apply(object)) {
      List<String> seen =
          statuses.computeIfAbsent(
              object.getMetadata().getName() + "/" + condition.getType(),
              key -> new CopyOnWriteArrayList<>());
      if (seen.isEmpty() || !seen.getLast().equals(condition.getStatus())) {
        seen.add(condition.getStatus());
      }
    }
  }

  /** Fails if one of these conditions was ever lost after it had come true. */
  public void neverLost(String object, String... types) {
    assertThat(broken).as("the watch").isNull();
    for (String type : types) {
      List<String> seen = statuses.getOrDefault(object + "/" + type, List.of());
      assertThat(seen).as("%s of %s over time", type, object).contains("True");
      assertThat(seen.subList(seen.indexOf("True"), seen.size()))
          .as("%s of %s over time: %s", type, object, seen)
          .containsExactly("True");
    }
  }

  @Override
  public void close() {
    watch.close();
  }
}
