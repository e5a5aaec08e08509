package dev.ipfstee.e2e.harness;

/** Pods of the image that the local cluster's nodes are born with. */
public final class Busybox {
  /** What pod security {@code restricted} asks for in the pod's spec. */
  public static final String RESTRICTED =
      "securityContext: {runAsNonRoot: true, runAsUser: 65532,"
          + " seccompProfile: {type: RuntimeDefault}}";

  private Busybox() {}

  /** A pod that takes every connection on port 8080 and never says a word, and its Service. */
  public static String listener(String name, String node) {
    return pod(name, node, RESTRICTED, "nc, -ll, -p, '8080', -e, sleep, 1d")
        + """
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: %s}
        spec:
          selector: {app: %s}
          ports: [{port: 8080}]
        """
            .formatted(name, name);
  }

  /**
   * A pod on that node, which ends at once when it is told to.
   *
   * @param field a line of YAML in the pod's spec
   * @param command the elements of a flow sequence
   */
  public static String pod(String name, String node, String field, String command) {
    return """
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: %s, labels: {app: %s}}
    spec:
      nodeName: %s
      terminationGracePeriodSeconds: 0
      %s
      containers:
      - name: main
        image: localhost/busybox:1
        imagePullPolicy: IfNotPresent
        command: [%s]
        securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}
    """
        .formatted(name, name, node, field, command);
  }
}
