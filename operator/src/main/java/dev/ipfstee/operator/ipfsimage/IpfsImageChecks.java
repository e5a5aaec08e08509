package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.Gateway;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.check.Check;
import dev.ipfstee.operator.check.Checks;
import dev.ipfstee.operator.check.Finding;
import dev.ipfstee.operator.config.GatewayUrl;
import dev.ipfstee.operator.credential.Judged.Problem;
import dev.ipfstee.operator.status.Conditions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What must hold before a fetch is worth a Job. The image fetcher is the authority on references.
 */
final class IpfsImageChecks {
  private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}");
  private static final Duration NODE_PATIENCE = Duration.ofMinutes(5);
  private static final Duration SECRET_PATIENCE_MIN = Duration.ofSeconds(5);
  private static final Duration SECRET_PATIENCE_MAX = Duration.ofMinutes(1);

  static final Checks<IpfsImageInputs> ALL =
      new Checks<>(
          List.<Check<IpfsImageInputs>>of(
              // A name that can point elsewhere tomorrow has no digest to pin.
              IpfsImageChecks::mutableName,
              // The same rule as the CRD's, for objects that were stored before it.
              IpfsImageChecks::expectedDigest,
              // A tenant must not make the nodes dial hosts of his choice.
              IpfsImageChecks::gatewaysAllowed,
              // A gateway without what it demands would only refuse.
              IpfsImageChecks::credentialsUsable,
              // Nothing can be fetched to nowhere.
              IpfsImageChecks::someNode));

  private IpfsImageChecks() {}

  private static Optional<Finding> mutableName(IpfsImageInputs inputs) {
    String uri = inputs.spec().source().uri();
    return uri.startsWith("ipns://") || uri.contains("/ipns/")
        ? Optional.of(
            Finding.needsUser(
                Reason.MUTABLE_NAME,
                "source.uri is an IPNS name, whose content can change: use the CID that it points"
                    + " to"))
        : Optional.empty();
  }

  private static Optional<Finding> expectedDigest(IpfsImageInputs inputs) {
    return Optional.ofNullable(inputs.spec().expected())
        .filter(expected -> !DIGEST.matcher(expected.digest()).matches())
        .map(
            expected ->
                Finding.needsUser(
                    Reason.INVALID_USAGE,
                    "expected.digest must be sha256: and 64, or sha512: and 128 lower-case hex"
                        + " digits"));
  }

  private static Optional<Finding> gatewaysAllowed(IpfsImageInputs inputs) {
    List<String> refused =
        inputs.spec().gateways().stream()
            .map(Gateway::url)
            .filter(url -> inputs.config().listed(url).isEmpty())
            .toList();
    if (refused.isEmpty()) {
      return Optional.empty();
    }
    String list =
        inputs.config().gatewayUrls().stream()
            .map(GatewayUrl::toString)
            .collect(Collectors.joining(", "));
    return Optional.of(
        Finding.needsUser(
            Reason.GATEWAY_NOT_ALLOWED,
            "gateways %s aren't in the administrator's list (%s): use one of these, or have it added"
                .formatted(quoted(refused), list)));
  }

  /** Nothing tells of a Secret's change: so it is read again, after longer and longer waits. */
  private static Optional<Finding> credentialsUsable(IpfsImageInputs inputs) {
    List<Problem> problems = inputs.credentials().problems();
    return problems.stream()
        .filter(problem -> problem.reason().terminal())
        .findFirst()
        .or(() -> problems.stream().findFirst())
        .map(Problem::reason)
        .map(
            reason -> {
              String message =
                  problems.stream().map(Problem::message).collect(Collectors.joining("; "));
              Duration wait = secretPatience(inputs);
              return reason.terminal()
                  ? Finding.needsUser(reason, message, wait)
                  : Finding.waitFor(reason, message, wait);
            });
  }

  /** As long as it has been so already, within bounds: that doubles. */
  private static Duration secretPatience(IpfsImageInputs inputs) {
    Duration passed =
        Conditions.find(inputs.status().conditions(), ConditionTypes.READY)
            .map(
                ready ->
                    Duration.between(Instant.parse(ready.getLastTransitionTime()), inputs.now()))
            .orElse(Duration.ZERO);
    return passed.compareTo(SECRET_PATIENCE_MIN) < 0
        ? SECRET_PATIENCE_MIN
        : passed.compareTo(SECRET_PATIENCE_MAX) > 0 ? SECRET_PATIENCE_MAX : passed;
  }

  private static Optional<Finding> someNode(IpfsImageInputs inputs) {
    return inputs.nodes().isEmpty()
        ? Optional.of(
            Finding.waitFor(
                Reason.NO_SEED_NODE,
                "no node carries a ready registry: see kubectl -n %s get daemonset,pods"
                    .formatted(inputs.config().namespaces().nodes()),
                NODE_PATIENCE))
        : Optional.empty();
  }

  private static String quoted(List<String> urls) {
    return urls.stream().map(url -> "'" + url + "'").collect(Collectors.joining(", "));
  }
}
