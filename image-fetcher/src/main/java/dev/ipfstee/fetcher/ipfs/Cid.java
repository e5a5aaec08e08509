package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A content identifier: what the bytes are and their hash. Version 0 and version 1 of the same
 * content are equal.
 *
 * @see <a href="https://github.com/multiformats/cid">CID specification</a>
 */
public final class Cid {

  /** How a block's bytes are to be read. */
  public enum Codec {
    /** Bytes as they are. */
    RAW(0x55),
    /** A node with links, which carries UnixFS. */
    DAG_PB(0x70),
    /** A CAR as one block, whose bytes are as they are; only as a root. */
    CAR(0x0202);

    private final int code;

    Codec(int code) {
      this.code = code;
    }
  }

  private static final int LIBP2P_KEY = 0x72;
  private static final int V0_LENGTH = 34;

  /** An identity CID of 128 bytes in base16 has 267 characters; decoding is quadratic. */
  private static final int MAX_CHARACTERS = 512;

  private final Codec codec;
  private final Multihash multihash;

  private Cid(Codec codec, Multihash multihash) {
    this.codec = codec;
    this.multihash = multihash;
  }

  /**
   * Parses version 0 (base58btc) or version 1 in base32, base36, base58btc or base16.
   *
   * @throws FetchException {@link Reason#INVALID_CID}; {@link Reason#UNSUPPORTED_HASH}; {@link
   *     Reason#UNSUPPORTED_CODEC}; {@link Reason#MUTABLE_NAME} for an IPNS key
   */
  public static Cid parse(String text) {
    if (text.length() > MAX_CHARACTERS) {
      throw invalid("of " + text.length() + " characters", "it is longer than any CID");
    }
    try {
      if (text.length() == 46 && text.startsWith("Qm")) {
        byte[] bytes = Multibase.decodeBase58(text);
        if (!isV0(bytes, 0, bytes.length)) {
          throw new IllegalArgumentException("it isn't a sha2-256 multihash in base58btc");
        }
        return read(bytes, 0, bytes.length);
      }
      byte[] bytes = Multibase.decode(text);
      if (bytes.length > 0 && bytes[0] == 0x12) {
        throw new IllegalArgumentException("a CIDv0 has no multibase prefix");
      }
      return read(bytes, 0, bytes.length);
    } catch (IllegalArgumentException e) {
      throw invalid("'" + Text.printable(text) + "'", e.getMessage());
    }
  }

  /**
   * Reads a binary CID that fills the array.
   *
   * @throws FetchException as {@link #parse}
   */
  public static Cid fromBytes(byte[] bytes) {
    return fromBytes(bytes, 0, bytes.length);
  }

  static Cid fromBytes(byte[] bytes, int offset, int limit) {
    try {
      return read(bytes, offset, limit);
    } catch (IllegalArgumentException e) {
      throw invalid("in binary form", e.getMessage());
    }
  }

  /** The CID of a block of the raw codec with this digest. */
  public static Cid raw(Digest digest) {
    byte[] hash = HexFormat.of().parseHex(digest.hex());
    long code =
        switch (digest.algorithm()) {
          case SHA256 -> Multihash.Function.SHA2_256.code();
          case SHA512 -> Multihash.Function.SHA2_512.code();
        };
    return new Cid(Codec.RAW, Multihash.of(code, hash, 0, hash.length));
  }

  static Cid of(Codec codec, Multihash multihash) {
    return new Cid(codec, multihash);
  }

  /**
   * The length of the binary CID at {@code offset}, whatever its codec and hash function.
   *
   * @throws IllegalArgumentException if there is none before {@code limit}
   */
  static int lengthAt(byte[] bytes, int offset, int limit) {
    if (isV0(bytes, offset, limit)) {
      return V0_LENGTH;
    }
    int at = offset;
    for (int field = 0; field < 3; field++) {
      long value = Varint.read(bytes, at, limit);
      if (field == 0 && value != 1) {
        throw new IllegalArgumentException("CID version " + value + " is neither 0 nor 1");
      }
      at += Varint.length(value);
    }
    long digest = Varint.read(bytes, at, limit);
    at += Varint.length(digest);
    if (digest > limit - at) {
      throw new IllegalArgumentException("the digest of a CID is cut off");
    }
    return at + (int) digest - offset;
  }

  private static boolean isV0(byte[] bytes, int offset, int limit) {
    return limit - offset >= V0_LENGTH && bytes[offset] == 0x12 && bytes[offset + 1] == 0x20;
  }

  private static Cid read(byte[] bytes, int offset, int limit) {
    int length = lengthAt(bytes, offset, limit);
    if (offset + length != limit) {
      throw new IllegalArgumentException((limit - offset - length) + " bytes follow its end");
    }
    if (isV0(bytes, offset, limit)) {
      return new Cid(Codec.DAG_PB, Multihash.of(0x12, bytes, offset + 2, V0_LENGTH - 2));
    }
    int at = offset + 1;
    long codec = Varint.read(bytes, at, limit);
    at += Varint.length(codec);
    if (codec == LIBP2P_KEY) {
      throw new FetchException(
          Reason.MUTABLE_NAME,
          "failed to accept an IPNS name: what it points to can change; use the CID that it"
              + " resolves to (ipfs name resolve)");
    }
    long hash = Varint.read(bytes, at, limit);
    at += Varint.length(hash);
    long digest = Varint.read(bytes, at, limit);
    at += Varint.length(digest);
    return new Cid(codec(codec), Multihash.of(hash, bytes, at, (int) digest));
  }

  private static Codec codec(long code) {
    for (Codec known : Codec.values()) {
      if (known.code == code) {
        return known;
      }
    }
    throw new FetchException(
        Reason.UNSUPPORTED_CODEC,
        "failed to accept a CID: its codec is 0x"
            + Long.toHexString(code)
            + ", but only dag-pb (0x70) and raw (0x55) hold files and directories");
  }

  private static FetchException invalid(String which, String cause) {
    return new FetchException(
        Reason.INVALID_CID,
        "failed to parse the CID " + which + ": " + (cause == null ? "malformed" : cause));
  }

  public Codec codec() {
    return codec;
  }

  public Multihash multihash() {
    return multihash;
  }

  /** Whether the content is inline in the CID. */
  public boolean isIdentity() {
    return multihash.function() == Multihash.Function.IDENTITY;
  }

  /** The OCI digest of the bytes, where the CID says it: a raw block under sha2-256 or sha2-512. */
  public Optional<Digest> impliedDigest() {
    if (codec != Codec.RAW) {
      return Optional.empty();
    }
    return switch (multihash.function()) {
      case SHA2_256 -> Optional.of(new Digest(Digest.Algorithm.SHA256, multihash.hex()));
      case SHA2_512 -> Optional.of(new Digest(Digest.Algorithm.SHA512, multihash.hex()));
      case IDENTITY -> Optional.empty();
    };
  }

  /** The binary form of version 1. */
  public byte[] toBytes() {
    byte[] digest = multihash.digest();
    byte[] bytes =
        new byte[2 + Varint.length(codec.code) + Varint.length(digest.length) + digest.length];
    bytes[0] = 1;
    int at = Varint.write(codec.code, bytes, 1);
    bytes[at++] = (byte) multihash.function().code();
    at = Varint.write(digest.length, bytes, at);
    System.arraycopy(digest, 0, bytes, at, digest.length);
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Cid that && codec == that.codec && multihash.equals(that.multihash);
  }

  @Override
  public int hashCode() {
    return multihash.hashCode();
  }

  /** Version 1 in lower-case base32, the canonical form. */
  @Override
  public String toString() {
    return Multibase.encodeBase32(toBytes());
  }
}
