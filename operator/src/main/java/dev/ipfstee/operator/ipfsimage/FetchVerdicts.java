package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.check.Finding;
import dev.ipfstee.operator.status.Conditions;
import java.util.Optional;
import java.util.Set;

/** What stops an image as a whole, whatever node would be next. Pure. */
final class FetchVerdicts {
  /** Cured by others than the image's author: by the administrator, or a newer release. */
  private static final Set<Reason> NOT_OF_THE_CONTENT =
      Set.of(Reason.GATEWAY_NOT_ALLOWED, Reason.INVALID_USAGE);

  private FetchVerdicts() {}

  /** Two nodes must not find different images under one CID. */
  static Optional<Finding> disagreement(
      ResolvedImage resolved, FetchHistory history, String inputs) {
    String digest = resolved.digest();
    for (FetchAttempt attempt : history.attempts()) {
      switch (attempt.observation()) {
        case FetchObservation.Succeeded succeeded
            when !succeeded.result().digest().equals(digest) ->
            {
              return Optional.of(disagreement(digest, attempt, succeeded.result().digest()));
            }
        case FetchObservation.Failed failed
            when failed.reason() == Reason.UNEXPECTED_DIGEST && attempt.inputs().equals(inputs) ->
            {
              return Optional.of(disagreement(digest, attempt, failed.message()));
            }
        default -> {}
      }
    }
    return Optional.empty();
  }

  private static Finding disagreement(String digest, FetchAttempt attempt, String found) {
    return Finding.needsUser(
        Reason.DIGEST_DISAGREEMENT,
        "the CID was resolved to %s, but node %s found: %s; treat that node or the first one as compromised until explained"
            .formatted(digest, attempt.node(), found));
  }

  /**
   * A verdict on content is final for its spec; it outlives the Jobs that told it in the status. What
   * the checks have said is theirs to say again.
   */
  static Optional<Finding> remembered(
      IpfsImageInputs inputs, Optional<ResolvedImage> resolved, FetchHistory history) {
    if (!history.isEmpty() || !inputs.reported()) {
      return Optional.empty();
    }
    return Conditions.find(inputs.status().conditions(), ConditionTypes.STALLED)
        .flatMap(
            stalled ->
                Reason.of(stalled.getReason())
                    .filter(reason -> reason.next() == Reason.Next.USER_ACTS)
                    .filter(reason -> !NOT_OF_THE_CONTENT.contains(reason))
                    .filter(r -> resolved.isEmpty() || r == Reason.DIGEST_DISAGREEMENT)
                    .map(reason -> Finding.needsUser(reason, stalled.getMessage())));
  }
}
