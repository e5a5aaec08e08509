package dev.ipfstee.operator.ipfsimage;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ipfstee.api.v1alpha1.ImageProgress;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Asks the management port of each registry for its inventory. All is bounded: the time of a poll,
 * the bytes of an answer, the connections at a time. An unchanged inventory costs an empty answer.
 */
final class HttpNodeInventory implements NodeInventory, AutoCloseable {
  /** Polls in vain until a node counts as unreachable: a registry that restarts is no news. */
  static final int PATIENCE = 3;

  private static final int MAX_BYTES = 4 << 20;
  private static final int MAX_AT_A_TIME = 64;
  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final Duration POLL = Duration.ofSeconds(10);
  private static final int VERSION = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Clock clock;
  private final Map<String, Entry> nodes = new ConcurrentHashMap<>();
  private final ProgressBoard progress = new ProgressBoard();
  private final Semaphore slots = new Semaphore(MAX_AT_A_TIME);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .proxy(HttpClient.Builder.NO_PROXY)
          .build();

  /** A registry to ask. */
  record Target(String node, URI uri) {}

  /**
   * What a poll has changed.
   *
   * @param nodes whether a node came to be known, reachable or unreachable, or left
   * @param digests of images that a node has got or lost
   * @param sources of content whose fetch has come further
   */
  record Changes(boolean nodes, Set<String> digests, Set<String> sources) {}

  private record Entry(URI uri, String etag, int failures, View view, List<Fetch> fetches) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Document(int version, List<Image> images, List<Fetch> fetches) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Fetch(String source, Long bytes, Long total) {
    boolean complete() {
      return source != null && bytes != null && bytes >= 0;
    }

    ImageProgress progress() {
      return new ImageProgress(bytes, total == null || total <= 0 ? null : total);
    }
  }

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Image(String cid, String digest, List<String> platforms) {
    boolean complete() {
      return cid != null && digest != null && platforms != null;
    }
  }

  HttpNodeInventory(Clock clock) {
    this.clock = clock;
  }

  @Override
  public Optional<View> of(String node) {
    return Optional.ofNullable(nodes.get(node)).map(Entry::view);
  }

  @Override
  public Map<String, ImageProgress> progress(String source) {
    return progress.of(source);
  }

  /** Asks all of these once and forgets all others. Not to be called by two threads at a time. */
  Changes poll(List<Target> targets) throws InterruptedException {
    Set<String> wanted = targets.stream().map(Target::node).collect(Collectors.toSet());
    boolean left = nodes.keySet().retainAll(wanted);
    List<Callable<Entry>> questions = new ArrayList<>();
    targets.forEach(target -> questions.add(() -> ask(target)));
    List<Future<Entry>> answers =
        threads.invokeAll(questions, POLL.toMillis(), TimeUnit.MILLISECONDS);
    Set<String> digests = new HashSet<>();
    boolean moved = left;
    for (int i = 0; i < targets.size(); i++) {
      String node = targets.get(i).node();
      Entry before = nodes.get(node);
      Entry after = answer(targets.get(i), before, answers.get(i));
      nodes.put(node, after);
      moved |= compare(before == null ? null : before.view(), after.view(), digests);
    }
    return new Changes(moved, digests, progress.show(fetches(), clock.instant()));
  }

  private List<ProgressBoard.Fetch> fetches() {
    List<ProgressBoard.Fetch> all = new ArrayList<>();
    nodes.forEach(
        (node, entry) ->
            entry.fetches().stream()
                .filter(Fetch::complete)
                .map(fetch -> new ProgressBoard.Fetch(node, fetch.source(), fetch.progress()))
                .forEach(all::add));
    return all;
  }

  /** Adds the digests that differ; whether the node itself has changed its state. */
  private static boolean compare(View before, View after, Set<String> digests) {
    if (before instanceof Holding old && after instanceof Holding now) {
      difference(old.images(), now.images(), digests);
      difference(now.images(), old.images(), digests);
      return false;
    }
    return before == null
        ? after != null
        : after == null || !before.getClass().equals(after.getClass());
  }

  private static void difference(Set<HeldImage> one, Set<HeldImage> other, Set<String> digests) {
    one.stream()
        .filter(image -> !other.contains(image))
        .map(HeldImage::digest)
        .forEach(digests::add);
  }

  private static Entry answer(Target target, Entry before, Future<Entry> answer)
      throws InterruptedException {
    try {
      return answer.isCancelled() ? failed(target, before, "no answer in time") : answer.get();
    } catch (ExecutionException e) {
      return failed(target, before, String.valueOf(e.getCause().getMessage()));
    }
  }

  private static Entry failed(Target target, Entry before, String cause) {
    int failures = before == null ? 1 : before.failures() + 1;
    View view = before == null ? null : before.view();
    if (failures >= PATIENCE && !(view instanceof Unreachable)) {
      view = new Unreachable("GET " + target.uri() + ": " + cause);
    }
    List<Fetch> fetches =
        before == null || view instanceof Unreachable ? List.of() : before.fetches();
    return new Entry(target.uri(), null, failures, view, fetches);
  }

  private Entry ask(Target target) throws IOException, InterruptedException {
    Entry before = nodes.get(target.node());
    boolean same = before != null && before.uri().equals(target.uri());
    slots.acquire();
    try {
      HttpRequest.Builder request = HttpRequest.newBuilder(target.uri()).timeout(POLL);
      if (same && before.etag() != null) {
        request.header("If-None-Match", before.etag());
      }
      HttpResponse<InputStream> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        return switch (response.statusCode()) {
          case HttpURLConnection.HTTP_NOT_MODIFIED ->
              new Entry(
                  target.uri(),
                  Objects.requireNonNull(before).etag(),
                  0,
                  before.view(),
                  before.fetches());
          case HttpURLConnection.HTTP_OK ->
              answered(
                  target,
                  response.headers().firstValue("ETag").orElse(null),
                  read(body.readNBytes(MAX_BYTES + 1)));
          default -> throw new IOException("status " + response.statusCode());
        };
      }
    } finally {
      slots.release();
    }
  }

  private static Entry answered(Target target, String etag, Document document) {
    View view =
        new Holding(
            document.images().stream()
                .filter(Image::complete)
                .map(i -> new HeldImage(i.cid(), i.digest(), Set.copyOf(i.platforms())))
                .collect(Collectors.toSet()));
    List<Fetch> fetches = document.fetches() == null ? List.of() : document.fetches();
    return new Entry(target.uri(), etag, 0, view, fetches);
  }

  private static Document read(byte[] body) throws IOException {
    if (body.length > MAX_BYTES) {
      throw new IOException("the inventory is larger than " + MAX_BYTES + " bytes");
    }
    Document document = JSON.readValue(body, Document.class);
    if (document == null || document.version() != VERSION || document.images() == null) {
      throw new IOException("no inventory of version " + VERSION);
    }
    return document;
  }

  @Override
  public void close() {
    threads.shutdownNow();
    http.shutdownNow();
  }
}
