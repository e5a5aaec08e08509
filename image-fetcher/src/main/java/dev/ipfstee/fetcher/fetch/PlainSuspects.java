package dev.ipfstee.fetcher.fetch;

import dev.ipfstee.fetcher.ipfs.PlainBytes;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Who may have sent the wrong bytes of a blob, and a hash of each part to find out who did. */
final class PlainSuspects {
  private static final int BUFFER = 256 << 10;

  private final Map<Long, PlainBytes> sources;
  private final long partLength;
  private final Map<Long, String> wrong;

  /**
   * Suspects all of them, who aren't asked so again.
   *
   * @param sources who sent which part, by its first byte
   * @param partLength how many bytes a part has, but for the last
   * @param file the wrong bytes, still there
   */
  PlainSuspects(Map<Long, PlainBytes> sources, long partLength, Path file) {
    this.sources = sources;
    this.partLength = partLength;
    this.wrong = hashes(file);
    sources.values().forEach(PlainBytes::wrong);
  }

  /** Those whose parts are others than in this file, which is right, are out for the run. */
  void compare(Path right) {
    Map<Long, String> expected = hashes(right);
    List<PlainBytes> lies =
        sources.entrySet().stream()
            .filter(source -> !wrong.get(source.getKey()).equals(expected.get(source.getKey())))
            .map(Map.Entry::getValue)
            .toList();
    PlainBytes.liesProven(lies);
  }

  private Map<Long, String> hashes(Path file) {
    Map<Long, String> hashes = new TreeMap<>();
    MessageDigest hash = Digest.Algorithm.SHA256.newHash();
    byte[] buffer = new byte[BUFFER];
    try (InputStream bytes = Files.newInputStream(file)) {
      for (long from = 0; ; from += partLength) {
        long left = partLength;
        int count = 0;
        while (left > 0 && count >= 0) {
          count = bytes.read(buffer, 0, (int) Math.min(buffer.length, left));
          if (count > 0) {
            hash.update(buffer, 0, count);
            left -= count;
          }
        }
        if (left < partLength) {
          hashes.put(from, HexFormat.of().formatHex(hash.digest()));
        }
        if (left > 0) {
          return hashes;
        }
      }
    } catch (IOException e) {
      throw new FetchException(
          Reason.IO_ERROR, "failed to read '" + file + "': " + e.getMessage(), e);
    }
  }
}
