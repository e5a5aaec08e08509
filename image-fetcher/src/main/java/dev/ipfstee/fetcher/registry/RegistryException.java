package dev.ipfstee.fetcher.registry;

import java.util.Objects;

/** A request that is answered with an error of the distribution specification. */
final class RegistryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  RegistryException(ErrorCode code, String message) {
    super(Objects.requireNonNull(message), null, false, false);
    this.code = code;
  }

  ErrorCode code() {
    return code;
  }
}
