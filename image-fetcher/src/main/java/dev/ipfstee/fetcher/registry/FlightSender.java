package dev.ipfstee.fetcher.registry;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ExecutionException;

/**
 * Sends a blob while it is being stored, as fast as its bytes arrive and the client takes them. The
 * last byte is held back until all is verified, so nobody takes wrong bytes for the whole.
 */
final class FlightSender {
  private static final int CHUNK = 64 << 10;

  private final HttpServerResponse response;
  private final Answer.InFlight part;

  private FlightSender(HttpServerResponse response, Answer.InFlight part) {
    this.response = response;
    this.part = part;
  }

  /** Fails, with the answer cut short, when the flight is lost or the client goes away. */
  static Future<Void> send(HttpServerResponse response, Answer.InFlight part) {
    Promise<Void> sent = Promise.promise();
    Thread.startVirtualThread(
        () -> {
          try {
            new FlightSender(response, part).run();
            sent.complete();
          } catch (InterruptedException | ExecutionException | IOException | RuntimeException e) {
            sent.fail(e);
          }
        });
    return sent.future();
  }

  private void run() throws IOException, InterruptedException, ExecutionException {
    Flight flight = part.flight();
    long position = part.offset();
    long end = position + part.length();
    // The head tells the client that its part is on the way, which may begin far behind.
    await(response.write(Buffer.buffer()));
    try (FileChannel file = open()) {
      while (position < end) {
        // The next byte, but the last one of all not before the end.
        Flight.State state = flight.await(position + 1 == end ? Long.MAX_VALUE : position + 1);
        if (state == Flight.State.LOST) {
          throw new IOException(flight.cause());
        }
        long until = state == Flight.State.LANDED ? end : Math.min(flight.readable(), end - 1);
        int length = (int) Math.min(CHUNK, until - position);
        await(response.write(read(file, position, length)));
        position += length;
      }
    }
    await(response.end());
  }

  private FileChannel open() throws IOException, InterruptedException {
    part.flight().await(1);
    Path file = part.flight().file();
    try {
      return open(file == null ? part.landed() : file);
    } catch (NoSuchFileException moved) {
      return open(part.landed());
    }
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
  }

  private static Buffer read(FileChannel file, long position, int length) throws IOException {
    byte[] bytes = new byte[length];
    ByteBuffer target = ByteBuffer.wrap(bytes);
    while (target.hasRemaining()) {
      if (file.read(target, position + target.position()) < 0) {
        throw new IOException("the file is shorter than it was");
      }
    }
    return Buffer.buffer(bytes);
  }

  private static void await(Future<Void> future) throws InterruptedException, ExecutionException {
    future.toCompletionStage().toCompletableFuture().get();
  }
}
