package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.testing.HostileGateway;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A DAG, gateways that serve it, and what reads from them. */
final class GatewayBed implements AutoCloseable {
  final TestDag dag = new TestDag();
  private final List<HostileGateway> gateways = new ArrayList<>();
  private final List<IpfsContent> contents = new ArrayList<>();

  HostileGateway gateway() {
    return gateway(dag);
  }

  /** One that serves another DAG. */
  HostileGateway gateway(TestDag other) {
    HostileGateway gateway = new HostileGateway(other);
    gateways.add(gateway);
    return gateway;
  }

  /** What a client needs to reach these gateways, in this order. */
  static GatewayOptions.Builder options(HostileGateway... gateways) {
    return GatewayOptions.builder()
        .gateways(Arrays.stream(gateways).map(HostileGateway::url).toList())
        .allowHttp(true)
        .allowPrivateAddresses(true);
  }

  IpfsContent open(GatewayOptions.Builder options) {
    IpfsContent content = GatewayContent.open(options.build());
    contents.add(content);
    return content;
  }

  static byte[] read(IpfsContent content, Cid cid) {
    ByteArrayOutputStream sink = new ByteArrayOutputStream();
    content.read(cid, Long.MAX_VALUE, sink);
    return sink.toByteArray();
  }

  static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Override
  public void close() {
    contents.forEach(IpfsContent::close);
    gateways.forEach(HostileGateway::close);
  }
}
