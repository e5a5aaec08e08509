package dev.ipfstee.e2e.harness;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A running pod of the local cluster, seen from its node: what it can reach from its own network,
 * and what lies in its own file system. So it needs no shell, and no right to be entered.
 */
public final class PodOnNode {
  /** What becomes of a connection that is asked for. */
  public enum Answer {
    CONNECTED,
    /** Nobody listens there. */
    REFUSED,
    /** Not a word in 5 seconds, which is what a NetworkPolicy leaves of a connection. */
    SILENCE
  }

  // The targets are its arguments; all are dialled at once.
  private static final String DIAL =
      """
      for target; do
        {
          timeout 5 bash -c 'exec 3<>"/dev/tcp/${0%:*}/${0##*:}"' "$target" 2>/dev/null
          case $? in 0) echo "$target CONNECTED" ;; 124) echo "$target SILENCE" ;; *) echo "$target REFUSED" ;; esac
        } &
      done
      wait
      """;

  private static final String SHA256 =
      """
      set -o pipefail
      curl --silent --show-error --fail --max-time 10 \
        --cacert <(printf %s "$1") --resolve "$2:443:$3" "https://$2$4" | sha256sum
      """;

  private final String node;
  private final String process;

  private PodOnNode(String node, String process) {
    this.node = node;
    this.process = process;
  }

  /** The first container of a pod that runs. */
  public static PodOnNode of(Pod pod) {
    String node = pod.getSpec().getNodeName().replace("node", "");
    String container =
        pod.getStatus()
            .getContainerStatuses()
            .getFirst()
            .getContainerID()
            .replace("containerd://", "");
    String tasks = Script.run("node", node, "ctr", "-n", "k8s.io", "tasks", "ls");
    return tasks
        .lines()
        .map(line -> line.strip().split("\\s+"))
        .filter(task -> task[0].equals(container))
        .map(task -> new PodOnNode(node, task[1]))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no task " + container + " runs:\n" + tasks));
  }

  /**
   * Asks for TCP connections from the pod's network.
   *
   * @param targets each an address and a port, as in {@code 10.0.0.1:80}
   * @return the answer of each
   */
  public Map<String, Answer> dial(Collection<String> targets) {
    return dial(List.of("nsenter", "--target", process, "--net"), targets);
  }

  /** The same from the network of the pod's node, which no NetworkPolicy stops. */
  public Map<String, Answer> dialFromItsNode(Collection<String> targets) {
    return dial(List.of(), targets);
  }

  /**
   * Gets something over TLS from the pod's network.
   *
   * @param authority of the server, in PEM; no other is trusted
   * @param host that the certificate must be valid for
   * @param address of that host
   * @return the SHA-256 of what came, in hex
   * @throws AssertionError when nothing came, with what curl says
   */
  public String sha256(String authority, String host, String address, String path) {
    return Script.run(
            "node",
            node,
            "nsenter",
            "--target",
            process,
            "--net",
            "bash",
            "-c",
            SHA256,
            "get",
            authority,
            host,
            address,
            path)
        .split(" ")[0];
  }

  private Map<String, Answer> dial(List<String> where, Collection<String> targets) {
    List<String> command = new ArrayList<>(List.of(node));
    command.addAll(where);
    command.addAll(List.of("bash", "-c", DIAL, "dial"));
    command.addAll(targets);
    Map<String, Answer> answers = new TreeMap<>();
    Script.run("node", command.toArray(String[]::new))
        .lines()
        .map(line -> line.split(" "))
        .forEach(answer -> answers.put(answer[0], Answer.valueOf(answer[1])));
    return answers;
  }

  /** The files and folders of a service account's token in the pod's file system, on any path. */
  public List<String> tokenFiles() {
    String root = "/proc/" + process + "/root/";
    String found =
        Script.run(
            "node",
            node,
            "find",
            root,
            "(",
            "-path",
            root + "proc",
            "-o",
            "-path",
            root + "sys",
            ")",
            "-prune",
            "-o",
            "-path",
            "*/kubernetes.io/serviceaccount*",
            "-print");
    return Arrays.stream(found.split("\n")).filter(line -> !line.isEmpty()).toList();
  }
}
