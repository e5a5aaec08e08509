package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The CIDs that a sweep leaves alone, from options and from a file. */
final class KeptImages {
  static final String KEEP = "--keep";
  static final String KEEP_FILE = "--keep-file";

  private static final String STANDARD_INPUT = "-";

  /** Some 15,000 CIDs: more than a store's index can list is of no use. */
  private static final int MAX_BYTES = 1 << 20;

  private KeptImages() {}

  /**
   * All of them, in version 1 and base32.
   *
   * @param file one CID a line; empty lines and what follows a # are passed over; null for none
   * @throws FetchException {@link Reason#INVALID_USAGE}, for a file without a CID too: it is more
   *     likely that making it has failed than that nothing shall be kept
   */
  static Set<String> of(List<String> given, String file) {
    Set<String> cids = new LinkedHashSet<>();
    given.forEach(text -> cids.add(parse(KEEP, text)));
    if (file != null) {
      List<String> lines =
          read(file)
              .lines()
              .map(line -> line.replaceFirst("#.*", "").strip())
              .filter(line -> !line.isEmpty())
              .toList();
      if (lines.isEmpty()) {
        throw unusable(file, "it names no CID; without anything to keep, leave the option out");
      }
      lines.forEach(line -> cids.add(parse(KEEP_FILE, line)));
    }
    return cids;
  }

  private static String parse(String option, String text) {
    try {
      return Cid.parse(text).toString();
    } catch (FetchException malformed) {
      throw GatewayFlags.usage(option + ": " + malformed.getMessage());
    }
  }

  private static String read(String file) {
    byte[] bytes;
    try (InputStream in =
        file.equals(STANDARD_INPUT) ? System.in : Files.newInputStream(Path.of(file))) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (IOException e) {
      throw unusable(file, e.getClass().getSimpleName());
    }
    if (bytes.length > MAX_BYTES) {
      throw unusable(file, "expected at most " + MAX_BYTES + " bytes, found more");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static FetchException unusable(String file, String cause) {
    return GatewayFlags.usage(
        KEEP_FILE + ": failed to read '" + Printable.escape(file, 200) + "': " + cause);
  }
}
