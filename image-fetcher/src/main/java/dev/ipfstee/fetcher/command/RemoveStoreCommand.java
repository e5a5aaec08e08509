package dev.ipfstee.fetcher.command;

import dev.ipfstee.fetcher.store.StoreRemoval;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code image-fetcher remove-store}: what an uninstall does on each node, if it is told to. */
@Command(
    name = "remove-store",
    description =
        "Remove all images from a store and close its directory to fetches; refuse a directory"
            + " that isn't a store. prepare-store opens it again.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
public final class RemoveStoreCommand implements Callable<Integer> {
  static final int MAX_PORT = 65_535;

  @Option(
      names = "--store",
      required = true,
      paramLabel = "DIR",
      description = "The store's directory.")
  private Path store;

  @Option(
      names = "--done-port",
      paramLabel = "PORT",
      description =
          "When all is removed, accept connections on this port until SIGTERM, for await-removal.")
  private Integer donePort;

  @Spec private CommandSpec spec;

  /** For picocli. */
  public RemoveStoreCommand() {}

  @Override
  public Integer call() throws IOException {
    if (donePort != null && (donePort < 1 || donePort > MAX_PORT)) {
      throw new ParameterException(
          spec.commandLine(), "--done-port: expected 1 to 65535, found " + donePort);
    }
    StoreRemoval.Result result = StoreRemoval.remove(store);
    spec.commandLine()
        .getOut()
        .println(
            "the store '%s' is empty, %d files of %d bytes were removed"
                .formatted(store, result.files(), result.bytes()));
    spec.commandLine().getOut().flush();
    if (donePort != null) {
      tellDone();
    }
    return 0;
  }

  /** Until the process is ended. */
  private void tellDone() throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(donePort));
      while (true) {
        server.accept().close();
      }
    }
  }
}
