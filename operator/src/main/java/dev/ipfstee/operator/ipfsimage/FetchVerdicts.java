package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.check.Finding;
import dev.ipfstee.operator.check.Next;
import dev.ipfstee.operator.status.Conditions;
import java.util.Optional;
import java.util.Set;

/** What stops an image as a whole, whatever node would be next. Pure. */
final class FetchVerdicts {
  /**
   * Cured by others than the image's author: by the administrator, or a newer release. What the
   * checks have said is theirs to say again.
   */
  private static final Set<Reason> NOT_OF_THE_CONTENT =
      Set.of(
          Reason.GATEWAY_NOT_ALLOWED,
          Reason.INVALID_USAGE,
          Reason.SECRET_FORBIDDEN,
          Reason.SECRET_TYPE_MISMATCH,
          Reason.SECRET_KEY_MISSING,
          Reason.TOKEN_HOST_MISMATCH,
          Reason.TOKEN_MALFORMED,
          Reason.CA_MALFORMED,
          Reason.PROXY_CREDENTIALS_MALFORMED);

  private FetchVerdicts() {}

  /**
   * What the Jobs or an earlier report say of the image.
   *
   * @param current those attempts that were told what the image must be, as it is asked for now
   */
  static Optional<Finding> find(
      IpfsImageInputs inputs,
      Optional<ResolvedImage> resolved,
      FetchHistory all,
      FetchHistory current) {
    return resolved
        .flatMap(image -> disagreement(image, all, current))
        .or(() -> remembered(inputs, resolved, all));
  }

  /** What says more than a check has found: nodes that are away take no verdict with them. */
  static Optional<Finding> despite(
      Finding finding, IpfsImageInputs inputs, Optional<ResolvedImage> resolved, FetchHistory all) {
    return find(inputs, resolved, all, FetchHistory.NONE)
        .filter(
            verdict ->
                verdict.reason() == Reason.DIGEST_DISAGREEMENT
                    || finding.next() instanceof Next.WaitFor);
  }

  /** Two nodes must not find different images under one CID. */
  private static Optional<Finding> disagreement(
      ResolvedImage resolved, FetchHistory all, FetchHistory current) {
    String digest = resolved.digest();
    for (FetchAttempt attempt : all.attempts()) {
      if (attempt.observation() instanceof FetchObservation.Succeeded succeeded
          && !succeeded.result().digest().equals(digest)) {
        return Optional.of(disagreement(digest, attempt, succeeded.result().digest()));
      }
    }
    for (FetchAttempt attempt : current.attempts()) {
      if (attempt.observation() instanceof FetchObservation.Failed failed
          && failed.reason() == Reason.UNEXPECTED_DIGEST) {
        return Optional.of(disagreement(digest, attempt, failed.message()));
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
   * A verdict on content is final for its spec; it outlives the Jobs that told it in the status.
   */
  private static Optional<Finding> remembered(
      IpfsImageInputs inputs, Optional<ResolvedImage> resolved, FetchHistory all) {
    // Who suspends an image to look into it doesn't want to have it judged anew.
    if (inputs.requestedAnew() || !inputs.reported() && !inputs.spec().suspend()) {
      return Optional.empty();
    }
    return Conditions.find(inputs.status().conditions(), ConditionTypes.STALLED)
        .flatMap(
            stalled ->
                Reason.of(stalled.getReason())
                    .filter(
                        reason ->
                            reason == Reason.DIGEST_DISAGREEMENT
                                || ofTheContent(reason) && resolved.isEmpty() && all.isEmpty())
                    .map(reason -> Finding.needsUser(reason, stalled.getMessage())));
  }

  private static boolean ofTheContent(Reason reason) {
    return reason.next() == Reason.Next.USER_ACTS && !NOT_OF_THE_CONTENT.contains(reason);
  }
}
