package dev.ipfstee.fetcher.registry;

/**
 * Error codes of the distribution specification, and those that every registry adds to it.
 *
 * @see <a href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes">
 *     distribution spec, error codes</a>
 */
enum ErrorCode {
  BLOB_UNKNOWN(404),
  DIGEST_INVALID(400),
  MANIFEST_UNKNOWN(404),
  NAME_INVALID(400),
  NAME_UNKNOWN(404),
  /** A write: the registry has no such verb, so the status says so. */
  UNSUPPORTED(405),
  /** A read of something that this registry doesn't offer. */
  NOT_OFFERED(404),
  RANGE_INVALID(416),
  TOOMANYREQUESTS(503),
  /** Others come first; it's worth asking again at once. */
  BUSY(429),
  UNAVAILABLE(503),
  UNKNOWN(500);

  private final int status;

  ErrorCode(int status) {
    this.status = status;
  }

  int status() {
    return status;
  }

  /** The word in the body. */
  String label() {
    return switch (this) {
      case NOT_OFFERED -> UNSUPPORTED.name();
      case BUSY -> TOOMANYREQUESTS.name();
      default -> name();
    };
  }
}
