package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What all gateways together say about one block. Liars and those that send garbage don't count as
 * long as another has something to say; one that may work later outweighs one that has nothing. A
 * provider that a router named counts only where no listed gateway does: who announces a host that
 * doesn't answer must not turn an honest "not there" into something else.
 *
 * @param listed the gateways that were named, in order
 * @param found the providers that a router named
 * @param said what each said last
 * @param trouble what went wrong with the router last
 */
record GatewayVerdict(
    List<Gateway> listed,
    List<Gateway> found,
    Map<Gateway, GatewayFailure> said,
    Optional<GatewayFailure> trouble) {
  private static final List<GatewayFailure.Kind> WEIGHT =
      List.of(
          GatewayFailure.Kind.TRANSIENT,
          GatewayFailure.Kind.REFUSED,
          GatewayFailure.Kind.ABSENT,
          GatewayFailure.Kind.UNSUPPORTED,
          GatewayFailure.Kind.OVERSIZED,
          GatewayFailure.Kind.MALFORMED);

  /** Whether one that counts says this, so that it makes sense to wait. */
  boolean says(GatewayFailure.Kind kind) {
    List<Gateway> counting = listed.stream().anyMatch(Gateway::isInPlay) ? listed : found;
    return counting.stream()
        .filter(Gateway::isInPlay)
        .map(said::get)
        .anyMatch(failure -> failure != null && failure.kind() == kind);
  }

  /** The failure of the run. */
  FetchException toException(Cid want) {
    Map<Gateway, GatewayFailure> counting = speaking(listed.isEmpty() ? found : listed);
    Map<Gateway, GatewayFailure> all = new LinkedHashMap<>(speaking(listed));
    all.putAll(speaking(found));
    String liars = liars();
    if (counting.isEmpty() && !liars.isEmpty()) {
      return new FetchException(
          Reason.BLOCK_MISMATCH,
          "failed to verify block " + want + ": " + liars + "; add a gateway that can be trusted");
    }
    String told =
        all.entrySet().stream()
            .map(e -> "gateway " + e.getKey() + ": " + e.getValue().getMessage())
            .collect(Collectors.joining("; "));
    if (all.isEmpty()) {
      told = "no provider that speaks HTTP was found; give a gateway with --gateway URL";
    }
    return new FetchException(
        counting.isEmpty()
            ? trouble.map(GatewayFailure::reason).orElse(Reason.CONTENT_NOT_FOUND)
            : reason(counting),
        "failed to fetch block "
            + want
            + ": "
            + told
            + (liars.isEmpty() ? "" : "; " + liars)
            + trouble.map(failure -> "; the router: " + failure.getMessage()).orElse(""));
  }

  private Map<Gateway, GatewayFailure> speaking(List<Gateway> gateways) {
    Map<Gateway, GatewayFailure> speaking = new LinkedHashMap<>();
    for (Gateway gateway : gateways) {
      GatewayFailure failure = gateway.refusal() != null ? gateway.refusal() : said.get(gateway);
      if (!gateway.isOut() && failure != null) {
        speaking.put(gateway, failure);
      }
    }
    return speaking;
  }

  private String liars() {
    return Stream.concat(listed.stream(), found.stream())
        .filter(Gateway::isOut)
        .map(g -> "gateway " + g + " sent bytes that don't match their CID and was dropped")
        .collect(Collectors.joining("; "));
  }

  private static Reason reason(Map<Gateway, GatewayFailure> counting) {
    return WEIGHT.stream()
        .flatMap(kind -> counting.values().stream().filter(failure -> failure.kind() == kind))
        .findFirst()
        .map(GatewayFailure::reason)
        .orElse(Reason.GATEWAY_ERROR);
  }
}
