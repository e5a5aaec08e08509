package dev.ipfstee.operator.credential;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Reads Secrets, each by its name: listing or watching them would take a right to see all others of
 * the namespace too, and would keep them in memory.
 */
public final class SecretGatherer {
  private SecretGatherer() {}

  /** What there is to see of each. */
  public static Map<SecretName, SecretView> gather(KubernetesClient client, Set<SecretName> names) {
    Map<SecretName, SecretView> views = new HashMap<>();
    names.forEach(name -> views.put(name, read(client, name)));
    return views;
  }

  private static SecretView read(KubernetesClient client, SecretName name) {
    Secret secret;
    try {
      secret = client.secrets().inNamespace(name.namespace()).withName(name.name()).get();
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN) {
        return new SecretView.Forbidden();
      }
      throw e;
    }
    return secret == null
        ? new SecretView.Missing()
        : new SecretView.Found(
            secret.getType() == null ? "" : secret.getType(),
            secret.getMetadata().getUid() + "/" + secret.getMetadata().getResourceVersion(),
            secret.getData() == null ? Map.of() : secret.getData());
  }
}
