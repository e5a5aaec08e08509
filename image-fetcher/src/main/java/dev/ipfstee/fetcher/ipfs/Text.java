package dev.ipfstee.fetcher.ipfs;

/** Text from outside, made fit for messages. */
final class Text {
  private static final int MAX_SHOWN = 120;

  private Text() {}

  /**
   * Escapes everything that could move a terminal's cursor or hide what is written, and shortens to
   * 120 characters.
   */
  static String printable(String text) {
    StringBuilder shown = new StringBuilder();
    int[] points = text.codePoints().limit(MAX_SHOWN + 1L).toArray();
    for (int i = 0; i < Math.min(points.length, MAX_SHOWN); i++) {
      if (isPlain(points[i])) {
        shown.appendCodePoint(points[i]);
      } else {
        shown.append(String.format("\\u{%x}", points[i]));
      }
    }
    return points.length > MAX_SHOWN ? shown.append('…').toString() : shown.toString();
  }

  private static boolean isPlain(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
