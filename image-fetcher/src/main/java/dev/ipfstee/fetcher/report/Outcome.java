package dev.ipfstee.fetcher.report;

/** How a run ended. The exit code is the contract between the image fetcher and whoever runs it. */
public enum Outcome {
  /** The image is in the store, verified. */
  SUCCEEDED("Succeeded", 0, false),
  /** The command line can't be carried out as it stands. */
  INVALID_USAGE("InvalidUsage", 2, false),
  /** The reference is no content-addressed image reference. */
  INVALID_REFERENCE("InvalidReference", 10, false),
  /** Every gateway says that the content is absent. */
  NOT_FOUND("NotFound", 11, true),
  /** No gateway could be made to answer. */
  UNAVAILABLE("Unavailable", 12, true),
  /** Bytes arrived that are not what their CID or digest promises, from every gateway. */
  VERIFICATION_FAILED("VerificationFailed", 13, false),
  /** The content is intact, but is no image, or not the one asked for. */
  NOT_AN_IMAGE("NotAnImage", 14, false),
  /** The image is intact, but refused by policy. */
  POLICY_REJECTED("PolicyRejected", 15, false),
  /** The image is larger than a limit allows. */
  LIMIT_EXCEEDED("LimitExceeded", 16, false),
  /** The node's store can't take the image. */
  STORAGE_FAILED("StorageFailed", 17, true),
  /** A defect of the image fetcher. */
  INTERNAL_ERROR("InternalError", 70, true),
  /** Stopped by SIGTERM. */
  CANCELLED("Cancelled", 143, true);

  private final String label;
  private final int exitCode;
  private final boolean retryable;

  Outcome(String label, int exitCode, boolean retryable) {
    this.label = label;
    this.exitCode = exitCode;
    this.retryable = retryable;
  }

  /** The name in the report, in PascalCase. */
  public String label() {
    return label;
  }

  /** The exit code of the process, 0 to 255. */
  public int exitCode() {
    return exitCode;
  }

  /** Whether the same request may succeed later without a change by its author. */
  public boolean retryable() {
    return retryable;
  }
}
