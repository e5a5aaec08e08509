package dev.ipfstee.fetcher.command;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.security.Security;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code image-fetcher await-removal}: lets an uninstall wait for the nodes, but not for ever. */
@Command(
    name = "await-removal",
    description =
        "Wait until remove-store is done on all nodes, and name those on which it isn't. The exit"
            + " code is 0 in any case: an uninstall must not fail because of a node that is down.",
    sortOptions = false,
    mixinStandardHelpOptions = true)
public final class AwaitRemovalCommand implements Callable<Integer> {
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);
  private static final Duration CONNECT = Duration.ofSeconds(1);

  /** Looks that must find the same nodes: names of pods that start may come late. */
  private static final int SAME = 4;

  @Option(
      names = "--service",
      required = true,
      paramLabel = "NAME",
      description = "The name that resolves to the addresses of all remove-store processes.")
  private String service;

  @Option(
      names = "--done-port",
      required = true,
      paramLabel = "PORT",
      description = "Their --done-port.")
  private int donePort;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "2m",
      converter = Quantities.DurationConverter.class,
      description = "How long to wait at most (default: ${DEFAULT-VALUE}).")
  private Duration timeout;

  @Spec private CommandSpec spec;

  /** For picocli. */
  public AwaitRemovalCommand() {}

  @Override
  public Integer call() throws InterruptedException {
    if (donePort < 1 || donePort > RemoveStoreCommand.MAX_PORT) {
      throw new ParameterException(
          spec.commandLine(), "--done-port: expected 1 to 65535, found " + donePort);
    }
    // Pods come while we look.
    Security.setProperty("networkaddress.cache.ttl", "0");
    Security.setProperty("networkaddress.cache.negative.ttl", "0");
    long end = System.nanoTime() + timeout.toNanos();
    Set<String> before = Set.of();
    int same = 0;
    while (true) {
      Set<String> nodes = addresses();
      Set<String> missing = new TreeSet<>(nodes);
      missing.removeIf(this::done);
      same = nodes.equals(before) ? same + 1 : 1;
      before = nodes;
      boolean late = System.nanoTime() - end >= 0;
      if (late || (same >= SAME && missing.isEmpty() && !nodes.isEmpty())) {
        tell(nodes, missing);
        return 0;
      }
      Thread.sleep(LOOK_AGAIN);
    }
  }

  private void tell(Set<String> nodes, Set<String> missing) {
    int done = nodes.size() - missing.size();
    String text = "the stores of %d nodes are removed".formatted(done);
    if (nodes.isEmpty()) {
      text = "no node was found: '" + service + "' has no address";
    } else if (!missing.isEmpty()) {
      text += "; in vain waited %d s for the pods %s".formatted(timeout.toSeconds(), missing);
    }
    spec.commandLine().getOut().println(text);
    spec.commandLine().getOut().flush();
  }

  private Set<String> addresses() {
    Set<String> addresses = new TreeSet<>();
    try {
      for (InetAddress address : InetAddress.getAllByName(service)) {
        addresses.add(address.getHostAddress());
      }
    } catch (UnknownHostException notYet) {
      // The pods have no addresses yet.
    }
    return addresses;
  }

  private boolean done(String address) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, donePort), (int) CONNECT.toMillis());
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }
}
