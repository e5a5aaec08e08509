package dev.ipfstee.operator.credential;

import dev.ipfstee.api.v1alpha1.Gateway;
import dev.ipfstee.api.v1alpha1.IpfsImageSpec;
import dev.ipfstee.api.v1alpha1.SecretReference;
import dev.ipfstee.operator.config.GatewayUrl;
import dev.ipfstee.operator.config.ListedGateway;
import dev.ipfstee.operator.config.OperatorConfig;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A gateway that an image is fetched from, and the Secrets that it takes. Pure.
 *
 * @param token the image's, in its namespace; else the administrator's, in the operator's
 * @param authorities likewise
 */
public record GatewayChoice(
    GatewayUrl url, Optional<SecretName> token, Optional<SecretName> authorities) {

  /**
   * In order of preference: those that the image names and the administrator lists, else all of the
   * list. What isn't listed is left out: nothing of the cluster is sent there, or read for it.
   *
   * @param namespace of the image
   */
  public static List<GatewayChoice> of(
      IpfsImageSpec spec, String namespace, OperatorConfig config) {
    return spec.gateways().isEmpty()
        ? config.gateways().stream().map(listed -> listed(listed, config)).toList()
        : spec.gateways().stream().flatMap(wish -> granted(wish, namespace, config)).toList();
  }

  /** The Secrets of all of these. */
  public static Set<SecretName> secrets(List<GatewayChoice> gateways) {
    return gateways.stream()
        .flatMap(gateway -> Stream.of(gateway.token, gateway.authorities))
        .flatMap(Optional::stream)
        .collect(Collectors.toUnmodifiableSet());
  }

  private static Stream<GatewayChoice> granted(
      Gateway wish, String namespace, OperatorConfig config) {
    return config
        .listed(wish.url())
        .map(listed -> listed(listed, config))
        .map(
            listed ->
                new GatewayChoice(
                    listed.url,
                    own(wish.tokenSecretRef(), namespace).or(() -> listed.token),
                    own(wish.caSecretRef(), namespace).or(() -> listed.authorities)))
        .stream();
  }

  private static GatewayChoice listed(ListedGateway gateway, OperatorConfig config) {
    String namespace = config.namespaces().system();
    return new GatewayChoice(
        gateway.url(),
        gateway.tokenSecret().map(name -> new SecretName(namespace, name)),
        gateway.caSecret().map(name -> new SecretName(namespace, name)));
  }

  private static Optional<SecretName> own(SecretReference reference, String namespace) {
    return Optional.ofNullable(reference).map(secret -> new SecretName(namespace, secret.name()));
  }
}
