package dev.ipfstee.operator.credential;

import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.credential.Judged.Problem;
import dev.ipfstee.operator.credential.Judged.Usable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What the Secrets of an image's gateways come to, in the order of the gateways. Pure. */
public record Credentials(List<Judged> judged) {
  public Credentials {
    judged = List.copyOf(judged);
  }

  /**
   * Judges each Secret.
   *
   * @param proxy that the gateways are behind
   * @param secrets what was read; what isn't in it wasn't needed, and is left out
   */
  public static Credentials of(
      List<GatewayChoice> gateways,
      Optional<ProxyChoice> proxy,
      Map<SecretName, SecretView> secrets) {
    List<Judged> judged = new ArrayList<>();
    for (int i = 0; i < gateways.size(); i++) {
      GatewayChoice gateway = gateways.get(i);
      String token = "token-" + i;
      String authorities = "ca-" + i;
      read(gateway.token(), secrets)
          .map(read -> judge(read, new TokenSecret(gateway.url(), token)))
          .ifPresent(judged::add);
      read(gateway.authorities(), secrets)
          .map(read -> judge(read, new CaSecret(gateway.url(), authorities)))
          .ifPresent(judged::add);
    }
    read(proxy.map(ProxyChoice::login), secrets)
        .map(read -> judge(read, new ProxySecret(proxy.orElseThrow().url())))
        .ifPresent(judged::add);
    return new Credentials(judged);
  }

  /** Those that a fetch can be given. */
  public List<Usable> usable() {
    return judged.stream().filter(Usable.class::isInstance).map(Usable.class::cast).toList();
  }

  /** Why the others can't be. */
  public List<Problem> problems() {
    return judged.stream().filter(Problem.class::isInstance).map(Problem.class::cast).toList();
  }

  /** How a Secret that is there is judged. */
  interface Judge {
    /** Who gets what is in it, as {@code gateway 'https://…'}. */
    String receiver();

    /** What it must hold, for who has to make it. */
    String demands();

    Judged judge(SecretView.Found secret, Refusal refusal);
  }

  /** Puts a cause into the words that all refusals have in common. */
  @FunctionalInterface
  interface Refusal {
    Problem because(Reason reason, String cause);

    /** Refuses a Secret of another type than the one demanded. */
    default Optional<Judged> unlessOfType(SecretView.Found secret, String expected) {
      return secret.type().equals(expected)
          ? Optional.empty()
          : Optional.of(
              because(
                  Reason.SECRET_TYPE_MISMATCH,
                  "its type is '%s', expected '%s': a Secret's type can't be changed, make another"
                      .formatted(secret.type(), expected)));
    }

    /** Refuses a Secret that hasn't something under each of these keys. */
    default Optional<Judged> unlessThere(Predicate<String> there, String... keys) {
      List<String> missing = Stream.of(keys).filter(there.negate()).toList();
      return missing.isEmpty()
          ? Optional.empty()
          : Optional.of(
              because(
                  Reason.SECRET_KEY_MISSING,
                  "it lacks the key '%s', or has nothing in it"
                      .formatted(String.join("' and '", missing))));
    }
  }

  private record Read(SecretName name, SecretView view) {}

  private static Optional<Read> read(
      Optional<SecretName> name, Map<SecretName, SecretView> secrets) {
    return name.filter(secrets::containsKey).map(n -> new Read(n, secrets.get(n)));
  }

  private static Judged judge(Read read, Judge judge) {
    SecretName name = read.name();
    Refusal refusal =
        (reason, cause) ->
            new Problem(
                reason,
                "failed to use Secret '%s' for %s: %s".formatted(name, judge.receiver(), cause));
    return switch (read.view()) {
      case SecretView.Missing missing ->
          refusal.because(
              Reason.SECRET_NOT_FOUND,
              "it doesn't exist: create it %s; it is looked for again".formatted(judge.demands()));
      case SecretView.Forbidden forbidden ->
          refusal.because(
              Reason.SECRET_FORBIDDEN,
              "the operator may not read it: the administrator allows it by the chart's"
                  + " gatewaySecrets.namespaces, with '%s' in it".formatted(name.namespace()));
      case SecretView.Found found -> judge.judge(found, refusal);
    };
  }
}
