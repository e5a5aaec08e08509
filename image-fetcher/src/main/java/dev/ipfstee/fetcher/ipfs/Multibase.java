package dev.ipfstee.fetcher.ipfs;

import java.util.Arrays;

/**
 * The text encodings of binary CIDs that occur in practice, strictly: no padding, no characters of
 * mixed case, no bits that mean nothing.
 *
 * @see <a href="https://github.com/multiformats/multibase">multibase</a>
 */
final class Multibase {
  private static final String BASE16 = "0123456789abcdef";
  private static final String BASE32 = "abcdefghijklmnopqrstuvwxyz234567";
  private static final String BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz";
  private static final String BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

  private Multibase() {}

  /**
   * Decodes text that starts with its multibase prefix: {@code b B k z f F}.
   *
   * @throws IllegalArgumentException for another prefix or text that isn't well formed
   */
  static byte[] decode(String text) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("it is empty");
    }
    String body = text.substring(1);
    return switch (text.charAt(0)) {
      case 'b' -> bits(body, BASE32, 5);
      case 'B' -> bits(lowered(body), BASE32, 5);
      case 'f' -> bits(body, BASE16, 4);
      case 'F' -> bits(lowered(body), BASE16, 4);
      case 'k' -> digits(body, BASE36);
      case 'z' -> digits(body, BASE58);
      default ->
          throw new IllegalArgumentException(
              "multibase prefix '"
                  + Text.printable(text.substring(0, 1))
                  + "' is none of b, B (base32), k (base36), z (base58btc), f, F (base16)");
    };
  }

  /** Decodes base58btc without a prefix, the form of CIDv0. */
  static byte[] decodeBase58(String text) {
    return digits(text, BASE58);
  }

  /** Encodes to base32 in lower case, with its prefix {@code b}. */
  static String encodeBase32(byte[] bytes) {
    StringBuilder text = new StringBuilder(2 + bytes.length * 8 / 5);
    text.append('b');
    int held = 0;
    int heldBits = 0;
    for (byte b : bytes) {
      held = held << 8 | b & 0xff;
      heldBits += 8;
      while (heldBits >= 5) {
        heldBits -= 5;
        text.append(BASE32.charAt(held >>> heldBits & 31));
      }
      held &= (1 << heldBits) - 1;
    }
    if (heldBits > 0) {
      text.append(BASE32.charAt(held << (5 - heldBits) & 31));
    }
    return text.toString();
  }

  /** For the upper-case variants: only upper case may occur in them. */
  private static String lowered(String body) {
    StringBuilder lower = new StringBuilder(body.length());
    for (int i = 0; i < body.length(); i++) {
      char c = body.charAt(i);
      if (c >= 'a' && c <= 'z') {
        throw badCharacter(c);
      }
      lower.append(c >= 'A' && c <= 'Z' ? (char) (c + 32) : c);
    }
    return lower.toString();
  }

  /** RFC 4648 without padding: each character carries the same number of bits. */
  private static byte[] bits(String body, String alphabet, int width) {
    byte[] bytes = new byte[body.length() * width / 8];
    int held = 0;
    int heldBits = 0;
    int at = 0;
    for (int i = 0; i < body.length(); i++) {
      held = held << width | value(body.charAt(i), alphabet);
      heldBits += width;
      if (heldBits >= 8) {
        heldBits -= 8;
        bytes[at++] = (byte) (held >>> heldBits);
        held &= (1 << heldBits) - 1;
      }
    }
    if (heldBits >= width || held != 0) {
      throw new IllegalArgumentException("its length or its last character is wrong");
    }
    return bytes;
  }

  /** One large number in the alphabet's base, leading zero characters being leading zero bytes. */
  private static byte[] digits(String body, String alphabet) {
    int base = alphabet.length();
    // Little-endian; a character never carries more than eight bits, so this is large enough.
    byte[] reversed = new byte[body.length()];
    int used = 0;
    int zeros = 0;
    boolean leading = true;
    for (int i = 0; i < body.length(); i++) {
      int carry = value(body.charAt(i), alphabet);
      leading &= carry == 0;
      if (leading) {
        zeros++;
        continue;
      }
      for (int k = 0; k < used; k++) {
        carry += (reversed[k] & 0xff) * base;
        reversed[k] = (byte) carry;
        carry >>>= 8;
      }
      while (carry > 0) {
        reversed[used++] = (byte) carry;
        carry >>>= 8;
      }
    }
    byte[] bytes = new byte[zeros + used];
    for (int k = 0; k < used; k++) {
      bytes[zeros + k] = reversed[used - 1 - k];
    }
    return used == 0 ? Arrays.copyOf(bytes, zeros) : bytes;
  }

  private static int value(char c, String alphabet) {
    int value = alphabet.indexOf(c);
    if (value < 0) {
      throw badCharacter(c);
    }
    return value;
  }

  private static IllegalArgumentException badCharacter(char c) {
    return new IllegalArgumentException(
        "character '" + Text.printable(String.valueOf(c)) + "' doesn't belong to its base");
  }
}
