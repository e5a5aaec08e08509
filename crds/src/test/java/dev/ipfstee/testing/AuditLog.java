package dev.ipfstee.testing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What service accounts asked an API server for, as the server wrote it down. */
public final class AuditLog {
  /** One line per request of a service account, and none for anybody else. */
  static final String POLICY =
      """
      apiVersion: audit.k8s.io/v1
      kind: Policy
      omitStages: [RequestReceived]
      rules:
      - level: Metadata
        userGroups: ["system:serviceaccounts"]
      - level: None
      """;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;

  AuditLog(Path file) {
    this.file = file;
  }

  /**
   * A request for a resource.
   *
   * @param resource with its group before and its subresource behind it, as in {@code
   *     apps/deployments/status}; the group of the core is empty
   * @param namespace empty for what is asked of the whole cluster
   * @param code of the answer
   */
  public record Request(String verb, String resource, String namespace, int code) {
    /** Whether a server-side apply made something new, for which the server asks for two rights. */
    public boolean created() {
      return verb.equals("patch") && code == 201;
    }
  }

  /** All that a service account has asked for so far. */
  public List<Request> of(String namespace, String serviceAccount) {
    String user = "system:serviceaccount:" + namespace + ":" + serviceAccount;
    try {
      return Files.readAllLines(file).stream()
          .map(AuditLog::parse)
          .filter(event -> user.equals(event.path("user").path("username").asText()))
          .filter(event -> event.has("objectRef"))
          .map(AuditLog::request)
          .distinct()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Request request(JsonNode event) {
    JsonNode object = event.get("objectRef");
    String subresource = object.path("subresource").asText("");
    return new Request(
        event.get("verb").asText(),
        object.path("apiGroup").asText("")
            + "/"
            + object.path("resource").asText("")
            + (subresource.isEmpty() ? "" : "/" + subresource),
        object.path("namespace").asText(""),
        event.path("responseStatus").path("code").asInt());
  }

  /** The last line may be half written. */
  private static JsonNode parse(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      return JSON.createObjectNode();
    }
  }
}
