package dev.ipfstee.e2e.harness;

import com.fasterxml.jackson.databind.ObjectMapper;

/** The YAML that the stories' people write. */
public final class Workloads {
  public static final ObjectMapper JSON = new ObjectMapper();

  private Workloads() {}

  /** A workload of one pod, in the profile {@code snp}, from the image named in its template. */
  public static String workload(String name, String image) {
    return workload(name, "", "image: " + image);
  }

  /** The same from an IpfsImage by name. */
  public static String workloadOfImage(String name, String ipfsImage) {
    return workload(name, "images: [{container: web, ipfsImage: %s}]".formatted(ipfsImage), "");
  }

  private static String workload(String name, String images, String image) {
    return """
        apiVersion: ipfstee.dev/v1alpha1
        kind: TeeWorkload
        metadata: {name: %s}
        spec:
          replicas: 1
          %s
          tee: {profile: snp}
          template:
            spec:
              automountServiceAccountToken: false
              securityContext:
                runAsNonRoot: true
                seccompProfile: {type: RuntimeDefault}
              containers:
              - name: web
                %s
                ports: [{name: http, containerPort: 8080}]
                readinessProbe: {httpGet: {path: /healthz, port: http}, periodSeconds: 1}
                securityContext:
                  allowPrivilegeEscalation: false
                  capabilities: {drop: [ALL]}
        """
        .formatted(name, images, image);
  }

  /** An IpfsImage that is fetched from these gateways, in this order. */
  public static String image(String name, String cid, String... gateways) {
    StringBuilder yaml =
        new StringBuilder(
            """
            apiVersion: ipfstee.dev/v1alpha1
            kind: IpfsImage
            metadata: {name: %s}
            spec:
              source: {uri: "ipfs://%s"}
              gateways:
            """
                .formatted(name, cid));
    for (String gateway : gateways) {
      yaml.append("  - url: ").append(gateway).append('\n');
    }
    return yaml.toString();
  }
}
