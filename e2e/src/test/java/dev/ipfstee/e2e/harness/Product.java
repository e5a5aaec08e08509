package dev.ipfstee.e2e.harness;

import java.nio.file.Path;
import java.util.List;

/** The installed product and what is published beside it. */
public final class Product {
  /** The honest gateway: Kubo, in the cluster. */
  public static final String HONEST_GATEWAY = "http://kubo.ipfs.svc.cluster.local:8080";

  /** The gateway that changes a bit of every large answer. */
  public static final String LYING_GATEWAY = "http://lying-gateway.ipfs.svc.cluster.local:8080";

  private Product() {}

  /** Installs the chart of the checkout, with both gateways in the administrator's list. */
  static void install() {
    Script.run(
        "install",
        "--values",
        Script.CHECKOUT.resolve("e2e/src/test/resources/values.yaml").toString());
    Script.command(
        List.of(
            "kubectl",
            "apply",
            "-f",
            Script.CHECKOUT.resolve("e2e/lying-gateway/lying-gateway.yaml").toString()));
    Script.command(
        List.of(
            "kubectl", "-n", "ipfs", "rollout", "status", "--timeout=3m", "deploy/lying-gateway"));
  }

  /**
   * Publishes a directory with {@code ipfs add -r}.
   *
   * @param addOptions further options of {@code ipfs add}; none for Kubo's defaults
   * @return the root CID
   */
  public static String publish(Path directory, String... addOptions) {
    String[] arguments = new String[addOptions.length + 1];
    arguments[0] = directory.toString();
    System.arraycopy(addOptions, 0, arguments, 1, addOptions.length);
    return Script.run("publish", arguments);
  }
}
