package dev.ipfstee.fetcher.report;

/**
 * Makes text that came from the network safe to print: a name in a directory, a header or a JSON
 * string can hold control sequences that repaint a terminal, or direction marks that make a log
 * line read as something else (CVE-2020-26283).
 */
public final class Printable {
  private Printable() {}

  /**
   * Replaces control, format (bidi marks included), separator, private-use, unassigned and unpaired
   * surrogate characters by {@code \}{@code uXXXX}. A second application changes nothing.
   *
   * @param text never null
   */
  public static String escape(String text) {
    int length = text.length();
    int i = 0;
    while (i < length && isPlainAscii(text.charAt(i))) {
      i++;
    }
    if (i == length) {
      return text;
    }
    StringBuilder out = new StringBuilder(length + 16).append(text, 0, i);
    while (i < length) {
      int codePoint = text.codePointAt(i);
      int width = Character.charCount(codePoint);
      if (isPrintable(codePoint)) {
        out.appendCodePoint(codePoint);
      } else {
        for (int j = i; j < i + width; j++) {
          out.append(String.format("\\u%04x", (int) text.charAt(j)));
        }
      }
      i += width;
    }
    return out.toString();
  }

  /** As {@link #escape}, and cut to at most {@code maxCharacters}, an ellipsis included. */
  public static String escape(String text, int maxCharacters) {
    return shorten(escape(text), maxCharacters);
  }

  /** Cuts to at most {@code maxCharacters} (≥1), an ellipsis included, never inside a character. */
  static String shorten(String text, int maxCharacters) {
    if (text.length() <= maxCharacters) {
      return text;
    }
    int end = maxCharacters - 1;
    if (end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end) + "…";
  }

  private static boolean isPlainAscii(char c) {
    return c >= 0x20 && c < 0x7f;
  }

  private static boolean isPrintable(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.PRIVATE_USE,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
