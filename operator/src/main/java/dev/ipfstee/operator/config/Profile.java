package dev.ipfstee.operator.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How workloads run on one kind of TEE.
 *
 * @param mode what is confidential: the pod's VM, the node, or nothing
 * @param pull who pulls the image: the node, or the guest inside the TEE
 * @param runtimeClassName the default RuntimeClass; null for the node's own runtime
 * @param nodeSelectorTerms alternatives: a node fits if it carries all labels of one of them; empty
 *     means any node
 * @param annotations what pods get besides
 */
public record Profile(
    Mode mode,
    Pull pull,
    String runtimeClassName,
    List<Map<String, String>> nodeSelectorTerms,
    Map<String, String> annotations) {

  /** What is confidential. */
  public enum Mode {
    PodVM,
    NodeVM,
    None
  }

  /** Who pulls the image. */
  public enum Pull {
    Host,
    Guest
  }

  /** The RuntimeClass unless the workload names another one. */
  public Optional<String> runtimeClass() {
    return Optional.ofNullable(runtimeClassName);
  }

  /** Whether a node with these labels fits. */
  public boolean matches(Map<String, String> labels) {
    return nodeSelectorTerms.isEmpty()
        || nodeSelectorTerms.stream()
            .anyMatch(term -> labels.entrySet().containsAll(term.entrySet()));
  }

  /** This profile with every field that the other one says something about taken from it. */
  Profile overriddenBy(Profile other) {
    return new Profile(
        other.mode == null ? mode : other.mode,
        other.pull == null ? pull : other.pull,
        other.runtimeClassName == null ? runtimeClassName : other.runtimeClassName,
        other.nodeSelectorTerms == null ? nodeSelectorTerms : other.nodeSelectorTerms,
        other.annotations == null ? annotations : other.annotations);
  }

  /** Whole and immutable; mode is required, a guest pulls only where a pod has its own VM. */
  Profile checked(String name) {
    String key = "profiles." + name;
    OperatorConfig.check(mode != null, key + ".mode is required: PodVM, NodeVM or None");
    OperatorConfig.check(
        mode != Mode.PodVM || runtimeClassName != null,
        key + ".runtimeClassName is required with mode PodVM");
    Pull who = pull != null ? pull : mode == Mode.PodVM ? Pull.Guest : Pull.Host;
    OperatorConfig.check(
        who == Pull.Host || mode == Mode.PodVM,
        key + ".pull: Guest is only possible with mode PodVM");
    return new Profile(
        mode,
        who,
        runtimeClassName,
        nodeSelectorTerms == null
            ? List.of()
            : nodeSelectorTerms.stream().map(Map::copyOf).toList(),
        annotations == null ? Map.of() : Map.copyOf(annotations));
  }
}
