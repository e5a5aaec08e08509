package dev.ipfstee.fetcher.ipfs;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads who has something from the answer of a router: {@code {"Providers": [RECORD, …]}}, or one
 * record after the other. Whoever announces content writes the records, so nothing in them is
 * believed: they only name hosts that may be asked, under the rules for all.
 *
 * @see <a href="https://specs.ipfs.tech/routing/http-routing-v1/#known-schemas">Delegated Routing
 *     V1, schemas</a>
 */
final class ProviderRecords {
  /** As many as a router streams at most. */
  private static final int MAX_RECORDS = 1000;

  private static final int MAX_ADDRESSES = 32;
  private static final Set<String> SCHEMAS = Set.of("peer", "unknown");

  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(16)
                  .maxStringLength(64 << 10)
                  .maxNumberLength(64)
                  .build())
          .build();

  private final Set<URI> found = new LinkedHashSet<>();
  private final boolean http;
  private int records;

  private ProviderRecords(boolean http) {
    this.http = http;
  }

  /**
   * The providers that speak HTTP, in the order of the answer.
   *
   * @param http whether {@code http://} will do
   * @throws IOException if this is no JSON, or nested or long beyond reason, before the first
   *     provider; what comes behind one is let be
   */
  static List<URI> read(byte[] answer, boolean http) throws IOException {
    ProviderRecords records = new ProviderRecords(http);
    try (JsonParser parser = FACTORY.createParser(answer)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token != JsonToken.START_OBJECT) {
          throw new IOException("something else than a record");
        }
        records.readObject(parser, true);
      }
    } catch (IOException e) {
      if (records.found.isEmpty()) {
        throw e;
      }
    }
    return List.copyOf(records.found);
  }

  private void readObject(JsonParser parser, boolean top) throws IOException {
    String schema = "";
    List<String> addresses = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      if (value == null) {
        throw new IOException("a record without an end");
      }
      if (name.equals("Schema") && value == JsonToken.VALUE_STRING) {
        schema = parser.getText();
      } else if (name.equals("Addrs") && value == JsonToken.START_ARRAY) {
        readAddresses(parser, addresses);
      } else if (top && name.equals("Providers") && value == JsonToken.START_ARRAY) {
        readList(parser);
      } else {
        parser.skipChildren();
      }
    }
    if (SCHEMAS.contains(schema) && records++ < MAX_RECORDS) {
      for (String address : addresses) {
        Multiaddress.toGateway(address, http).ifPresent(found::add);
      }
    }
  }

  private void readList(JsonParser parser) throws IOException {
    for (JsonToken token = next(parser); token != JsonToken.END_ARRAY; token = next(parser)) {
      if (token == JsonToken.START_OBJECT) {
        readObject(parser, false);
      } else {
        parser.skipChildren();
      }
    }
  }

  private static void readAddresses(JsonParser parser, List<String> addresses) throws IOException {
    for (JsonToken token = next(parser); token != JsonToken.END_ARRAY; token = next(parser)) {
      if (token == JsonToken.VALUE_STRING && addresses.size() < MAX_ADDRESSES) {
        addresses.add(parser.getText());
      } else {
        parser.skipChildren();
      }
    }
  }

  private static JsonToken next(JsonParser parser) throws IOException {
    return Optional.ofNullable(parser.nextToken())
        .orElseThrow(() -> new IOException("a list without an end"));
  }
}
