package dev.ipfstee.operator.reference;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Brings the spellings of a CID to one, so that they share an IpfsImage. It looks no deeper than
 * that: whether a CID is valid is told by the image fetcher, which must know.
 */
final class CanonicalCid {
  private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
  private static final String BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz";
  private static final String BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  private static final String BASE16 = "0123456789abcdef";

  /** Far above any real CID, far below what arithmetic on them could hurt. */
  private static final int MAX_LENGTH = 512;

  /** A CIDv0: a sha2-256 multihash in base58btc. */
  private static final Pattern V0 = Pattern.compile("Qm[1-9A-HJ-NP-Za-km-z]{44}");

  /** A file, a directory or a CAR, under the whole of a hash that can't be collided. */
  private static final Pattern CONTENT =
      Pattern.compile("01(55|70|8204)(1220[0-9a-f]{64}|1340[0-9a-f]{128})");

  private static final byte[] V1_DAG_PB = {1, 0x70};

  private CanonicalCid() {}

  /** CIDv1 in lower-case base32; empty when {@code text} is no spelling of a CID. */
  static Optional<String> of(String text) {
    return bytes(text).map(CanonicalCid::base32);
  }

  /** The same; empty too for a CID that no image can have, and so no store holds. */
  static Optional<String> ofContent(String text) {
    return bytes(text)
        .filter(cid -> CONTENT.matcher(HexFormat.of().formatHex(cid)).matches())
        .map(CanonicalCid::base32);
  }

  private static Optional<byte[]> bytes(String text) {
    if (text.length() < 8 || text.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    if (V0.matcher(text).matches()) {
      return radix(text, BASE58).map(hash -> concat(V1_DAG_PB, hash));
    }
    String digits = text.substring(1);
    Optional<byte[]> bytes =
        switch (text.charAt(0)) {
          case 'b' -> bits(digits, BASE32, 5);
          case 'B' -> bits(lower(digits), BASE32, 5);
          case 'f' -> bits(digits, BASE16, 4);
          case 'F' -> bits(lower(digits), BASE16, 4);
          case 'k' -> radix(digits, BASE36);
          case 'z' -> radix(digits, BASE58);
          default -> Optional.empty();
        };
    return bytes.filter(cid -> cid.length > 3 && cid[0] == 1);
  }

  private static Optional<byte[]> bits(String digits, String alphabet, int width) {
    byte[] bytes = new byte[digits.length() * width / 8];
    int buffer = 0;
    int held = 0;
    int length = 0;
    for (int i = 0; i < digits.length(); i++) {
      int digit = alphabet.indexOf(digits.charAt(i));
      if (digit < 0) {
        return Optional.empty();
      }
      buffer = (buffer << width | digit) & 0xffff;
      held += width;
      if (held >= 8) {
        held -= 8;
        bytes[length++] = (byte) (buffer >> held);
      }
    }
    return Optional.of(bytes);
  }

  private static Optional<byte[]> radix(String digits, String alphabet) {
    BigInteger number = BigInteger.ZERO;
    BigInteger radix = BigInteger.valueOf(alphabet.length());
    int zeros = 0;
    for (int i = 0; i < digits.length(); i++) {
      int digit = alphabet.indexOf(digits.charAt(i));
      if (digit < 0) {
        return Optional.empty();
      }
      if (digit == 0 && number.signum() == 0) {
        zeros++;
      }
      number = number.multiply(radix).add(BigInteger.valueOf(digit));
    }
    byte[] signed = number.toByteArray();
    byte[] magnitude = signed[0] == 0 ? Arrays.copyOfRange(signed, 1, signed.length) : signed;
    return Optional.of(concat(new byte[zeros], magnitude));
  }

  private static String base32(byte[] bytes) {
    StringBuilder text = new StringBuilder("b");
    int buffer = 0;
    int held = 0;
    for (byte b : bytes) {
      buffer = (buffer << 8 | (b & 0xff)) & 0xffff;
      held += 8;
      while (held >= 5) {
        held -= 5;
        text.append(BASE32.charAt(buffer >> held & 31));
      }
    }
    if (held > 0) {
      text.append(BASE32.charAt(buffer << (5 - held) & 31));
    }
    return text.toString();
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
