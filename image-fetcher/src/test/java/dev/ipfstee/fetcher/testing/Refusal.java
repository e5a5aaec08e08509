package dev.ipfstee.fetcher.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import java.util.Optional;
import java.util.function.Supplier;

/** What every refusal of hostile input has in common. */
public final class Refusal {
  /** A report has room for 1,000; what is longer was copied from the input. */
  private static final int MAX_MESSAGE = 2_000;

  private Refusal() {}

  /**
   * The result of reading, or nothing if it was refused for one of these reasons, in words that can
   * be printed. Whatever else is thrown passes through, and is a finding.
   */
  public static <T> Optional<T> orResult(Supplier<T> reading, Reason... allowed) {
    try {
      return Optional.of(reading.get());
    } catch (FetchException e) {
      assertThat(e.reason()).as(e.getMessage()).isIn((Object[]) allowed);
      assertPrintable(e.getMessage());
      return Optional.empty();
    }
  }

  /** The same for code that reports the place in a block by an {@link IllegalArgumentException}. */
  public static <T> Optional<T> orMalformed(Supplier<T> reading) {
    try {
      return Optional.of(reading.get());
    } catch (IllegalArgumentException e) {
      assertPrintable(e.getMessage());
      return Optional.empty();
    }
  }

  /** Nothing in a message may move a cursor, hide text or fill a log. */
  public static void assertPrintable(String message) {
    assertThat(message).isEqualTo(Printable.escape(message)).hasSizeLessThan(MAX_MESSAGE);
  }
}
