package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.store.StoreReader;
import dev.ipfstee.fetcher.store.StoreWatch;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Locale;
import java.util.function.IntSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Counters for Prometheus, of low cardinality: no CID, digest or client is ever a label. */
final class RegistryMetrics {
  private static final Pattern KIND =
      Pattern.compile("/v2(?:/?|/.*/(manifests|blobs|tags|referrers)/[^/]*)");

  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  RegistryMetrics() {
    new JvmMemoryMetrics().bindTo(meters);
    new ProcessorMetrics().bindTo(meters);
    for (Pull outcome : Pull.values()) {
      pulls(outcome);
    }
    pulledBytes(0);
    tlsReloads(true);
    tlsReloads(false);
    sweeps("done");
    sweeps("failed");
    sweptImages();
    sweptBytes();
  }

  /** Counts an answer of the registry. */
  void answered(RegistryRequest request, int status, long bytes) {
    meters
        .counter(
            "ipfstee.registry.requests",
            "method",
            method(request.method()),
            "kind",
            kind(request.path()),
            "code",
            Integer.toString(status))
        .increment();
    meters
        .counter("ipfstee.registry.response.bytes", "kind", kind(request.path()))
        .increment((double) bytes);
  }

  /** How a pull from peers ended. */
  enum Pull {
    STORED,
    MISSED,
    BUSY,
    REJECTED,
    FAILED
  }

  /** Counts a pull. */
  void pulled(Pull how) {
    pulls(how).increment();
  }

  private Counter pulls(Pull how) {
    return meters.counter("ipfstee.registry.pulls", "outcome", how.name().toLowerCase(Locale.ROOT));
  }

  /** Counts what peers sent. */
  void pulledBytes(int bytes) {
    meters.counter("ipfstee.registry.pulled.bytes").increment((double) bytes);
  }

  /** Counts a change of the certificate's files. */
  void reloadedTls(boolean usable) {
    tlsReloads(usable).increment();
  }

  private Counter tlsReloads(boolean usable) {
    return meters.counter("ipfstee.registry.tls.reloads", "outcome", usable ? "used" : "refused");
  }

  /**
   * Counts a sweep of the store.
   *
   * @param bytes of blobs that went
   */
  void swept(int images, long bytes) {
    sweeps("done").increment();
    sweptImages().increment(images);
    sweptBytes().increment((double) bytes);
  }

  /** Counts a sweep that came to nothing. */
  void failedSweep() {
    sweeps("failed").increment();
  }

  private Counter sweeps(String outcome) {
    return meters.counter("ipfstee.store.sweeps", "outcome", outcome);
  }

  private Counter sweptImages() {
    return meters.counter("ipfstee.store.swept.images");
  }

  private Counter sweptBytes() {
    return meters.counter("ipfstee.store.swept.bytes");
  }

  /** Counts an answer to a peer. */
  void answeredPeer(RegistryRequest request, int status, long bytes) {
    meters.counter("ipfstee.registry.peer.requests", "code", Integer.toString(status)).increment();
    meters.counter("ipfstee.registry.peer.response.bytes").increment((double) bytes);
  }

  /** Shows what is in the store, and how many connections are open. */
  void observe(StoreReader store, Inventory inventory, IntSupplier connections) {
    Gauge.builder("ipfstee.registry.connections", connections::getAsInt)
        .description("Open connections of container runtimes")
        .register(meters);
    Gauge.builder("ipfstee.store.images", () -> images(inventory))
        .description("Images of which every blob is in the store")
        .register(meters);
    StoreSize size = new StoreSize(store);
    Gauge.builder("ipfstee.store.bytes", size::bytes)
        .description("Size of the verified blobs in the store")
        .baseUnit("bytes")
        .register(meters);
    Gauge.builder("ipfstee.store.volume.usable.bytes", size::usableBytes)
        .description("What the store's volume can still take")
        .register(meters);
    Gauge.builder("ipfstee.store.volume.bytes", size::totalBytes)
        .description("Size of the store's volume")
        .baseUnit("bytes")
        .register(meters);
  }

  /** Shows how long the certificate for TLS is valid. */
  void observe(TlsKey key) {
    Gauge.builder(
            "ipfstee.registry.tls.certificate.expiration.timestamp.seconds",
            () -> key.expires().getEpochSecond())
        .description("When the certificate for TLS expires, in seconds since 1970")
        .register(meters);
  }

  /** Shows what watching over the blobs has come to. */
  void observe(StoreWatch watch) {
    Gauge.builder("ipfstee.store.blobs.damaged", () -> watch.damages().size())
        .description("Blobs in the store that aren't what their digest says, and aren't served")
        .register(meters);
    FunctionCounter.builder("ipfstee.store.scrub.bytes", watch, StoreWatch::bytes)
        .description("Bytes of blobs that were hashed again")
        .register(meters);
    FunctionCounter.builder("ipfstee.store.scrub.passes", watch, StoreWatch::passes)
        .description("How often all blobs were hashed again")
        .register(meters);
  }

  /** Shows what the cluster is known to want. */
  void observe(DesiredWatch desired) {
    Gauge.builder("ipfstee.registry.desired.readable", () -> desired.set().isPresent() ? 1 : 0)
        .description("Whether the desired set can be read")
        .register(meters);
    Gauge.builder("ipfstee.registry.desired.complete", () -> isComplete(desired) ? 1 : 0)
        .description("Whether it can be read and names all images")
        .register(meters);
    Gauge.builder("ipfstee.registry.desired.images", () -> images(desired))
        .description("Images that the desired set names")
        .register(meters);
    Gauge.builder("ipfstee.registry.desired.age.seconds", desired, DesiredWatch::ageSeconds)
        .description("How long the desired set has been the same")
        .register(meters);
  }

  private static boolean isComplete(DesiredWatch desired) {
    return desired.set().filter(DesiredSet::complete).isPresent();
  }

  private static double images(DesiredWatch desired) {
    return desired.set().map(set -> (double) set.images().size()).orElse(Double.NaN);
  }

  /** All of it in Prometheus' text format. */
  String scrape() {
    return meters.scrape();
  }

  private static double images(Inventory inventory) {
    return inventory.snapshot().images();
  }

  private static String method(String method) {
    return method.equals("GET") || method.equals("HEAD") ? method : "other";
  }

  private static String kind(String path) {
    Matcher kind = KIND.matcher(path);
    if (!kind.matches()) {
      return "other";
    }
    return kind.group(1) == null ? "base" : kind.group(1);
  }
}
