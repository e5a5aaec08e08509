package dev.ipfstee.fetcher.store;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whom a store is given to.
 *
 * @param uid numeric user id
 * @param gid numeric group id
 */
record StoreOwner(int uid, int gid) {
  private static final Pattern FORM = Pattern.compile("(\\d{1,10}):(\\d{1,10})");

  /**
   * Parses {@code UID:GID}.
   *
   * @throws IllegalArgumentException with a message for the user
   */
  static StoreOwner parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()
        || Long.parseLong(form.group(1)) > Integer.MAX_VALUE
        || Long.parseLong(form.group(2)) > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "expected numeric UID:GID such as 65532:65532, found '" + text + "'");
    }
    return new StoreOwner(Integer.parseInt(form.group(1)), Integer.parseInt(form.group(2)));
  }

  @Override
  public String toString() {
    return uid + ":" + gid;
  }
}
