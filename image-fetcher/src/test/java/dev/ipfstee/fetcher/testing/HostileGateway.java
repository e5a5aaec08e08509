package dev.ipfstee.fetcher.testing;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.ipfs.TestDag;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A trustless gateway on a loopback port that serves a {@link TestDag}, honestly until told
 * otherwise. It speaks HTTP itself, because a server library would not send broken responses.
 */
public final class HostileGateway implements AutoCloseable {

  /** A request as it came; header names in lower case. */
  public record Request(String path, Map<String, String> query, Map<String, String> headers) {
    public String format() {
      return query.getOrDefault("format", "");
    }

    public Cid cid() {
      return Cid.parse(path.split("/")[2]);
    }
  }

  /** Answers a request instead of the honest gateway; false leaves it to that. */
  public interface Behaviour {
    boolean answer(Request request, Answer answer) throws IOException;
  }

  private final TestDag dag;
  private final String scheme;
  private final ServerSocket server;
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final List<Behaviour> behaviours = new CopyOnWriteArrayList<>();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final CountDownLatch closed = new CountDownLatch(1);

  /** Starts on a free port of 127.0.0.1. */
  public HostileGateway(TestDag dag) {
    this(dag, "http", ServerSocketFactory.getDefault());
  }

  /** Starts with TLS and the key in this store. */
  public HostileGateway(TestDag dag, Path keyStore, String password) {
    this(dag, "https", tls(keyStore, password));
  }

  private HostileGateway(TestDag dag, String scheme, ServerSocketFactory sockets) {
    this.dag = dag;
    this.scheme = scheme;
    try {
      server = sockets.createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    Thread.startVirtualThread(this::accept);
  }

  private static ServerSocketFactory tls(Path keyStore, String password) {
    try {
      KeyStore store = KeyStore.getInstance(keyStore.toFile(), password.toCharArray());
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, password.toCharArray());
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context.getServerSocketFactory();
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The base URL. */
  public URI url() {
    return URI.create(scheme + "://127.0.0.1:" + server.getLocalPort());
  }

  /** {@code host:port}, as reports name it. */
  public String host() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  /** All requests so far. */
  public List<Request> requests() {
    return requests;
  }

  /** How many requests for this format came. */
  public long requests(String format) {
    return requests.stream().filter(request -> request.format().equals(format)).count();
  }

  /** Adds a behaviour; the first that answers wins. */
  public HostileGateway behave(Behaviour behaviour) {
    behaviours.add(behaviour);
    return this;
  }

  /** Answers this format always with a status. */
  public HostileGateway status(String format, int status, String... headers) {
    return behave(
        (request, answer) -> {
          if (!request.format().equals(format)) {
            return false;
          }
          answer.head(status, "text/plain", 5, headers);
          answer.write("error".getBytes(StandardCharsets.US_ASCII));
          return true;
        });
  }

  /** Sends another byte in this block, in CARs and raw. */
  public HostileGateway corrupt(Cid block) {
    return behave(
        (request, answer) -> {
          if (request.format().equals("raw") && request.cid().equals(block)) {
            byte[] bytes = flipped(dag.get(block).bytes());
            answer.head(200, "application/vnd.ipld.raw", bytes.length);
            answer.write(bytes);
            return true;
          }
          return car(
              request,
              answer,
              (at, b) -> {
                boolean wrong = b.cid().equals(block);
                answer.write(
                    TestDag.section(
                        wrong
                            ? new TestDag.Block(
                                b.cid(), flipped(b.bytes()), b.children(), b.size(), b.v0())
                            : b));
                return true;
              });
        });
  }

  /** Breaks the connection in CARs after some blocks and some bytes of the next one. */
  public HostileGateway breakCar(int blocks, int bytes) {
    return behave(
        (request, answer) ->
            car(
                request,
                answer,
                (at, block) -> {
                  if (at < blocks) {
                    answer.write(TestDag.section(block));
                    return true;
                  }
                  answer.write(Arrays.copyOf(TestDag.section(block), bytes));
                  answer.breakOff();
                  return false;
                }));
  }

  /**
   * Stops sending CARs after some blocks, cleanly or with last words, without a broken connection.
   */
  public HostileGateway endCar(int blocks, String lastWords) {
    return behave(
        (request, answer) ->
            car(
                request,
                answer,
                (at, block) -> {
                  if (at < blocks) {
                    answer.write(TestDag.section(block));
                    return true;
                  }
                  answer.write(lastWords.getBytes(StandardCharsets.US_ASCII));
                  return false;
                }));
  }

  /** Sends some blocks of a CAR and then nothing, with the connection open. */
  public HostileGateway stallCar(int blocks) {
    return behave(
        (request, answer) ->
            car(
                request,
                answer,
                (at, block) -> {
                  if (at == blocks) {
                    answer.flush();
                    await();
                  }
                  answer.write(TestDag.section(block));
                  return true;
                }));
  }

  /** Answers nothing at all to this format, with the connection open. */
  public HostileGateway hang(String format) {
    return behave(
        (request, answer) -> {
          if (request.format().equals(format)) {
            await();
          }
          return false;
        });
  }

  /** Sends CARs in reverse order. */
  public HostileGateway unordered() {
    return behave(
        (request, answer) -> {
          if (!request.format().equals("car")) {
            return false;
          }
          List<TestDag.Block> blocks = new ArrayList<>(blocks(request));
          Collections.reverse(blocks);
          answer.head(200, "application/vnd.ipld.car; version=1; order=unk; dups=y", -1);
          answer.write(TestDag.car(blocks));
          return true;
        });
  }

  /** Sends all of a file as a CAR, whatever part of it is asked for. */
  public HostileGateway withoutRanges() {
    return behave(
        (request, answer) -> {
          Map<String, String> query = new HashMap<>(request.query());
          if (query.remove("entity-bytes") != null) {
            honest(new Request(request.path(), query, request.headers()), answer);
            return true;
          }
          return false;
        });
  }

  /** Sends each block only once in a CAR. */
  public HostileGateway withoutDuplicates() {
    return behave(
        (request, answer) -> {
          if (!request.format().equals("car")) {
            return false;
          }
          answer.head(200, "application/vnd.ipld.car; version=1; order=dfs; dups=n", -1);
          answer.write(TestDag.car(blocks(request).stream().distinct().toList()));
          return true;
        });
  }

  /** Sends these bytes as every CAR. */
  public HostileGateway sendAsCar(byte[] bytes) {
    return behave(
        (request, answer) -> {
          if (!request.format().equals("car")) {
            return false;
          }
          answer.head(200, "application/vnd.ipld.car; version=1", -1);
          answer.write(bytes);
          return true;
        });
  }

  /** Serves a file's plain bytes, from the byte that a range asks for. */
  public HostileGateway plain(Cid file, byte[] content) {
    return plain(file, content, content.length);
  }

  /** As above, but every response breaks after so many bytes. */
  public HostileGateway plain(Cid file, byte[] content, int bytes) {
    return behave(
        (request, answer) -> {
          if (!request.format().isEmpty() || !request.cid().equals(file)) {
            return false;
          }
          String range = request.headers().getOrDefault("range", "");
          String[] ends = range.isEmpty() ? new String[] {"0"} : range.substring(6).split("-");
          int from = Integer.parseInt(ends[0]);
          int to = ends.length > 1 ? Integer.parseInt(ends[1]) + 1 : content.length;
          byte[] rest = Arrays.copyOfRange(content, from, to);
          String last = (to - 1) + "/" + content.length;
          if (range.isEmpty()) {
            answer.head(200, "application/octet-stream", rest.length);
          } else {
            answer.head(
                206,
                "application/octet-stream",
                rest.length,
                "Content-Range: bytes " + from + "-" + last);
          }
          if (rest.length > bytes) {
            answer.write(Arrays.copyOf(rest, bytes));
            answer.breakOff();
          } else {
            answer.write(rest);
          }
          return true;
        });
  }

  private interface EachBlock {
    /** Sends a block; false ends the CAR. */
    boolean send(int at, TestDag.Block block) throws IOException;
  }

  private boolean car(Request request, Answer answer, EachBlock each) throws IOException {
    if (!request.format().equals("car")) {
      return false;
    }
    answer.head(200, "application/vnd.ipld.car; version=1; order=dfs; dups=y", -1);
    answer.write(TestDag.carHeader());
    int at = 0;
    for (TestDag.Block block : blocks(request)) {
      if (!each.send(at++, block)) {
        break;
      }
    }
    return true;
  }

  private List<TestDag.Block> blocks(Request request) {
    TestDag.Block root = dag.get(request.cid());
    if (root == null) {
      return List.of();
    }
    if (request.query().getOrDefault("dag-scope", "all").equals("block")) {
      return List.of(root);
    }
    String range = request.query().getOrDefault("entity-bytes", "0:*");
    long from = Long.parseLong(range.substring(0, range.indexOf(':')));
    String last = range.substring(range.indexOf(':') + 1);
    return dag.entity(
        request.cid(), from, last.equals("*") ? Long.MAX_VALUE : Long.parseLong(last) + 1);
  }

  private static byte[] flipped(byte[] bytes) {
    byte[] wrong = bytes.clone();
    wrong[wrong.length / 2] ^= 1;
    return wrong;
  }

  private void await() {
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        sockets.add(socket);
        Thread.startVirtualThread(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = socket.getInputStream();
      for (String line = line(in); line != null; line = line(in)) {
        Request request = request(line, in);
        requests.add(request);
        Answer answer = new Answer(socket);
        boolean answered = false;
        for (Behaviour behaviour : behaviours) {
          answered = answered || behaviour.answer(request, answer);
        }
        if (!answered) {
          honest(request, answer);
        }
        answer.finish();
      }
    } catch (IOException e) {
      // The client went away, or the answer broke off.
    } finally {
      sockets.remove(socket);
    }
  }

  private void honest(Request request, Answer answer) throws IOException {
    TestDag.Block block = dag.get(request.cid());
    if (request.format().equals("car")) {
      car(
          request,
          answer,
          (at, b) -> {
            answer.write(TestDag.section(b));
            return true;
          });
    } else if (block == null) {
      answer.head(404, "text/plain", 0);
    } else {
      answer.head(200, "application/vnd.ipld.raw", block.bytes().length);
      answer.write(block.bytes());
    }
  }

  private static Request request(String line, InputStream in) throws IOException {
    Map<String, String> headers = new HashMap<>();
    for (String header = line(in); header != null && !header.isEmpty(); header = line(in)) {
      int colon = header.indexOf(':');
      headers.put(
          header.substring(0, colon).toLowerCase(Locale.ROOT), header.substring(colon + 1).strip());
    }
    URI target = URI.create(line.split(" ")[1]);
    Map<String, String> query = new HashMap<>();
    for (String pair :
        target.getRawQuery() == null ? new String[0] : target.getRawQuery().split("&")) {
      query.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
    }
    return new Request(target.getPath(), query, headers);
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0; c = in.read()) {
      if (c == '\n') {
        return line.toString().strip();
      }
      line.append((char) c);
    }
    return null;
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      server.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A response; without a length its body is chunked. */
  public static final class Answer {
    private final Socket socket;
    private final OutputStream out;
    private boolean chunked;
    private boolean headSent;

    private Answer(Socket socket) throws IOException {
      this.socket = socket;
      this.out = new BufferedOutputStream(socket.getOutputStream(), 64 << 10);
    }

    /**
     * Sends the head.
     *
     * @param length of the body, or -1
     * @param headers whole lines
     */
    public void head(int status, String type, long length, String... headers) throws IOException {
      StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " X\r\n");
      head.append("Content-Type: ").append(type).append("\r\n");
      chunked = length < 0;
      head.append(chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + length);
      head.append("\r\n");
      for (String header : headers) {
        head.append(header).append("\r\n");
      }
      out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
      headSent = true;
    }

    public void write(byte[] bytes) throws IOException {
      if (chunked && bytes.length > 0) {
        out.write((Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.write(bytes);
        out.write('\r');
        out.write('\n');
      } else {
        out.write(bytes);
      }
    }

    public void flush() throws IOException {
      out.flush();
    }

    /** Sends nothing more until the client gives up. */
    public void awaitEnd() throws IOException {
      if (socket.getInputStream().read() >= 0) {
        throw new IOException("another request came");
      }
    }

    /** Closes the connection with what was written. */
    public void breakOff() throws IOException {
      out.flush();
      socket.close();
    }

    private void finish() throws IOException {
      if (!headSent) {
        throw new IOException("a behaviour answered nothing");
      }
      if (chunked) {
        out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      }
      out.flush();
    }
  }
}
