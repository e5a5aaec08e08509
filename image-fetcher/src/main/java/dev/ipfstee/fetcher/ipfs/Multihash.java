package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A hash that names its function. Only functions that can't be collided are accepted: two images
 * under one CID would make the pin worthless.
 *
 * @see <a href="https://github.com/multiformats/multihash">multihash</a>
 */
public final class Multihash {

  /** The accepted functions. */
  public enum Function {
    /** The bytes themselves instead of a hash, at most {@value Multihash#MAX_IDENTITY_BYTES}. */
    IDENTITY(0x00, -1, null),
    SHA2_256(0x12, 32, "SHA-256"),
    SHA2_512(0x13, 64, "SHA-512");

    private final int code;
    private final int length;
    private final String jcaName;

    Function(int code, int length, String jcaName) {
      this.code = code;
      this.length = length;
      this.jcaName = jcaName;
    }

    /** The code in the multicodec table. */
    public int code() {
      return code;
    }

    /** The name for {@link java.security.MessageDigest}; null for {@link #IDENTITY}. */
    String jcaName() {
      return jcaName;
    }
  }

  static final int MAX_IDENTITY_BYTES = 128;

  private final Function function;
  private final byte[] digest;
  private final int hashCode;

  private Multihash(Function function, byte[] digest) {
    this.function = function;
    this.digest = digest;
    this.hashCode = 31 * Arrays.hashCode(digest) + function.code;
  }

  /**
   * Checks and makes a multihash; the bytes are copied.
   *
   * @throws FetchException {@link Reason#UNSUPPORTED_HASH} for a function that isn't accepted, a
   *     shortened digest or more than 128 inline bytes; {@link Reason#INVALID_CID} for a digest
   *     that is too long for its function
   */
  static Multihash of(long code, byte[] bytes, int offset, int length) {
    Function function = function(code);
    if (function == Function.IDENTITY) {
      if (length > MAX_IDENTITY_BYTES) {
        throw unsupported(
            "an identity CID of "
                + length
                + " bytes: at most "
                + MAX_IDENTITY_BYTES
                + " are accepted");
      }
    } else if (length > function.length) {
      throw new FetchException(
          Reason.INVALID_CID,
          "failed to read a CID: its " + function.jcaName + " digest has " + length + " bytes");
    } else if (length < function.length) {
      throw unsupported(
          "a "
              + function.jcaName
              + " digest cut to "
              + length
              + " of "
              + function.length
              + " bytes");
    }
    return new Multihash(function, Arrays.copyOfRange(bytes, offset, offset + length));
  }

  private static Function function(long code) {
    for (Function known : Function.values()) {
      if (known.code == code) {
        return known;
      }
    }
    throw unsupported(
        (code == 0x11
            ? "sha1, which can be collided"
            : "hash function 0x" + Long.toHexString(code)));
  }

  private static FetchException unsupported(String found) {
    return new FetchException(
        Reason.UNSUPPORTED_HASH,
        "failed to accept a CID: it uses "
            + found
            + "; publish the content with sha2-256 (the default of ipfs add) or sha2-512");
  }

  public Function function() {
    return function;
  }

  /** The digest in lower-case hex; for identity, the inline bytes. */
  public String hex() {
    return HexFormat.of().formatHex(digest);
  }

  /** The digest, not copied: for use inside this package, never to be changed. */
  byte[] digest() {
    return digest;
  }

  boolean matches(byte[] computed) {
    return Arrays.equals(digest, computed);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Multihash that
        && hashCode == that.hashCode
        && function == that.function
        && Arrays.equals(digest, that.digest);
  }

  @Override
  public int hashCode() {
    return hashCode;
  }

  @Override
  public String toString() {
    return function + ":" + hex();
  }
}
