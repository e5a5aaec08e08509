package dev.ipfstee.fetcher.registry;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.report.FetchException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Reads the JSON document of a desired set. Strict in what it knows, so that no image is missed:
 * one object, no duplicate keys, nothing behind it. Fields that it doesn't know are passed over,
 * because the operator may be newer. Read as a stream: as a tree the largest set would fill the
 * registry's heap.
 */
final class DesiredDocument {
  /** Uncompressed. */
  private static final int MAX_BYTES = 8 << 20;

  /** More than a ConfigMap can hold of CIDs and digests, which don't compress. */
  static final int MAX_IMAGES = 20_000;

  private static final int MAX_HOLDERS = 16;

  /** Names, values and brackets; an image with all of its holders has 26 of them. */
  private static final int MAX_TOKENS = 30 * MAX_IMAGES;

  private static final int MAX_DEPTH = 16;
  private static final int MAX_CHARACTERS = 4096;
  private static final String VERSION = "1";

  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxDocumentLength(MAX_BYTES)
                  .maxTokenCount(MAX_TOKENS)
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNameLength(MAX_CHARACTERS)
                  .maxStringLength(MAX_CHARACTERS)
                  .build())
          .build();

  private final JsonParser parser;
  private final Map<String, Set<InetAddress>> images = new HashMap<>();
  private final Map<InetAddress, InetAddress> addresses = new HashMap<>();

  private DesiredDocument(JsonParser parser) {
    this.parser = parser;
  }

  /**
   * Reads one to its end.
   *
   * @throws IOException for anything else than a set of version {@value #VERSION} within the
   *     bounds; the message says why
   */
  static DesiredSet read(InputStream json) throws IOException {
    try (JsonParser parser = FACTORY.createParser(json)) {
      return new DesiredDocument(parser).read();
    }
  }

  private DesiredSet read() throws IOException {
    parser.nextToken();
    expect(JsonToken.START_OBJECT, "a JSON object");
    String version = "";
    Boolean complete = null;
    boolean hasImages = false;
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      switch (name) {
        case "version" -> {
          expect(JsonToken.VALUE_NUMBER_INT, "'version' to be a number");
          version = parser.getText();
          if (!version.equals(VERSION)) {
            throw new IOException("expected version " + VERSION + ", found " + version);
          }
        }
        case "complete" -> complete = bool();
        case "images" -> {
          hasImages = true;
          images();
        }
        default -> parser.skipChildren();
      }
    }
    if (parser.nextToken() != null) {
      throw new IOException("expected nothing after the JSON object");
    }
    if (version.isEmpty() || complete == null || !hasImages) {
      throw new IOException("expected 'version', 'complete' and 'images', found not all of them");
    }
    return new DesiredSet(complete, images);
  }

  private boolean bool() throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_TRUE
        && parser.currentToken() != JsonToken.VALUE_FALSE) {
      throw new IOException("expected 'complete' to be true or false");
    }
    return parser.currentToken() == JsonToken.VALUE_TRUE;
  }

  private void images() throws IOException {
    expect(JsonToken.START_ARRAY, "'images' to be a list");
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      expect(JsonToken.START_OBJECT, "an image to be an object");
      image();
    }
  }

  private void image() throws IOException {
    String cid = null;
    Set<InetAddress> holders = Set.of();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      switch (name) {
        case "cid" -> cid = cid();
        case "holders" -> holders = holders();
        default -> parser.skipChildren();
      }
    }
    if (cid == null) {
      throw new IOException("expected each image to have a 'cid'");
    }
    // Two objects of the cluster may be the same image.
    Set<InetAddress> others = images.putIfAbsent(cid, holders);
    if (others != null) {
      Set<InetAddress> all = new HashSet<>(others);
      all.addAll(holders);
      images.put(cid, Set.copyOf(all));
    } else if (images.size() > MAX_IMAGES) {
      throw new IOException("expected at most " + MAX_IMAGES + " images, found more");
    }
  }

  private String cid() throws IOException {
    expect(JsonToken.VALUE_STRING, "a 'cid' to be a string");
    try {
      return Cid.parse(parser.getText()).toString();
    } catch (FetchException malformed) {
      throw new IOException(malformed.getMessage(), malformed);
    }
  }

  private Set<InetAddress> holders() throws IOException {
    expect(JsonToken.START_ARRAY, "'holders' to be a list");
    Set<InetAddress> holders = new HashSet<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      expect(JsonToken.VALUE_STRING, "a holder to be a string");
      InetAddress address =
          IpAddress.parse(parser.getText())
              .orElseThrow(() -> new IOException("expected a holder to be an IP address"));
      // Few nodes have many images.
      holders.add(addresses.computeIfAbsent(address, first -> first));
      if (holders.size() > MAX_HOLDERS) {
        throw new IOException("expected at most " + MAX_HOLDERS + " holders of an image");
      }
    }
    return Set.copyOf(holders);
  }

  private void expect(JsonToken token, String what) throws IOException {
    if (parser.currentToken() != token) {
      throw new IOException("expected " + what);
    }
  }
}
