package dev.ipfstee.fetcher.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * An HTTP proxy on a loopback port that opens tunnels (RFC 9110, section 9.3.6). Names are its own
 * to resolve: each of them is this machine.
 */
public final class ConnectProxy implements AutoCloseable {
  private final String authorization;
  private final ServerSocket server;
  private final List<List<String>> heads = new CopyOnWriteArrayList<>();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  /**
   * @param authorization what {@code Proxy-Authorization} must be; null to ask for none
   */
  public ConnectProxy(String authorization) {
    this.authorization = authorization;
    try {
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    Thread.startVirtualThread(this::accept);
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  /** The request line and headers of every request so far. */
  public List<List<String>> heads() {
    return heads;
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
      for (List<String> head = head(in); !head.isEmpty(); head = head(in)) {
        heads.add(head);
        String[] request = head.getFirst().split(" ");
        if (authorization != null && !head.contains("Proxy-Authorization: " + authorization)) {
          answer(
              client,
              "407 Proxy Authentication Required",
              "Proxy-Authenticate: Basic realm=\"egress\"");
        } else if (request[0].equals("CONNECT")) {
          tunnel(client, Integer.parseInt(request[1].substring(request[1].lastIndexOf(':') + 1)));
          return;
        } else {
          answer(client, "405 Method Not Allowed", "Allow: CONNECT");
        }
      }
    } catch (IOException e) {
      // The client went away.
    } finally {
      sockets.remove(client);
    }
  }

  private void tunnel(Socket client, int port) throws IOException {
    try (Socket target = new Socket(InetAddress.getLoopbackAddress(), port)) {
      sockets.add(target);
      client
          .getOutputStream()
          .write("HTTP/1.1 200 Connection established\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      Thread.startVirtualThread(() -> copy(target, client));
      copy(client, target);
      sockets.remove(target);
    }
  }

  private static void copy(Socket from, Socket to) {
    try (from;
        to) {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // One of them went away, and so the other one does.
    }
  }

  private static void answer(Socket client, String status, String header) throws IOException {
    OutputStream out = client.getOutputStream();
    out.write(
        "HTTP/1.1 %s\r\n%s\r\nContent-Length: 0\r\n\r\n"
            .formatted(status, header)
            .getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  private static List<String> head(InputStream in) throws IOException {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0; c = in.read()) {
      if (c != '\n') {
        line.append((char) c);
      } else if (line.toString().isBlank()) {
        return lines;
      } else {
        lines.add(line.toString().strip());
        line.setLength(0);
      }
    }
    return List.of();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
