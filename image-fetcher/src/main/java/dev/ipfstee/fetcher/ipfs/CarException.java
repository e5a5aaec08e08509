package dev.ipfstee.fetcher.ipfs;

/** A CAR stream that can't be read on. What was read before stays good. */
final class CarException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What is wrong with it. */
  enum Kind {
    /** It ended within a header or section, or with the server's words about an error. */
    TRUNCATED,
    /** It isn't a CAR of version 1. */
    MALFORMED,
    /** It holds a block of more than {@link DagLimits#MAX_BLOCK} bytes. */
    OVERSIZED
  }

  private final Kind kind;

  CarException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }
}
