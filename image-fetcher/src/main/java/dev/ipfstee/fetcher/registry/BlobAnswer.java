package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.oci.Digest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The answer to a request for a blob that is there, in whatever form: all of it, a part, or none.
 */
final class BlobAnswer {
  static final String DIGEST_HEADER = "Docker-Content-Digest";

  private BlobAnswer() {}

  /** Where bytes of the blob are. */
  interface Part {
    Answer.Body of(long offset, long length);
  }

  static String etag(Digest digest) {
    return "\"" + digest + "\"";
  }

  /**
   * @param size of the blob in bytes
   * @param part its bytes
   */
  static Answer of(RegistryRequest request, Digest digest, long size, Part part) {
    String etag = etag(digest);
    if (request.hasCurrent(etag)) {
      return Answer.notModified(etag).with(DIGEST_HEADER, digest.toString());
    }
    String ifRange = request.header("if-range");
    String header = ifRange == null || ifRange.equals(etag) ? request.header("range") : null;
    Optional<ByteRange> range;
    try {
      range = ByteRange.parse(header, size);
    } catch (RegistryException outside) {
      return Answer.error(outside.code(), outside.getMessage())
          .with("Content-Range", "bytes */" + size);
    }
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", "application/octet-stream");
    headers.put("Accept-Ranges", "bytes");
    headers.put("ETag", etag);
    headers.put(DIGEST_HEADER, digest.toString());
    range.ifPresent(bytes -> headers.put("Content-Range", bytes.contentRange(size)));
    return new Answer(
        range.isPresent() ? 206 : 200,
        headers,
        part.of(
            range.map(ByteRange::offset).orElse(0L), range.map(ByteRange::length).orElse(size)));
  }
}
