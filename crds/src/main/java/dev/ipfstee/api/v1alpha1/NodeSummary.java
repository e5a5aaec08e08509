package dev.ipfstee.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;

/** How far an image is spread over the nodes. */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record NodeSummary(
    @JsonPropertyDescription("Number of nodes that shall hold the image.") Integer desired,
    @JsonPropertyDescription("Number of nodes that hold the image, verified.") Integer ready,
    @JsonPropertyDescription("Number of nodes that are fetching the image.") Integer fetching,
    @JsonPropertyDescription("Number of nodes whose last attempt failed.") Integer failed,
    @JsonPropertyDescription("The first 10 of the failed nodes, by name.")
        List<NodeFailure> failures) {

  public NodeSummary {
    failures = Defaults.list(failures);
  }

  /** Why one node doesn't hold the image. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record NodeFailure(
      @JsonPropertyDescription("Name of the node.") String node,
      @JsonPropertyDescription("Why the last attempt on it failed, in one word.") String reason) {}
}
