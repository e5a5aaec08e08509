package dev.ipfstee.fetcher.oci;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An OCI content digest, checked when parsed, so that it can be part of a path without a further
 * look.
 *
 * @param algorithm the hash function
 * @param hex the hash in lower-case hex, of the algorithm's exact length
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests">image
 *     spec, digests</a>
 */
public record Digest(Algorithm algorithm, String hex) {

  /** The registered algorithms of the image specification. */
  public enum Algorithm {
    SHA256("sha256", "SHA-256", 64),
    SHA512("sha512", "SHA-512", 128);

    private final String label;
    private final String jcaName;
    private final int hexLength;

    Algorithm(String label, String jcaName, int hexLength) {
      this.label = label;
      this.jcaName = jcaName;
      this.hexLength = hexLength;
    }

    /** The name before the colon. */
    public String label() {
      return label;
    }

    /** A hash that has seen nothing yet. */
    public MessageDigest newHash() {
      try {
        return MessageDigest.getInstance(jcaName);
      } catch (NoSuchAlgorithmException impossible) {
        throw new IllegalStateException("every Java has " + jcaName, impossible);
      }
    }
  }

  private static final Pattern LOWER_HEX = Pattern.compile("[0-9a-f]+");

  public Digest {
    if (hex.length() != algorithm.hexLength || !LOWER_HEX.matcher(hex).matches()) {
      throw new IllegalArgumentException("not a " + algorithm.label + " digest in lower-case hex");
    }
  }

  /** The digest of these bytes. */
  public static Digest of(Algorithm algorithm, byte[] bytes) {
    return new Digest(algorithm, HexFormat.of().formatHex(algorithm.newHash().digest(bytes)));
  }

  /** The digest that a file of an image layout is named by; empty for any other name. */
  public static Optional<Digest> of(Algorithm algorithm, String hex) {
    return hex.length() == algorithm.hexLength && LOWER_HEX.matcher(hex).matches()
        ? Optional.of(new Digest(algorithm, hex))
        : Optional.empty();
  }

  /**
   * Parses {@code sha256:<64 hex>} or {@code sha512:<128 hex>}.
   *
   * @throws FetchException {@link Reason#MALFORMED_MANIFEST} for anything else
   */
  public static Digest parse(String text) {
    for (Algorithm algorithm : Algorithm.values()) {
      String prefix = algorithm.label + ":";
      if (text.startsWith(prefix)) {
        String hex = text.substring(prefix.length());
        if (hex.length() == algorithm.hexLength && LOWER_HEX.matcher(hex).matches()) {
          return new Digest(algorithm, hex);
        }
      }
    }
    throw new FetchException(
        Reason.MALFORMED_MANIFEST,
        "failed to parse a digest of "
            + text.length()
            + " characters: expected sha256:<64 lower-case hex> or sha512:<128 lower-case hex>");
  }

  @Override
  public String toString() {
    return algorithm.label + ":" + hex;
  }
}
