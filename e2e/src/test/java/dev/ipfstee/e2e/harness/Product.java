package dev.ipfstee.e2e.harness;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The installed product and what is published beside it. */
public final class Product {
  /** The honest gateway: Kubo, in the cluster. */
  public static final String HONEST_GATEWAY = "http://kubo.ipfs.svc.cluster.local:8080";

  /** The gateway that changes a bit of every large answer. */
  public static final String LYING_GATEWAY = "http://lying-gateway.ipfs.svc.cluster.local:8080";

  /** The gateway that wants a token, and has a certificate of its own authority. */
  public static final String PRIVATE_GATEWAY =
      "https://private-gateway.ipfs.svc.cluster.local:8443";

  /** The gateway that stops in the middle of every large answer until it's told to go on. */
  public static final String HOLDING_GATEWAY = "http://holding-gateway.ipfs.svc.cluster.local:8080";

  private Product() {}

  /** Installs the chart of the checkout, with all gateways in the administrator's list. */
  static void install() {
    upgrade();
    Script.command(List.of(Script.CHECKOUT.resolve("e2e/faulty-gateway/start").toString()));
  }

  /**
   * Upgrades the chart and waits until all of it runs.
   *
   * @param settings {@code KEY=VALUE} on top of the stories' values; none to have these back
   */
  public static void upgrade(String... settings) {
    List<String> options =
        new ArrayList<>(
            List.of(
                "--values",
                Script.CHECKOUT.resolve("e2e/src/test/resources/values.yaml").toString()));
    for (String setting : settings) {
      options.addAll(List.of("--set", setting));
    }
    Script.run("install", options.toArray(String[]::new));
  }

  /**
   * Starts the private gateway. Its {@code token} and its authority, {@code ca.crt}, are in the
   * Secret {@code ipfs/private-gateway}.
   */
  public static void startPrivateGateway() {
    Script.command(List.of(Script.CHECKOUT.resolve("e2e/private-gateway/start").toString()));
  }

  /**
   * Takes the release away, as the documentation says.
   *
   * @return what Helm says to the administrator
   */
  public static String uninstall() {
    return Script.command(
        List.of(
            "sh",
            "-c",
            "helm uninstall ipfs-tee-operator --namespace ipfs-tee-system --wait --timeout 5m"
                + " 2>&1"));
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

  /**
   * Publishes the sample the way {@code nerdctl push ipfs://} does.
   *
   * @return the CID of the root descriptor
   */
  public static String publishAsNerdctl(Path layout) {
    return Script.command(
        List.of(
            Script.CHECKOUT.resolve("samples/hello/publish-nerdctl").toString(),
            "--ipfs",
            "kubectl exec -i -n ipfs deploy/kubo -- ipfs",
            layout.toString()));
  }
}
