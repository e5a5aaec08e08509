package dev.ipfstee.fetcher.fetch;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes tars byte by byte, as they should be and as they shouldn't. */
public final class TarBytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  public TarBytes file(String name, byte[] content) {
    return header(name, '0', octal(content.length), "").data(content);
  }

  public TarBytes file(String name, String content) {
    return file(name, content.getBytes(StandardCharsets.UTF_8));
  }

  /** What can be said in headers to lead a reader astray. */
  public static byte[] tricks() {
    return new TarBytes()
        .pax("size=99999999999999999999", "path=../../a")
        .file("b", "b")
        .pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=1099511627776")
        .file("a", "1\n0\n1099511627776\n")
        .symlink("index.json", "../../../manifest.json")
        .hardlink("manifest.json", "index.json")
        .header("c", '0', new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}, "")
        .toBytes();
  }

  TarBytes directory(String name) {
    return header(name + "/", '5', octal(0), "");
  }

  TarBytes symlink(String name, String target) {
    return header(name, '2', octal(0), target);
  }

  TarBytes hardlink(String name, String target) {
    return header(name, '1', octal(0), target);
  }

  /** Records of a PAX header for the member that follows. */
  TarBytes pax(String... records) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (String record : records) {
      int length = record.length() + 3;
      length += Integer.toString(length).length() - 1;
      body.writeBytes((length + " " + record + "\n").getBytes(StandardCharsets.UTF_8));
    }
    return header("PaxHeaders/x", 'x', octal(body.size()), "").data(body.toByteArray());
  }

  /** A header with any size field of twelve bytes. */
  TarBytes header(String name, char type, byte[] size, String link) {
    byte[] header = new byte[512];
    put(header, 0, name);
    put(header, 100, "0000644\0");
    put(header, 108, "0000000\0");
    put(header, 116, "0000000\0");
    System.arraycopy(size, 0, header, 124, 12);
    put(header, 136, "00000000000\0");
    Arrays.fill(header, 148, 156, (byte) ' ');
    header[156] = (byte) type;
    put(header, 157, link);
    put(header, 257, "ustar\0" + "00");
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    put(header, 148, "%06o\0 ".formatted(sum));
    out.writeBytes(header);
    return this;
  }

  TarBytes data(byte[] content) {
    out.writeBytes(content);
    out.writeBytes(new byte[(512 - content.length % 512) % 512]);
    return this;
  }

  static byte[] octal(long size) {
    return "%011o\0".formatted(size).getBytes(StandardCharsets.US_ASCII);
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(bytes, 0, header, at, Math.min(bytes.length, 100));
  }

  byte[] unfinished() {
    return out.toByteArray();
  }

  public byte[] toBytes() {
    out.writeBytes(new byte[1024]);
    return out.toByteArray();
  }
}
