package dev.ipfstee.operator.config;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** The TEE profiles by name: the built-in ones, with the administrator's laid over them. */
public final class Profiles {
  private static final Map<String, Profile> BUILT_IN =
      Map.of(
          // Labels of the NodeFeatureRule of kata-deploy, whose RuntimeClasses these are.
          "snp", podVm("kata-qemu-snp", "amd.feature.node.kubernetes.io/snp"),
          "tdx", podVm("kata-qemu-tdx", "intel.feature.node.kubernetes.io/tdx"),
          // The cloud's own labels of nodes that are confidential VMs.
          "gke-sev-snp", nodeVm("cloud.google.com/gke-confidential-nodes-instance-type", "SEV_SNP"),
          "gke-tdx", nodeVm("cloud.google.com/gke-confidential-nodes-instance-type", "TDX"),
          "aks-cvm", nodeVm("kubernetes.azure.com/security-type", "ConfidentialVM"),
          "none", new Profile(Profile.Mode.None, Profile.Pull.Host, null, List.of(), Map.of()));

  private final SortedMap<String, Profile> byName;

  private Profiles(SortedMap<String, Profile> byName) {
    this.byName = byName;
  }

  /**
   * @param configured what the administrator says; a name that is built in keeps what isn't said
   */
  static Profiles of(Map<String, Profile> configured) {
    SortedMap<String, Profile> merged = new TreeMap<>(BUILT_IN);
    configured.forEach(
        (name, profile) -> {
          OperatorConfig.check(profile != null, "profiles." + name + " is empty");
          merged.merge(name, profile, Profile::overriddenBy);
        });
    merged.replaceAll((name, profile) -> profile.checked(name));
    return new Profiles(merged);
  }

  public Optional<Profile> find(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /** All names, for messages. */
  public SortedSet<String> names() {
    return new TreeSet<>(byName.keySet());
  }

  private static Profile podVm(String runtimeClass, String label) {
    return new Profile(
        Profile.Mode.PodVM,
        Profile.Pull.Guest,
        runtimeClass,
        List.of(Map.of(label, "true")),
        Map.of());
  }

  private static Profile nodeVm(String label, String value) {
    return new Profile(
        Profile.Mode.NodeVM, Profile.Pull.Host, null, List.of(Map.of(label, value)), Map.of());
  }
}
