package dev.ipfstee.operator.status;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.Reason;

/** What the one summary of an object is, in the sense of kstatus. */
public enum ReadySummary {
  /** Ready is True: kstatus Current. */
  READY,
  /** On its way, or tried again without anybody's doing: kstatus InProgress. */
  RECONCILING,
  /**
   * At rest before all is there, as somebody wants it: kstatus InProgress, and nothing abnormal.
   */
  ON_HOLD,
  /** Somebody must act: kstatus Failed. */
  STALLED;

  /** The summary that follows from the reason that speaks for the object. */
  public static ReadySummary of(Reason reason) {
    return switch (reason.next()) {
      case NOTHING -> READY;
      case WAITING, RETRIED -> RECONCILING;
      case ON_HOLD -> ON_HOLD;
      case REARMED, USER_ACTS -> STALLED;
    };
  }

  Conditions set(Conditions conditions, Reason reason, String message) {
    if (this == READY) {
      return conditions.isTrue(ConditionTypes.READY, reason, message);
    }
    conditions.isFalse(ConditionTypes.READY, reason, message);
    return switch (this) {
      case READY, ON_HOLD -> conditions;
      case RECONCILING -> conditions.isTrue(ConditionTypes.RECONCILING, reason, message);
      case STALLED -> conditions.isTrue(ConditionTypes.STALLED, reason, message);
    };
  }
}
