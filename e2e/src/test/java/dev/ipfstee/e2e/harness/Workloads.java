package dev.ipfstee.e2e.harness;

import com.fasterxml.jackson.databind.ObjectMapper;

/** The YAML that the stories' people write. */
public final class Workloads {
  public static final ObjectMapper JSON = new ObjectMapper();

  private static final String SNP = "{profile: snp}";

  private Workloads() {}

  /** A workload of one pod, in the profile {@code snp}, from the image named in its template. */
  public static String workload(String name, String image) {
    return workload(name, "", SNP, "", "image: " + image);
  }

  /**
   * The same under other conditions.
   *
   * @param tee the whole of {@code spec.tee}, as a flow mapping
   */
  public static String workloadOn(String tee, String name, String image) {
    return workload(name, "", tee, "", "image: " + image);
  }

  /**
   * The same with one more field in the pod's spec.
   *
   * @param field a line of YAML
   */
  public static String workloadWith(String field, String name, String image) {
    return workload(name, "", SNP, field, "image: " + image);
  }

  /** The same from an IpfsImage by name. */
  public static String workloadOfImage(String name, String ipfsImage) {
    return workloadOfImageWith("", name, ipfsImage);
  }

  /** From an IpfsImage, and with one more field in the pod's spec. */
  public static String workloadOfImageWith(String field, String name, String ipfsImage) {
    return workload(
        name, "images: [{container: web, ipfsImage: %s}]".formatted(ipfsImage), SNP, field, "");
  }

  private static String workload(
      String name, String images, String tee, String field, String image) {
    return """
    apiVersion: ipfstee.dev/v1alpha1
    kind: TeeWorkload
    metadata: {name: %s}
    spec:
      replicas: 1
      %s
      tee: %s
      template:
        spec:
          %s
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
        .formatted(name, images, tee, field, image);
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
