package dev.ipfstee.fetcher.ipfs;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A few small blocks in one input: each behind a byte with its length. */
final class Blocks {
  private Blocks() {}

  static byte[] join(List<byte[]> blocks) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] block : blocks) {
      if (block.length > 255) {
        throw new IllegalArgumentException("a block of " + block.length + " bytes is no seed");
      }
      joined.write(block.length);
      joined.writeBytes(block);
    }
    return joined.toByteArray();
  }

  static List<byte[]> split(byte[] input) {
    List<byte[]> blocks = new ArrayList<>();
    for (int at = 0; at < input.length; ) {
      int end = Math.min(input.length, at + 1 + (input[at] & 0xff));
      blocks.add(Arrays.copyOfRange(input, at + 1, end));
      at = end;
    }
    return blocks;
  }
}
