package dev.ipfstee.fetcher.testing;

import dev.ipfstee.fetcher.ipfs.TestDag;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** A delegated router on a loopback port that names the same providers for whatever is asked. */
public final class FakeRouter implements AutoCloseable {
  private final HostileGateway server;

  private FakeRouter(HostileGateway server) {
    this.server = server;
  }

  /** One that answers always this. */
  public static FakeRouter answering(int status, String type, String body, String... headers) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return new FakeRouter(
        new HostileGateway(new TestDag())
            .behave(
                (request, answer) -> {
                  answer.head(status, type, bytes.length, headers);
                  answer.write(bytes);
                  return true;
                }));
  }

  /** One that never answers. */
  public static FakeRouter silent() {
    return new FakeRouter(
        new HostileGateway(new TestDag())
            .behave(
                (request, answer) -> {
                  answer.awaitEnd();
                  return true;
                }));
  }

  /** One that names these gateways in a JSON document. */
  public static FakeRouter naming(HostileGateway... gateways) {
    return answering(
        200,
        "application/json",
        Arrays.stream(gateways)
            .map(gateway -> record(address(gateway.url())))
            .collect(Collectors.joining(",", "{\"Providers\":[", "]}")));
  }

  /** The multiaddress of an http URL. */
  public static String address(URI url) {
    return "/ip4/" + url.getHost() + "/tcp/" + url.getPort() + "/http";
  }

  /** A record of the schema peer. */
  public static String record(String... addresses) {
    return "{\"Schema\":\"peer\",\"ID\":\"12D3KooWHVXoJnv2ifmr9K6LWwJPXxkfzmqKvUuUEH5B7Wymsp1Y\","
        + "\"Protocols\":[\"transport-ipfs-gateway-http\"],\"Addrs\":"
        + Arrays.stream(addresses).map(a -> '"' + a + '"').toList()
        + "}";
  }

  public URI url() {
    return server.url();
  }

  public String host() {
    return server.host();
  }

  /** All requests so far. */
  public List<HostileGateway.Request> requests() {
    return server.requests();
  }

  @Override
  public void close() {
    server.close();
  }
}
