package dev.ipfstee.testing;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/**
 * How kstatus reads an object: the generic algorithm of cli-utils {@code pkg/kstatus/status}, which
 * Flux, kpt and others use to tell whether a custom resource is done.
 */
public enum Kstatus {
  IN_PROGRESS,
  FAILED,
  CURRENT,
  TERMINATING;

  /** What kstatus makes of {@code object}. */
  public static Kstatus of(HasMetadata object) {
    JsonNode json = new KubernetesSerialization().convertValue(object, JsonNode.class);
    if (json.at("/metadata").hasNonNull("deletionTimestamp")) {
      return TERMINATING;
    }
    JsonNode status = json.path("status");
    if (status.hasNonNull("observedGeneration")
        && status.get("observedGeneration").asLong() != json.at("/metadata/generation").asLong()) {
      return IN_PROGRESS;
    }
    if (isTrue(status, "Reconciling")) {
      return IN_PROGRESS;
    }
    if (isTrue(status, "Stalled")) {
      return FAILED;
    }
    for (JsonNode condition : status.path("conditions")) {
      if ("Ready".equals(condition.path("type").asText())) {
        return "True".equals(condition.path("status").asText()) ? CURRENT : IN_PROGRESS;
      }
    }
    return CURRENT;
  }

  private static boolean isTrue(JsonNode status, String type) {
    for (JsonNode condition : status.path("conditions")) {
      if (type.equals(condition.path("type").asText())) {
        return "True".equals(condition.path("status").asText());
      }
    }
    return false;
  }
}
