package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.store.StoreReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/** Answers probes, the monitoring and the operator. Blocking and thread-safe. */
final class ManagementHandler {
  private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StoreReader store;
  private final RegistryContents contents;
  private final Inventory inventory;
  private final RegistryMetrics metrics;
  private final BooleanSupplier draining;

  ManagementHandler(
      StoreReader store,
      RegistryContents contents,
      Inventory inventory,
      RegistryMetrics metrics,
      BooleanSupplier draining) {
    this.store = store;
    this.contents = contents;
    this.inventory = inventory;
    this.metrics = metrics;
    this.draining = draining;
  }

  Answer answer(RegistryRequest request) {
    if (!request.isRead()) {
      return Answer.text(405, "read only\n").with("Allow", "GET, HEAD");
    }
    return switch (request.path()) {
      case "/livez" -> Answer.text(200, "ok\n");
      case "/readyz" -> ready();
      case "/metrics" -> Answer.text(200, metrics.scrape()).with("Content-Type", METRICS_TYPE);
      case "/inventory" -> inventory(request);
      default -> Answer.text(404, "there are /livez, /readyz, /metrics and /inventory\n");
    };
  }

  private Answer ready() {
    if (draining.getAsBoolean()) {
      return Answer.text(503, "shutting down\n");
    }
    Path root = store.layout().root();
    if (!Files.isDirectory(root)) {
      return Answer.text(503, "the store '" + root + "' isn't there (yet)\n");
    }
    if (!Files.isReadable(root) || !Files.isExecutable(root)) {
      return Answer.text(503, "the store '" + root + "' isn't readable by this user\n");
    }
    try {
      contents.listing();
      return Answer.text(200, "ok\n");
    } catch (FetchException unreadable) {
      return Answer.text(503, unreadable.getMessage() + "\n");
    }
  }

  private Answer inventory(RegistryRequest request) {
    try {
      Inventory.Snapshot snapshot = inventory.snapshot();
      if (request.hasCurrent(snapshot.etag())) {
        return Answer.notModified(snapshot.etag());
      }
      return Answer.bytes(200, "application/json", snapshot.body()).with("ETag", snapshot.etag());
    } catch (FetchException unreadable) {
      return Answer.text(503, unreadable.getMessage() + "\n");
    }
  }
}
