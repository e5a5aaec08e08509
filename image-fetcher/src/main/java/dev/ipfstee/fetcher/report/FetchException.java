package dev.ipfstee.fetcher.report;

import java.util.Objects;

/**
 * A refusal or failure with its typed reason. The message is shown to users as it is: it names the
 * thing, what was expected and what was found, and what to do. It never holds a secret, and bytes
 * that came from the network are escaped in it.
 */
public final class FetchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  public FetchException(Reason reason, String message) {
    this(reason, message, null);
  }

  public FetchException(Reason reason, String message, Throwable cause) {
    super(Objects.requireNonNull(message), cause);
    this.reason = Objects.requireNonNull(reason);
  }

  public Reason reason() {
    return reason;
  }
}
