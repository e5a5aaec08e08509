package dev.ipfstee.operator.testing;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Lets something happen at the worst of times: when a reconciler is in the middle of a pass, or has
 * come to its verdict, and just before the API server sees what it writes.
 */
public final class BetweenReadAndWrite implements Interceptor {
  private final Map<String, Runnable> changes = new ConcurrentHashMap<>();

  /** Has the change made, once, before the next write of the object's status. */
  public void change(
      Class<? extends HasMetadata> type, String namespace, String name, Runnable change) {
    changes.put(path(type, namespace, name) + "/status", change);
  }

  /** Has the thread interrupted that next asks for the object, as the end of the operator does. */
  public void interrupt(Class<? extends HasMetadata> type, String namespace, String name) {
    changes.put(path(type, namespace, name), () -> Thread.currentThread().interrupt());
  }

  /** Has requests for the object fail, as when the connection breaks, so many times. */
  public void fail(Class<? extends HasMetadata> type, String namespace, String name, int times) {
    changes.put(
        path(type, namespace, name),
        () -> {
          if (times > 1) {
            fail(type, namespace, name, times - 1);
          }
          throw new IllegalStateException("the connection was closed");
        });
  }

  /** Whether all that was to happen has happened. */
  public boolean done() {
    return changes.isEmpty();
  }

  private static String path(Class<? extends HasMetadata> type, String namespace, String name) {
    return "/namespaces/%s/%s/%s".formatted(namespace, HasMetadata.getPlural(type), name);
  }

  /** The client of the reconciler. */
  public KubernetesClient client(Config config) {
    return new KubernetesClientBuilder()
        .withConfig(config)
        .withHttpClientBuilderConsumer(http -> http.addOrReplaceInterceptor("between", this))
        .build();
  }

  @Override
  public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
    String path = request.uri().getPath();
    Runnable change = changes.remove(path.substring(Math.max(0, path.indexOf("/namespaces/"))));
    if (change != null) {
      change.run();
    }
  }
}
