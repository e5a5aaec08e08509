package dev.ipfstee.fetcher.oci;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import java.util.regex.Pattern;

/**
 * The name by which one of several images in a layout is meant. It is compared character by
 * character, never resolved.
 *
 * @param text 1 to 384 characters: as many as the longest name of an image with a tag
 * @see <a
 *     href="https://github.com/opencontainers/image-spec/blob/main/annotations.md#pre-defined-annotation-keys">
 *     image spec, org.opencontainers.image.ref.name</a>
 */
public record RefName(String text) {
  // The characters of the image spec. It has no two separators in a row, but docker's names do.
  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_][-._:@/+A-Za-z0-9]{0,383}");

  /**
   * @throws FetchException {@link Reason#INVALID_USAGE}
   */
  public RefName {
    if (!FORM.matcher(text).matches()) {
      throw new FetchException(
          Reason.INVALID_USAGE,
          "expected 1 to 384 letters, digits and -._:@/+, the first a letter, digit or _, found '"
              + Printable.escape(text, 60)
              + "'");
    }
  }

  /** Whether a descriptor has it. */
  public boolean isOf(Descriptor descriptor) {
    return descriptor.names().contains(text);
  }

  @Override
  public String toString() {
    return text;
  }
}
