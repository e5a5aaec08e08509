package dev.ipfstee.crds;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaPropsBuilder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Adds to the generated CRDs what fabric8's generator has no annotation for. */
final class CrdPostProcessor implements CRDPostProcessor {
  private static final Map<String, List<String>> COLUMNS =
      Map.of(
          "IpfsImage", List.of("Ready", "Nodes", "CID", "Digest", "Status", "Age"),
          "TeeWorkload",
              List.of(
                  "Ready",
                  "Replicas",
                  "Running",
                  "Profile",
                  "Confidential",
                  "Digest",
                  "Status",
                  "Age"));

  private static final Map<String, String> DESCRIPTIONS =
      Map.of(
          "IpfsImage",
          "One content-addressed container image, and where it must be.",
          "TeeWorkload",
          "A Deployment's worth of confidential pods, run from images that are named by their"
              + " CID.");

  @Override
  public HasMetadata process(HasMetadata object, String crdSpecVersion) {
    CustomResourceDefinition crd = (CustomResourceDefinition) object;
    String kind = crd.getSpec().getNames().getKind();
    for (CustomResourceDefinitionVersion version : crd.getSpec().getVersions()) {
      JSONSchemaProps root = version.getSchema().getOpenAPIV3Schema();
      root.setDescription(DESCRIPTIONS.get(kind));
      root.setRequired(List.of("spec"));
      JSONSchemaProps status = root.getProperties().get("status");
      // A new object has no status until the operator has seen it; without this default kstatus
      // would take it for done.
      status.setDefault(JsonNodeFactory.instance.objectNode().put("observedGeneration", -1));
      status.setDescription("What the operator found. Written by the operator alone.");
      root.getProperties().get("spec").setDescription("What is wanted.");
      conditions(status.getProperties().get("conditions"));
      if (kind.equals("IpfsImage")) {
        ipfsImage(status);
      } else {
        teeWorkload(root.getProperties().get("spec"), status);
      }
      everywhere(root, CrdPostProcessor::widen);
      everywhere(root, CrdPostProcessor::withoutRepeatedRules);
      version.setAdditionalPrinterColumns(
          ordered(version.getAdditionalPrinterColumns(), COLUMNS.get(kind)));
    }
    return crd;
  }

  private static void ipfsImage(JSONSchemaProps status) {
    listMap(status.getProperties().get("platforms"), "platform");
    JSONSchemaProps failures = status.getProperties().get("nodes").getProperties().get("failures");
    failures.setMaxItems(10L);
    listMap(failures, "node");
  }

  private static void teeWorkload(JSONSchemaProps spec, JSONSchemaProps status) {
    listMap(spec.getProperties().get("images"), "container");
    listMap(status.getProperties().get("images"), "container");
    Map<String, JSONSchemaProps> template = spec.getProperties();
    template.put("template", podTemplate(template.get("template").getDescription()));
  }

  /**
   * A pod template of which only what the rules need is declared, and all the rest is kept. The
   * whole schema of a pod would make the CRD larger than clients can apply.
   */
  private static JSONSchemaProps podTemplate(String description) {
    return new JSONSchemaPropsBuilder()
        .withDescription(description)
        .withType("object")
        .withXKubernetesPreserveUnknownFields(true)
        .withRequired("spec")
        .addToProperties("metadata", open("Labels and annotations of the pods.").build())
        .addToProperties(
            "spec",
            open("A core/v1 PodSpec.")
                .withRequired("containers")
                .addToProperties("containers", containers("Containers of the pods, 1 to 32.", 1L))
                .addToProperties(
                    "initContainers",
                    containers("Containers that run before the others, at most 32.", null))
                .build())
        .build();
  }

  private static JSONSchemaProps containers(String description, Long least) {
    JSONSchemaProps container =
        open("A core/v1 Container.")
            .withRequired("name")
            .addToProperties(
                "name",
                new JSONSchemaPropsBuilder()
                    .withDescription("Name of the container, 1 to 63 characters.")
                    .withType("string")
                    .withMinLength(1L)
                    .withMaxLength(63L)
                    .build())
            .addToProperties(
                "image",
                new JSONSchemaPropsBuilder()
                    .withDescription(
                        "An ipfs:// reference or the URL of a gateway, a registry image, or absent"
                            + " when spec.images names the container. At most 2048 characters.")
                    .withType("string")
                    .withMaxLength(2048L)
                    .build())
            .build();
    JSONSchemaProps list =
        new JSONSchemaPropsBuilder()
            .withDescription(description)
            .withType("array")
            .withMinItems(least)
            .withMaxItems(32L)
            .withNewItems()
            .withSchema(container)
            .endItems()
            .build();
    listMap(list, "name");
    return list;
  }

  private static JSONSchemaPropsBuilder open(String description) {
    return new JSONSchemaPropsBuilder()
        .withDescription(description)
        .withType("object")
        .withXKubernetesPreserveUnknownFields(true);
  }

  /** The condition of KEP-1623. */
  private static void conditions(JSONSchemaProps conditions) {
    JSONSchemaProps condition =
        new JSONSchemaPropsBuilder()
            .withDescription("One statement about the object.")
            .withType("object")
            .withRequired("type", "status", "lastTransitionTime", "reason", "message")
            .addToProperties(
                "type",
                string("What the statement is about.", 1, 316)
                    .withPattern(
                        "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
                            + "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$")
                    .build())
            .addToProperties(
                "status",
                new JSONSchemaPropsBuilder()
                    .withDescription("Whether it is true.")
                    .withType("string")
                    .withEnum(
                        List.of("True", "False", "Unknown").stream()
                            .<JsonNode>map(JsonNodeFactory.instance::textNode)
                            .toList())
                    .build())
            .addToProperties(
                "observedGeneration",
                new JSONSchemaPropsBuilder()
                    .withDescription("Generation of the spec that the statement speaks of.")
                    .withType("integer")
                    .withFormat("int64")
                    .withMinimum(0.0)
                    .build())
            .addToProperties(
                "lastTransitionTime",
                new JSONSchemaPropsBuilder()
                    .withDescription("When the status became what it is.")
                    .withType("string")
                    .withFormat("date-time")
                    .build())
            .addToProperties(
                "reason",
                string("Why it is so, in one word.", 1, 1024)
                    .withPattern("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$")
                    .build())
            .addToProperties("message", string("Why it is so, for people.", 0, 32768).build())
            .build();
    conditions.getItems().setSchema(condition);
    listMap(conditions, "type");
  }

  private static JSONSchemaPropsBuilder string(String description, long least, long most) {
    return new JSONSchemaPropsBuilder()
        .withDescription(description)
        .withType("string")
        .withMinLength(least == 0 ? null : least)
        .withMaxLength(most);
  }

  private static void listMap(JSONSchemaProps list, String key) {
    list.setXKubernetesListType("map");
    list.setXKubernetesListMapKeys(List.of(key));
    JSONSchemaProps item = list.getItems().getSchema();
    if (!item.getRequired().contains(key)) {
      item.getRequired().add(key);
    }
  }

  private static void everywhere(JSONSchemaProps schema, Consumer<JSONSchemaProps> change) {
    change.accept(schema);
    schema.getProperties().values().forEach(property -> everywhere(property, change));
    if (schema.getItems() != null && schema.getItems().getSchema() != null) {
      everywhere(schema.getItems().getSchema(), change);
    }
  }

  /** Java's Long is 64 bits wide, and the schema shall say so. */
  private static void widen(JSONSchemaProps schema) {
    if ("integer".equals(schema.getType()) && schema.getFormat() == null) {
      schema.setFormat("int64");
    }
  }

  /** The generator finds an annotation of a record's component twice: on field and accessor. */
  private static void withoutRepeatedRules(JSONSchemaProps schema) {
    schema.setXKubernetesValidations(
        schema.getXKubernetesValidations().stream().distinct().toList());
  }

  private static List<CustomResourceColumnDefinition> ordered(
      List<CustomResourceColumnDefinition> columns, List<String> names) {
    Map<String, CustomResourceColumnDefinition> byName =
        columns.stream()
            .collect(
                Collectors.toMap(CustomResourceColumnDefinition::getName, Function.identity()));
    if (!byName.keySet().equals(Set.copyOf(names))) {
      throw new IllegalStateException("columns %s, order %s".formatted(byName.keySet(), names));
    }
    return names.stream().map(byName::get).toList();
  }
}
