package dev.ipfstee.fetcher.registry;

import static dev.ipfstee.fetcher.registry.Programs.run;
import static dev.ipfstee.fetcher.registry.Programs.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A containerd that pulls as a node's does, but for the kubelet's part. */
final class Containerd implements AutoCloseable {
  /** Which one. */
  enum Version {
    /** 1.6. */
    OLDEST("-oldest"),
    NEWEST("");

    private final String suffix;

    Version(String suffix) {
      this.suffix = suffix;
    }

    /**
     * Unlike the kubelet's pulls, a newer ctr wants the documents of platforms that aren't there.
     */
    List<String> thisPlatformOnly() {
      return this == OLDEST ? List.of() : List.of("--skip-metadata");
    }

    String program(String name) {
      return tool(name + suffix);
    }
  }

  private final Version version;
  private final Process process;
  private final Path socket;

  private Containerd(Version version, Process process, Path socket) {
    this.version = version;
    this.process = process;
    this.socket = socket;
  }

  /** Starts one with the configuration that it has by itself. */
  static Containerd start(Version version, Path state) throws IOException {
    Files.createDirectory(state);
    Path socket = state.resolve("containerd.sock");
    Path config = state.resolve("config.toml");
    Path log = state.resolve("log");
    Files.writeString(
        config,
        """
        version = 2
        root = "%1$s/root"
        state = "%1$s/state"
        disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime"]
        [grpc]
          address = "%2$s"
        [ttrpc]
          address = "%2$s.ttrpc"
        """
            .formatted(state, socket));
    Process process =
        new ProcessBuilder(
                List.of(version.program("containerd"), "--config=" + config, "--log-level=info"))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!Files.exists(socket)) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        process.destroyForcibly();
        throw new AssertionError("containerd doesn't start: " + Files.readString(log));
      }
      Thread.onSpinWait();
    }
    return new Containerd(version, process, socket);
  }

  /** Runs ctr, which must succeed, and returns what it prints. */
  String ctr(String... arguments) throws Exception {
    return run(
        Stream.concat(
                Stream.of(version.program("ctr"), "--address=" + socket), Stream.of(arguments))
            .toArray(String[]::new));
  }

  /** Pulls an image's content for linux/amd64. */
  void fetch(String reference) throws Exception {
    List<String> command = new ArrayList<>(List.of("content", "fetch", "--platform=linux/amd64"));
    command.addAll(version.thisPlatformOnly());
    command.add(reference);
    ctr(command.toArray(String[]::new));
  }

  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor(60, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
  }
}
