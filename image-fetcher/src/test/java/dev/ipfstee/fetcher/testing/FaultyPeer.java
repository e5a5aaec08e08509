package dev.ipfstee.fetcher.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Stands before a real registry and does to the bodies of its answers what no real registry would.
 */
public final class FaultyPeer implements AutoCloseable {
  /** What becomes of a body. */
  public interface Fault {
    /**
     * Sends a body, or not.
     *
     * @param request method and path
     */
    void send(String request, byte[] body, OutputStream out) throws IOException;
  }

  /** Nothing. */
  public static final Fault NONE = (request, body, out) -> out.write(body);

  private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: (\\d+)\r\n");

  private final ServerSocket server = new ServerSocket();
  private final InetSocketAddress target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Fault fault = NONE;

  /**
   * @param target the peer address of a real registry
   */
  public FaultyPeer(URI target) throws IOException {
    this(target, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  /** As above, at a certain address. */
  public FaultyPeer(URI target, InetSocketAddress listen) throws IOException {
    this.target = new InetSocketAddress(target.getHost(), target.getPort());
    server.bind(listen, 200);
    Thread.startVirtualThread(this::accept);
  }

  public URI url() {
    return URI.create("http://" + host());
  }

  /** {@code host:port}, as reports name it. */
  public String host() {
    return server.getInetAddress().getHostAddress() + ":" + server.getLocalPort();
  }

  /** Methods and paths that were asked for. */
  public List<String> requests() {
    return requests;
  }

  public FaultyPeer with(Fault newFault) {
    fault = newFault;
    return this;
  }

  /** From now on the last byte of every blob is another one. */
  public FaultyPeer lie() {
    return with(
        (request, body, out) -> {
          byte[] wrong = body.clone();
          if (request.contains("/blobs/") || request.contains("/manifests/")) {
            wrong[wrong.length - 1] ^= 1;
          }
          out.write(wrong);
        });
  }

  /** From now on blobs above so many bytes end there, with the connection. */
  public FaultyPeer breakOffAfter(int bytes) {
    return with(
        (request, body, out) -> {
          out.write(body, 0, Math.min(bytes, body.length));
          out.flush();
          if (body.length > bytes) {
            throw new IOException("broken off");
          }
        });
  }

  /** From now on blobs above so many bytes stop there, with the connection open. */
  public FaultyPeer stallAfter(int bytes) {
    return with(
        (request, body, out) -> {
          out.write(body, 0, Math.min(bytes, body.length));
          out.flush();
          if (body.length > bytes) {
            awaitClose();
          }
        });
  }

  /** Waits for the end of the test. */
  public void awaitClose() throws IOException {
    try {
      closed.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        sockets.add(client);
        Thread.startVirtualThread(() -> serve(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      InputStream in = client.getInputStream();
      for (String head = head(in); !head.isEmpty(); head = head(in)) {
        String request = head.substring(0, head.indexOf(" HTTP"));
        requests.add(request);
        forward(request, head, client.getOutputStream());
      }
    } catch (IOException e) {
      // Either side has closed.
    } finally {
      sockets.remove(client);
    }
  }

  private void forward(String request, String head, OutputStream out) throws IOException {
    try (Socket socket = new Socket(target.getAddress(), target.getPort())) {
      String once = head.replaceAll("(?i)\r\nconnection: [^\r]*", "");
      socket
          .getOutputStream()
          .write(
              once.replaceFirst("\r\n", "\r\nConnection: close\r\n")
                  .getBytes(StandardCharsets.ISO_8859_1));
      InputStream in = socket.getInputStream();
      String answer = head(in);
      Matcher length = LENGTH.matcher(answer);
      int size = length.find() ? Integer.parseInt(length.group(1)) : 0;
      byte[] body = request.startsWith("HEAD") ? new byte[0] : in.readNBytes(size);
      out.write(
          answer
              .replaceAll("(?i)\r\nconnection: [^\r]*", "")
              .getBytes(StandardCharsets.ISO_8859_1));
      if (body.length > 0) {
        fault.send(request, body, out);
      }
      out.flush();
    }
  }

  private static String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        return "";
      }
      head.write(next);
    }
    return head.toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
