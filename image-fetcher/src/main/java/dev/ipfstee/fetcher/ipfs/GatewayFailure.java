package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.Reason;
import java.time.Duration;

/** Why one gateway didn't give one thing. Another may. */
final class GatewayFailure extends Exception {
  private static final long serialVersionUID = 1L;

  /** What follows from it. */
  enum Kind {
    /** It says that it hasn't got the block. */
    ABSENT,
    /** It doesn't offer this form of response. */
    UNSUPPORTED,
    /** It may work later. */
    TRANSIENT,
    /** It won't work in this run. */
    REFUSED,
    /** It sent something that isn't a CAR. */
    MALFORMED,
    /** It sent a block larger than any may be. */
    OVERSIZED,
    /** It sent bytes that aren't what their CID promises. */
    LIED
  }

  private final Kind kind;
  private final Reason reason;
  private final transient Duration retryAfter;

  GatewayFailure(Kind kind, Reason reason, String message) {
    this(kind, reason, message, null);
  }

  /**
   * Makes a failure.
   *
   * @param retryAfter what the gateway asked for, or null
   */
  GatewayFailure(Kind kind, Reason reason, String message, Duration retryAfter) {
    super(message, null, false, false);
    this.kind = kind;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }

  Kind kind() {
    return kind;
  }

  Reason reason() {
    return reason;
  }

  Duration retryAfter() {
    return retryAfter;
  }
}
