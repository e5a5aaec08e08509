package dev.ipfstee.fetcher.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;

/** Forwards to a real gateway and closes each connection after so many bytes of its answers. */
public final class CuttingForwarder implements AutoCloseable {
  private final ServerSocket server;
  private final URI target;
  private final long cutAfter;
  private final AtomicInteger cuts = new AtomicInteger();

  public CuttingForwarder(URI target, long cutAfter) throws IOException {
    this.target = target;
    this.cutAfter = cutAfter;
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.startVirtualThread(this::accept);
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  /** How many connections were closed for that. */
  public int cuts() {
    return cuts.get();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        Thread.startVirtualThread(() -> forward(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void forward(Socket client) {
    try (client;
        Socket gateway = new Socket(target.getHost(), target.getPort())) {
      OutputStream requests = gateway.getOutputStream();
      InputStream asked = client.getInputStream();
      Thread.startVirtualThread(
          () -> {
            try {
              asked.transferTo(requests);
            } catch (IOException e) {
              // Either side has closed.
            }
          });
      InputStream answers = gateway.getInputStream();
      byte[] buffer = new byte[16 << 10];
      long left = cutAfter;
      for (int n = answers.read(buffer); n >= 0; n = answers.read(buffer)) {
        client.getOutputStream().write(buffer, 0, (int) Math.min(n, left));
        left -= n;
        if (left <= 0) {
          cuts.incrementAndGet();
          return;
        }
      }
    } catch (IOException e) {
      // Either side has closed.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
