package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.store.JsonTree;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What a request is answered with. For HEAD the same answer is sent without its body.
 *
 * @param status HTTP status
 * @param headers by name; Content-Length is the body's
 * @param body what follows
 */
record Answer(int status, Map<String, String> headers, Body body) {

  /** What follows the headers. */
  sealed interface Body {
    /** In bytes. */
    long length();
  }

  /** Bytes from memory. */
  record Bytes(byte[] content) implements Body {
    @Override
    public long length() {
      return content.length;
    }
  }

  /** A part of a file, which goes from the page cache to the socket. */
  record FilePart(Path file, long offset, long length) implements Body {}

  /**
   * A part of a blob that is still being pulled; its last byte leaves when all is verified.
   *
   * @param landed the blob's file, once it is
   */
  record InFlight(Flight flight, Path landed, long offset, long length) implements Body {}

  /** Known only when others were asked; that waits on a thread of its own. */
  record Waiting(Supplier<Answer> answer) implements Body {
    @Override
    public long length() {
      return 0;
    }
  }

  static Answer json(int status, Object tree) {
    return bytes(status, "application/json", JsonTree.bytes(tree));
  }

  static Answer text(int status, String text) {
    return bytes(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  static Answer bytes(int status, String contentType, byte[] content) {
    return new Answer(status, Map.of("Content-Type", contentType), new Bytes(content));
  }

  static Answer notModified(String etag) {
    return new Answer(304, Map.of("ETag", etag), new Bytes(new byte[0]));
  }

  /** An error body of the distribution specification. */
  static Answer error(ErrorCode code, String message) {
    Map<String, Object> error = new LinkedHashMap<>();
    error.put("code", code.label());
    error.put("message", message);
    return json(code.status(), Map.of("errors", List.of(error)));
  }

  Answer with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new Answer(status, more, body);
  }
}
