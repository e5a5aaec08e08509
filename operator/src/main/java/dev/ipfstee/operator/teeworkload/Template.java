package dev.ipfstee.operator.teeworkload;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads and extends the tree of a pod template, of which only names and images are certain. */
final class Template {
  private Template() {}

  /** Containers, then initContainers. The schema makes them objects with a name. */
  static List<JsonNode> containers(JsonNode template) {
    List<JsonNode> containers = new ArrayList<>();
    template.path("spec").path("containers").forEach(containers::add);
    template.path("spec").path("initContainers").forEach(containers::add);
    return containers;
  }

  /** What is mounted from images, by the names of the volumes, in their order. */
  static Map<String, String> imageVolumes(JsonNode template) {
    Map<String, String> volumes = new LinkedHashMap<>();
    for (JsonNode volume : template.path("spec").path("volumes")) {
      if (volume.path("image").hasNonNull("reference")) {
        volumes.put(volume.path("name").asText(), volume.at("/image/reference").asText());
      }
    }
    return volumes;
  }

  /** The RuntimeClass that the template itself asks for, or null. */
  static String runtimeClassName(JsonNode template) {
    return template.path("spec").path("runtimeClassName").asText(null);
  }

  /** The object under {@code field}, made if it isn't there; an odd value gives way to it. */
  static ObjectNode object(ObjectNode parent, String field) {
    return parent.get(field) instanceof ObjectNode there ? there : parent.putObject(field);
  }
}
