package dev.ipfstee.fetcher.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A real Kubo with a repository of its own, its gateway on a random loopback port, offline unless
 * said otherwise. The binary {@code ipfs} comes from the tools' directory (environment {@code
 * IPFS_TEE_TOOLS}, or the project's cache).
 */
public final class Kubo implements AutoCloseable {
  private final Path repository;
  private final Process daemon;
  private final URI gateway;

  /** Initialises a repository below this directory and starts. */
  public Kubo(Path directory) throws IOException, InterruptedException {
    this(directory, "test");
  }

  /** The same with another profile of settings on top. */
  public Kubo(Path directory, String profile) throws IOException, InterruptedException {
    this(directory, profile, "0", "--offline");
  }

  /**
   * One that others can connect to, on loopback only: it knows nobody, and is a server of the DHT.
   * Among its addresses it announces its gateway, and that is a router too.
   */
  public static Kubo online(Path directory) throws IOException, InterruptedException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    return new Kubo(directory, "test", Integer.toString(port), "--routing=dhtserver");
  }

  private Kubo(Path directory, String profile, String port, String option)
      throws IOException, InterruptedException {
    repository = directory.resolve("repository");
    run("init", "--profile=test," + profile);
    run("config", "--json", "Gateway.NoFetch", "true");
    run("config", "--json", "Gateway.ExposeRoutingAPI", "true");
    run("config", "Addresses.Gateway", "/ip4/127.0.0.1/tcp/" + port);
    run("config", "Addresses.API", "/ip4/127.0.0.1/tcp/0");
    run("config", "--json", "Addresses.Swarm", "[\"/ip4/127.0.0.1/tcp/0\"]");
    String announced = "[\"/ip4/127.0.0.1/tcp/" + port + "/http\"]";
    run("config", "--json", "Addresses.AppendAnnounce", announced);
    daemon = command("daemon", option).redirectOutput(directory.resolve("log").toFile()).start();
    gateway = URI.create(awaitFile(repository.resolve("gateway")));
    awaitFile(repository.resolve("api"));
  }

  /** Where other Kubos connect to it, with its name. */
  public String address() throws IOException, InterruptedException {
    return run("id", "-f", "<addrs>")
        .lines()
        .filter(address -> !address.contains("/http/"))
        .findFirst()
        .orElseThrow();
  }

  public URI gateway() {
    return gateway;
  }

  /** Adds a file or directory with options of {@code ipfs add}; returns its CID as printed. */
  public String add(Path path, String... options) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("add", "-r", "-Q"));
    arguments.addAll(List.of(options));
    arguments.add(path.toString());
    return run(arguments.toArray(String[]::new)).strip();
  }

  /** Writes a CAR of everything below a CID. */
  public void export(String cid, Path car) throws IOException, InterruptedException {
    Path log = Files.createTempFile("export", "");
    Process process =
        command("dag", "export", cid)
            .redirectErrorStream(false)
            .redirectError(log.toFile())
            .redirectOutput(car.toFile())
            .start();
    if (process.waitFor() != 0) {
      throw new IOException("ipfs dag export: " + Files.readString(log));
    }
    Files.delete(log);
  }

  /** Runs a command of {@code ipfs} and returns what it prints. */
  public String run(String... arguments) throws IOException, InterruptedException {
    Process process = command(arguments).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("ipfs " + String.join(" ", arguments) + ": " + printed);
    }
    return printed;
  }

  private ProcessBuilder command(String... arguments) {
    List<String> line = new ArrayList<>(List.of(binary().toString()));
    line.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
    builder.environment().put("IPFS_PATH", repository.toString());
    builder.environment().put("IPFS_TELEMETRY", "off");
    return builder;
  }

  private static Path binary() {
    String tools = System.getenv("IPFS_TEE_TOOLS");
    Path directory = tools == null || tools.isEmpty() ? cache().resolve("bin") : Path.of(tools);
    Path binary = directory.resolve("ipfs");
    if (!Files.isExecutable(binary)) {
      throw new IllegalStateException("no ipfs in " + directory + ": run make tools");
    }
    return binary;
  }

  private static Path cache() {
    String own = System.getenv("IPFS_TEE_CACHE");
    if (own != null && !own.isEmpty()) {
      return Path.of(own);
    }
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path base =
        xdg == null || xdg.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(xdg);
    return base.resolve("ipfs-tee-operator");
  }

  private String awaitFile(Path file) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!Files.exists(file) || Files.size(file) == 0) {
      if (!daemon.isAlive() || System.nanoTime() > deadline) {
        daemon.destroyForcibly();
        throw new IOException(
            "Kubo didn't start: " + Files.readString(repository.resolveSibling("log")));
      }
      daemon.waitFor(20, TimeUnit.MILLISECONDS);
    }
    return Files.readString(file).strip();
  }

  @Override
  public void close() {
    daemon.destroy();
    daemon.onExit().completeOnTimeout(null, 10, TimeUnit.SECONDS).join();
    daemon.destroyForcibly();
  }
}
