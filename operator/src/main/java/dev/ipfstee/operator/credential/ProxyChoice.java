package dev.ipfstee.operator.credential;

import dev.ipfstee.operator.config.OperatorConfig;
import java.util.Optional;

/**
 * The administrator's proxy that asks for a login. Pure.
 *
 * @param login the Secret that holds it
 */
public record ProxyChoice(String url, SecretName login) {

  /** Empty when there is no proxy, or it asks for none. */
  public static Optional<ProxyChoice> of(OperatorConfig config) {
    return Optional.ofNullable(config.fetcher().proxy())
        .flatMap(
            proxy ->
                proxy
                    .credentialsSecret()
                    .map(name -> new SecretName(config.namespaces().system(), name))
                    .map(login -> new ProxyChoice(proxy.url(), login)));
  }
}
