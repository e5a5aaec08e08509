package dev.ipfstee.operator.credential;

import dev.ipfstee.api.v1alpha1.Reason;

/**
 * What one Secret comes to. No message holds anything of its content, not even of its host: who
 * confuses two keys would have the token shown.
 */
public sealed interface Judged {

  /**
   * A file that a fetch gets, and the option that tells the image fetcher of it.
   *
   * @param option all before the file's path, as {@code --ca-file=HOST:PORT=}
   * @param file the file's name
   * @param content of the file; never to be shown
   * @param revision of the Secret that it comes from
   */
  record Usable(String option, String file, String content, String revision) implements Judged {
    /** Without the content. */
    @Override
    public String toString() {
      return "Usable[%s%s, revision=%s]".formatted(option, file, revision);
    }
  }

  /**
   * It can't be used.
   *
   * @param message one sentence that names the Secret, and says what to do
   */
  record Problem(Reason reason, String message) implements Judged {}
}
