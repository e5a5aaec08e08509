package dev.ipfstee.operator.config;

import dev.ipfstee.operator.failure.InvalidConfigurationException;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Toleration;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The configuration of the operator, whole and checked.
 *
 * @param watchNamespaces whose objects are served; empty means all
 * @param gateways the administrator's list: what images may name, and the default, in order
 */
public record OperatorConfig(
    Namespaces namespaces,
    Set<String> watchNamespaces,
    Fetcher fetcher,
    Registry registry,
    List<ListedGateway> gateways,
    Profiles profiles) {

  private static final Pattern PINNED = Pattern.compile("[^@\\s]+@sha256:[0-9a-f]{64}");
  private static final Pattern HOST =
      Pattern.compile("([A-Za-z0-9.-]+|\\[[0-9a-fA-F:]+])(:[0-9]{1,5})?");
  private static final Pattern FREE = Pattern.compile("\\d{1,2}%|\\d+([KMGT]i?|k)?");

  public OperatorConfig {
    check(!gateways.isEmpty(), "gateways: at least one is required");
    check(
        watchNamespaces.stream().noneMatch(name -> name == null || name.isBlank()),
        "watchNamespaces: a name is empty");
    check(
        !watchNamespaces.contains(namespaces.nodes()),
        "watchNamespaces: '" + namespaces.nodes() + "' is that of the node programs");
    watchNamespaces = Collections.unmodifiableSortedSet(new TreeSet<>(watchNamespaces));
    gateways = List.copyOf(gateways);
    check(
        gateways.stream().map(ListedGateway::url).distinct().count() == gateways.size(),
        "gateways must not name a url twice");
  }

  /** The URLs of the administrator's list, in its order. */
  public List<GatewayUrl> gatewayUrls() {
    return gateways.stream().map(ListedGateway::url).toList();
  }

  /** The gateway of the list that a URL means; empty when it has none, or it is no gateway's. */
  public Optional<ListedGateway> listed(String url) {
    GatewayUrl wanted;
    try {
      wanted = GatewayUrl.parse(url);
    } catch (IllegalArgumentException notAUrl) {
      return Optional.empty();
    }
    return gateways.stream().filter(gateway -> gateway.url().equals(wanted)).findFirst();
  }

  /** Whether objects of that namespace are served. */
  public boolean watches(String namespace) {
    return watchNamespaces.isEmpty() || watchNamespaces.contains(namespace);
  }

  /**
   * @param system where the operator runs and holds its lease
   * @param nodes where the registry and the fetch Jobs run
   */
  public record Namespaces(String system, String nodes) {
    public Namespaces {
      system = system == null ? "ipfs-tee-system" : system;
      nodes = nodes == null ? "ipfs-tee-nodes" : nodes;
    }
  }

  /**
   * How a fetch Job looks.
   *
   * @param image by digest
   * @param imagePullSecrets names of Secrets in the nodes' namespace
   * @param store directory on the nodes
   * @param proxy that the gateways are behind; null for none
   * @param minFree what must stay free on the store's file system: {@code 20%} or a quantity
   * @param peers URL of the node registries, which have what other nodes hold; null for none
   */
  public record Fetcher(
      String image,
      String imagePullPolicy,
      List<String> imagePullSecrets,
      String serviceAccountName,
      String store,
      String minFree,
      String peers,
      Proxy proxy,
      Resources resources,
      List<Toleration> tolerations,
      Attempts attempts) {
    public Fetcher {
      check(
          image != null && PINNED.matcher(image).matches(),
          "fetcher.image must be pinned by digest, as NAME@sha256:HEX, but is " + image);
      imagePullPolicy = imagePullPolicy == null ? "IfNotPresent" : imagePullPolicy;
      check(
          List.of("IfNotPresent", "Always", "Never").contains(imagePullPolicy),
          "fetcher.imagePullPolicy must be IfNotPresent, Always or Never");
      imagePullSecrets = imagePullSecrets == null ? List.of() : List.copyOf(imagePullSecrets);
      serviceAccountName = serviceAccountName == null ? "image-fetcher" : serviceAccountName;
      store = store == null ? "/var/lib/ipfs-tee" : store;
      check(store.startsWith("/") && !store.contains(".."), "fetcher.store must be absolute");
      minFree = minFree == null ? "20%" : minFree;
      check(
          FREE.matcher(minFree).matches(),
          "fetcher.minFree must be a percentage or a quantity, as 20% or 50Gi, but is " + minFree);
      if (peers != null) {
        checkHttp("fetcher.peers", peers);
      }
      resources = resources == null ? Resources.DEFAULT : resources;
      tolerations = tolerations == null ? List.of() : List.copyOf(tolerations);
      attempts = attempts == null ? Attempts.DEFAULT : attempts;
    }
  }

  /**
   * An HTTP proxy.
   *
   * @param credentialsSecretName of a Secret of type {@code kubernetes.io/basic-auth} in the system
   *     namespace; null when the proxy asks for none
   * @param except gateways that are dialled directly, as {@code HOST[:PORT]}
   */
  public record Proxy(String url, String credentialsSecretName, List<String> except) {
    public Proxy {
      checkHttp("fetcher.proxy.url", url);
      except = except == null ? List.of() : List.copyOf(except);
      for (String host : except) {
        check(
            HOST.matcher(host).matches(), "fetcher.proxy.except: '" + host + "' is no HOST[:PORT]");
      }
    }

    public Optional<String> credentialsSecret() {
      return Optional.ofNullable(credentialsSecretName);
    }
  }

  /** Requests and limits of a fetch, as quantities. */
  public record Resources(Map<String, Quantity> requests, Map<String, Quantity> limits) {
    static final Resources DEFAULT =
        new Resources(
            Map.of("cpu", new Quantity("100m"), "memory", new Quantity("128Mi")),
            Map.of("memory", new Quantity("320Mi")));

    public Resources {
      requests = sorted(requests);
      limits = sorted(limits);
    }

    /** Always in the same order, since names of Jobs are hashes of what is in them. */
    private static Map<String, Quantity> sorted(Map<String, Quantity> quantities) {
      return Collections.unmodifiableSortedMap(
          quantities == null ? new TreeMap<>() : new TreeMap<>(quantities));
    }
  }

  /**
   * When a fetch is tried again.
   *
   * @param initialBackoff after the first failure; doubled by each further one
   * @param maxBackoff at most this
   * @param rearmAfter after this a fetch that was defeated by lying gateways is tried again
   * @param jobTtl how long a Job is kept when nothing waits for it any more
   */
  public record Attempts(
      Duration initialBackoff, Duration maxBackoff, Duration rearmAfter, Duration jobTtl) {
    static final Attempts DEFAULT = new Attempts(null, null, null, null);

    public Attempts {
      initialBackoff = initialBackoff == null ? Duration.ofMinutes(1) : initialBackoff;
      maxBackoff = maxBackoff == null ? Duration.ofMinutes(30) : maxBackoff;
      rearmAfter = rearmAfter == null ? Duration.ofHours(6) : rearmAfter;
      jobTtl = jobTtl == null ? Duration.ofHours(1) : jobTtl;
      check(
          initialBackoff.compareTo(Duration.ofSeconds(1)) >= 0
              && initialBackoff.compareTo(maxBackoff) <= 0,
          "fetcher.attempts.initialBackoff must be at least 1s and at most maxBackoff");
    }

    /** How long to wait after the given attempt, counted from 1. */
    public Duration backoff(int attempt) {
      Duration wait = initialBackoff;
      for (int i = 1; i < attempt && wait.compareTo(maxBackoff) < 0; i++) {
        wait = wait.multipliedBy(2);
      }
      return wait.compareTo(maxBackoff) < 0 ? wait : maxBackoff;
    }

    /**
     * Time to live of a finished Job: it is the memory of its attempt, so it must outlive the
     * longest wait for the next one.
     */
    public Duration timeToLive() {
      return jobTtl.plus(maxBackoff.compareTo(rearmAfter) > 0 ? maxBackoff : rearmAfter);
    }
  }

  /**
   * The node registries.
   *
   * @param host as pods' references name it
   * @param managementPort of the registry's pods
   * @param pollInterval how often each inventory is asked for
   */
  public record Registry(String host, Integer managementPort, Duration pollInterval) {
    public Registry {
      host = host == null ? "localhost:5050" : host;
      managementPort = managementPort == null ? 8081 : managementPort;
      pollInterval = pollInterval == null ? Duration.ofSeconds(5) : pollInterval;
      check(managementPort > 0 && managementPort < 65536, "registry.managementPort must be a port");
      check(
          pollInterval.compareTo(Duration.ofSeconds(1)) >= 0,
          "registry.pollInterval must be at least 1s");
    }
  }

  private static void checkHttp(String key, String url) {
    try {
      check(url != null && GatewayUrl.parse(url).isHttp(), key + " must be http://");
    } catch (IllegalArgumentException e) {
      throw new InvalidConfigurationException(key + ": " + e.getMessage(), e);
    }
  }

  static void check(boolean holds, String message) {
    if (!holds) {
      throw new InvalidConfigurationException(message);
    }
  }
}
