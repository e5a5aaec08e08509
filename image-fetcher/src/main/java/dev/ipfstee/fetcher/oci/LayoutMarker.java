package dev.ipfstee.fetcher.oci;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;

/**
 * The file {@code oci-layout}, which says that a directory is an image layout.
 *
 * @see <a
 *     href="https://github.com/opencontainers/image-spec/blob/main/image-layout.md#oci-layout-file">
 *     image layout, oci-layout</a>
 */
public final class LayoutMarker {
  private static final String VERSION = "1.0.0";

  private LayoutMarker() {}

  /**
   * @throws FetchException {@link Reason#MALFORMED_MANIFEST} when it isn't JSON, {@link
   *     Reason#LAYOUT_UNRECOGNIZED} for a version that this program doesn't know
   */
  public static void check(byte[] json) {
    String version = StrictJson.parse(json, "oci-layout").requireString("imageLayoutVersion");
    if (!version.equals(VERSION)) {
      throw new FetchException(
          Reason.LAYOUT_UNRECOGNIZED,
          "failed to read oci-layout: expected imageLayoutVersion "
              + VERSION
              + ", found '"
              + Printable.escape(version, 60)
              + "'");
    }
  }
}
