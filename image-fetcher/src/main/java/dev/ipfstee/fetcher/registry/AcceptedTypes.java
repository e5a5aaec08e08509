package dev.ipfstee.fetcher.registry;

import java.util.Locale;

/**
 * An Accept header, for one question: may this media type be sent? The registry never converts a
 * document, so preferences among types don't matter.
 */
final class AcceptedTypes {
  private AcceptedTypes() {}

  /**
   * @param header null when the client sent none, and so takes anything
   */
  static boolean accept(String header, String mediaType) {
    if (header == null || header.isBlank()) {
      return true;
    }
    String wanted = mediaType.toLowerCase(Locale.ROOT);
    String family = wanted.substring(0, wanted.indexOf('/') + 1) + "*";
    for (String part : header.split(",")) {
      String[] parameters = part.strip().toLowerCase(Locale.ROOT).split(";", -1);
      String type = parameters[0].strip();
      if ((type.equals("*/*") || type.equals(family) || type.equals(wanted))
          && !isRefused(parameters)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isRefused(String[] parameters) {
    for (int i = 1; i < parameters.length; i++) {
      if (parameters[i].strip().matches("q=0(\\.0{0,3})?")) {
        return true;
      }
    }
    return false;
  }
}
