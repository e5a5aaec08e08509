package dev.ipfstee.operator.ipfsimage;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

/**
 * The desired set as the nodes read it: JSON, gzipped without a time, so that the same set is the
 * same bytes. It keeps within what a ConfigMap holds and what the nodes are willing to read. Pure.
 *
 * @param base64 the bytes, as a ConfigMap holds them
 * @param bytes their number
 * @param images that are named
 * @param omitted images that found no room; the nodes are told that some are missing
 */
record DesiredSetFile(String base64, int bytes, int images, int omitted) {
  /** A ConfigMap takes 1 MiB in all; what is left is for its other fields. */
  static final int MAX_BYTES = 1_000_000;

  /** What the nodes read: more of it than fits as a rule, but addresses and zeros pack well. */
  static final int MAX_IMAGES = 20_000;

  static final int MAX_PLAIN_BYTES = 8 << 20;

  private static final int VERSION = 1;
  private static final JsonFactory JSON = new JsonFactory();

  static DesiredSetFile of(DesiredSet set) {
    return of(set, MAX_BYTES);
  }

  /** All of them, or else as many of the first ones as fit. */
  static DesiredSetFile of(DesiredSet set, int maxBytes) {
    List<DesiredSet.Entry> images = set.images();
    if (images.size() <= MAX_IMAGES) {
      Optional<byte[]> whole = write(images, true, maxBytes);
      if (whole.isPresent()) {
        return file(whole.get(), images.size(), 0);
      }
    }
    int fits = 0;
    int tooMany = Math.min(images.size(), MAX_IMAGES) + 1;
    byte[] best = write(List.of(), false, Integer.MAX_VALUE).orElseThrow();
    while (tooMany - fits > 1) {
      int middle = (fits + tooMany) / 2;
      Optional<byte[]> some = write(images.subList(0, middle), false, maxBytes);
      if (some.isPresent()) {
        fits = middle;
        best = some.get();
      } else {
        tooMany = middle;
      }
    }
    return file(best, fits, images.size() - fits);
  }

  private static DesiredSetFile file(byte[] bytes, int images, int omitted) {
    return new DesiredSetFile(
        Base64.getEncoder().encodeToString(bytes), bytes.length, images, omitted);
  }

  /** Empty when it becomes too long. */
  private static Optional<byte[]> write(
      List<DesiredSet.Entry> images, boolean complete, int maxBytes) {
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(plain)) {
      json.writeStartObject();
      json.writeNumberField("version", VERSION);
      json.writeBooleanField("complete", complete);
      json.writeArrayFieldStart("images");
      for (DesiredSet.Entry image : images) {
        write(image, json);
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (plain.size() > MAX_PLAIN_BYTES) {
      return Optional.empty();
    }
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      plain.writeTo(gzip);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Optional.of(bytes.toByteArray()).filter(all -> all.length <= maxBytes);
  }

  private static void write(DesiredSet.Entry image, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("cid", image.cid());
    if (image.digest().isPresent()) {
      json.writeStringField("digest", image.digest().get());
    }
    json.writeArrayFieldStart("holders");
    for (String holder : image.holders()) {
      json.writeString(holder);
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}
