package dev.ipfstee.crds;

import dev.ipfstee.api.v1alpha1.Reason;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * {@code docs/api.md}: every field of the CRDs, the conditions from the comments of {@code
 * ConditionTypes}, and the reasons.
 */
final class ApiReference {
  private static final Path CONDITION_TYPES =
      Path.of("src/main/java/dev/ipfstee/api/v1alpha1/ConditionTypes.java");
  private static final Pattern CONDITION =
      Pattern.compile(
          "/\\*\\* (Both kinds|IpfsImage|TeeWorkload): ((?:(?!\\*/).)*?) \\*/\\s+public static"
              + " final String \\w+ = \"(\\w+)\"",
          Pattern.DOTALL);
  private static final Pattern TOLD_DEFAULT = Pattern.compile("(?s)(.*?)\\s*Default: (.*)\\.");

  private final StringBuilder page = new StringBuilder();

  private ApiReference() {}

  /** The whole page, of the CRDs as YAML. */
  static String of(Map<String, String> crds) throws IOException {
    ApiReference reference = new ApiReference();
    reference.head();
    String conditions = Files.readString(CONDITION_TYPES);
    for (String yaml : crds.values()) {
      reference.kind(Serialization.unmarshal(yaml, CustomResourceDefinition.class), conditions);
    }
    reference.reasons();
    return reference.page.toString();
  }

  private void head() {
    page.append(
        """
        # API reference

        <!-- Written by "make crds" from the CRDs, ConditionTypes.java and Reason.java. Don't edit. -->

        Both kinds are namespaced and of `ipfstee.dev/v1alpha1`. `kubectl explain ipfsimage.spec` and `kubectl explain teeworkload.spec` show the same. A field that isn't here is refused by `kubectl` (strict validation) and dropped by the API server otherwise.

        Sizes are Kubernetes quantities (`10Gi`), times durations of hours, minutes and seconds (`1h30m`). What a rule refuses is refused when it is applied, with the words given here.
        """);
  }

  private void kind(CustomResourceDefinition crd, String conditions) {
    String kind = crd.getSpec().getNames().getKind();
    CustomResourceDefinitionVersion version = crd.getSpec().getVersions().getFirst();
    JSONSchemaProps schema = version.getSchema().getOpenAPIV3Schema();
    page.append("\n## %s\n\n%s\n\n".formatted(kind, schema.getDescription()));
    page.append(
        "Short name `%s`, category `%s`. Columns of `kubectl get`: %s.\n"
            .formatted(
                String.join("`, `", crd.getSpec().getNames().getShortNames()),
                String.join("`, `", crd.getSpec().getNames().getCategories()),
                version.getAdditionalPrinterColumns().stream()
                    .map(
                        column ->
                            column.getName()
                                + (column.getPriority() > 0 ? " (with `-o wide`)" : ""))
                    .collect(Collectors.joining(", "))));
    for (String part : List.of("spec", "status")) {
      JSONSchemaProps props = schema.getProperties().get(part);
      page.append("\n### %s %s\n\n%s\n\n".formatted(kind, part, props.getDescription()));
      page.append("| Field | Type | Default | Meaning |\n|---|---|---|---|\n");
      fields("", props);
      rules(props).forEach(rule -> page.append("\nRule of the whole: *%s*.\n".formatted(rule)));
    }
    page.append("\n### %s conditions\n\n| Type | True means |\n|---|---|\n".formatted(kind));
    Matcher matcher = CONDITION.matcher(conditions);
    while (matcher.find()) {
      if (List.of("Both kinds", kind).contains(matcher.group(1))) {
        String meaning = matcher.group(2).replaceAll("\\s*\\n\\s*\\* ?", " ");
        page.append("| `%s` | %s |\n".formatted(matcher.group(3), capitalised(meaning)));
      }
    }
  }

  private void fields(String prefix, JSONSchemaProps parent) {
    List<String> required = parent.getRequired() == null ? List.of() : parent.getRequired();
    parent
        .getProperties()
        .forEach(
            (name, field) -> {
              String path = prefix + name;
              row(path, field, required.contains(name));
              if (field.getProperties() != null) {
                fields(path + ".", field);
              }
              JSONSchemaProps item = field.getItems() == null ? null : field.getItems().getSchema();
              if (item != null && item.getProperties() != null && !item.getProperties().isEmpty()) {
                fields(path + "[].", item);
              }
            });
  }

  private void row(String path, JSONSchemaProps field, boolean required) {
    String description = field.getDescription() == null ? "" : field.getDescription();
    Matcher told = TOLD_DEFAULT.matcher(description);
    String defaultValue = required ? "required" : "";
    if (told.matches()) {
      description = told.group(1);
      defaultValue = told.group(2);
    } else if (field.getDefault() != null) {
      defaultValue = field.getDefault().toString();
    }
    List<String> meaning = new ArrayList<>();
    meaning.add(description);
    bounds(field).forEach(bound -> meaning.add(bound + "."));
    rules(field).forEach(rule -> meaning.add("Rule: *" + rule + "*."));
    page.append(
        "| `%s` | %s | %s | %s |\n"
            .formatted(
                path, type(field), cell(defaultValue), cell(String.join(" ", meaning).strip())));
  }

  private static String type(JSONSchemaProps field) {
    if (Boolean.TRUE.equals(field.getXKubernetesIntOrString())) {
      return "integer or string";
    }
    if ("array".equals(field.getType())) {
      return "list of " + type(field.getItems().getSchema());
    }
    String type = field.getFormat() == null ? field.getType() : field.getFormat();
    return Boolean.TRUE.equals(field.getXKubernetesPreserveUnknownFields())
        ? type + ", any fields"
        : type;
  }

  /** What the schema bounds, in words. */
  private static List<String> bounds(JSONSchemaProps field) {
    List<String> bounds = new ArrayList<>();
    if (field.getEnum() != null && !field.getEnum().isEmpty()) {
      bounds.add(
          field.getEnum().stream()
              .map(value -> "`" + value.asText() + "`")
              .collect(Collectors.joining(", ", "One of ", "")));
    }
    String told = field.getDescription() == null ? "" : field.getDescription();
    range("", field.getMinimum(), field.getMaximum(), told).ifPresent(bounds::add);
    range(" entries", field.getMinItems(), field.getMaxItems(), told).ifPresent(bounds::add);
    range(" characters", field.getMinLength(), field.getMaxLength(), told).ifPresent(bounds::add);
    if (field.getXKubernetesListMapKeys() != null && !field.getXKubernetesListMapKeys().isEmpty()) {
      bounds.add("One entry per " + String.join(", ", field.getXKubernetesListMapKeys()));
    }
    return bounds;
  }

  /** Empty where there is none, and where the description tells the upper bound. */
  private static Optional<String> range(String unit, Number least, Number most, String told) {
    if (most == null) {
      return Optional.ofNullable(least).map(bound -> "At least " + bound.longValue() + unit);
    }
    if (Pattern.compile("\\b" + most.longValue() + "\\b").matcher(told).find()) {
      return Optional.empty();
    }
    return Optional.of(
        least == null || least.longValue() == 0
            ? "At most " + most.longValue() + unit
            : least.longValue() + " to " + most.longValue() + unit);
  }

  private static List<String> rules(JSONSchemaProps field) {
    Stream<ValidationRule> own =
        field.getXKubernetesValidations() == null
            ? Stream.of()
            : field.getXKubernetesValidations().stream();
    return own.map(ValidationRule::getMessage).toList();
  }

  private void reasons() {
    page.append(
        """

        ## Reasons

        One word in conditions, events and metrics alike; each leads to what to do. *Tried again* and *on its way* go with the condition `Reconciling`, *you act* and *armed again* with `Stalled`; *armed again* is tried anew when the spec or the gateways change, on request, and every 6 hours.

        | Reason | Meaning | Next |
        |---|---|---|
        """);
    for (Reason reason : Reason.values()) {
      page.append(
          "| [%s](troubleshooting.md#%s) | %s | %s |\n"
              .formatted(
                  reason.label(),
                  reason.label().toLowerCase(Locale.ROOT),
                  cell(reason.sentence()),
                  next(reason.next())));
    }
  }

  private static String next(Reason.Next next) {
    return switch (next) {
      case NOTHING -> "all is well";
      case WAITING -> "on its way";
      case RETRIED -> "tried again";
      case ON_HOLD -> "on hold, as you want it";
      case REARMED -> "armed again";
      case USER_ACTS -> "you act";
    };
  }

  private static String cell(String text) {
    return text.replaceAll("\\s+", " ").replace("|", "&#124;");
  }

  private static String capitalised(String text) {
    return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }
}
