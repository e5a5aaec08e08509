package dev.ipfstee.operator.config;

import java.util.Optional;

/**
 * A gateway of the administrator's list.
 *
 * @param tokenSecret name of the Secret of type {@code ipfstee.dev/token}, in the operator's
 *     namespace, whose token it takes; empty when it takes none
 * @param caSecret name of the Secret, there too, whose {@code ca.crt} are its authorities; empty
 *     for the system's
 */
public record ListedGateway(
    GatewayUrl url, Optional<String> tokenSecret, Optional<String> caSecret) {
  public ListedGateway {
    OperatorConfig.check(
        !url.isHttp() || tokenSecret.isEmpty() && caSecret.isEmpty(),
        "gateways: '%s' must be https:// to have a tokenSecretName or caSecretName".formatted(url));
  }
}
