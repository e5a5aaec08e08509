package dev.ipfstee.fetcher.registry;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** Sends bytes that no HTTP client would send. */
final class RawHttp {
  private RawHttp() {}

  /** Sends a request and reads until the headers and a short body have come. */
  static String exchange(ListenAddress address, String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), address.port())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      StringBuilder answer = new StringBuilder();
      byte[] buffer = new byte[8192];
      int read;
      while (!isComplete(answer.toString()) && (read = socket.getInputStream().read(buffer)) >= 0) {
        answer.append(new String(buffer, 0, read, StandardCharsets.ISO_8859_1));
      }
      return answer.toString();
    }
  }

  private static boolean isComplete(String answer) {
    int end = answer.indexOf("\r\n\r\n");
    var length = Pattern.compile("(?i)\r\ncontent-length: (\\d+)\r\n").matcher(answer);
    return end >= 0
        && length.find()
        && answer.length() >= end + 4 + Integer.parseInt(length.group(1));
  }
}
