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
 * Lets somebody else change an object at the worst of times: when a reconciler has come to its
 * verdict, and just before the API server sees the status that it writes.
 */
public final class BetweenReadAndWrite implements Interceptor {
  private final Map<String, Runnable> changes = new ConcurrentHashMap<>();

  /** Has the change made, once, before the next write of the object's status. */
  public void change(
      Class<? extends HasMetadata> type, String namespace, String name, Runnable change) {
    changes.put(
        "/namespaces/%s/%s/%s/status".formatted(namespace, HasMetadata.getPlural(type), name),
        change);
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
