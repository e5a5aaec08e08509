package dev.ipfstee.operator.application;

import dev.ipfstee.testing.ApiServer;
import dev.ipfstee.testing.AuditLog;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.RoleRef;
import io.fabric8.kubernetes.api.model.rbac.Subject;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The rights that are bound to a service account, against the requests that it has made. */
final class RightsInUse {
  /** Rights that are needed although no request shows it, and why. */
  static final Map<String, String> UNASKED =
      Map.of(
          "update ipfstee.dev/teeworkloads/finalizers",
          "asked for by OwnerReferencesPermissionEnforcement, which this API server has on",
          "update coordination.k8s.io/leases",
          "the framework renews by patch, but ends its start where it may not update");

  private final KubernetesClient client;
  private final String namespace;
  private final String serviceAccount;

  RightsInUse(KubernetesClient client, String namespace, String serviceAccount) {
    this.client = client;
    this.namespace = namespace;
    this.serviceAccount = serviceAccount;
  }

  /**
   * One verb on one resource.
   *
   * @param scope a namespace; empty for the whole cluster
   */
  private record Right(String scope, String verb, String resource) {
    boolean coversOneOf(Set<Right> asked) {
      return asked.stream()
          .anyMatch(
              other ->
                  other.verb.equals(verb)
                      && other.resource.equals(resource)
                      && (scope.isEmpty() || scope.equals(other.scope)));
    }

    @Override
    public String toString() {
      return verb + " " + resource;
    }
  }

  /** The requests that were refused for want of a right. */
  List<AuditLog.Request> forbidden() {
    return requests().stream().filter(request -> request.code() == 403).toList();
  }

  /** The resources that were asked for without naming a namespace. */
  Set<String> acrossNamespaces() {
    return requests().stream()
        .filter(request -> request.namespace().isEmpty())
        .map(AuditLog.Request::resource)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The namespaces that were named in requests. */
  Set<String> namespaces() {
    return requests().stream()
        .map(AuditLog.Request::namespace)
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The rights that no request has needed, each as {@code verb group/resource}. */
  Set<String> unused() {
    Set<Right> asked = requests().stream().flatMap(RightsInUse::needed).collect(Collectors.toSet());
    return granted().stream()
        .filter(right -> !right.coversOneOf(asked))
        .map(Right::toString)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private List<AuditLog.Request> requests() {
    return ApiServer.shared().audit().of(namespace, serviceAccount);
  }

  private static Stream<Right> needed(AuditLog.Request request) {
    Right right = new Right(request.namespace(), request.verb(), request.resource());
    return request.created()
        ? Stream.of(right, new Right(request.namespace(), "create", request.resource()))
        : Stream.of(right);
  }

  private Set<Right> granted() {
    Set<Right> granted = new HashSet<>();
    client.rbac().clusterRoleBindings().list().getItems().stream()
        .filter(binding -> binds(binding.getSubjects()))
        .forEach(binding -> granted.addAll(rights("", rules("", binding.getRoleRef()))));
    client.rbac().roleBindings().inAnyNamespace().list().getItems().stream()
        .filter(binding -> binds(binding.getSubjects()))
        .forEach(
            binding -> {
              String scope = binding.getMetadata().getNamespace();
              granted.addAll(rights(scope, rules(scope, binding.getRoleRef())));
            });
    return granted;
  }

  private boolean binds(List<Subject> subjects) {
    return subjects.stream()
        .anyMatch(
            subject ->
                serviceAccount.equals(subject.getName())
                    && namespace.equals(subject.getNamespace()));
  }

  private List<PolicyRule> rules(String scope, RoleRef role) {
    return role.getKind().equals("ClusterRole")
        ? client.rbac().clusterRoles().withName(role.getName()).require().getRules()
        : client.rbac().roles().inNamespace(scope).withName(role.getName()).require().getRules();
  }

  private static Set<Right> rights(String scope, List<PolicyRule> rules) {
    Set<Right> rights = new HashSet<>();
    for (PolicyRule rule : rules) {
      for (String group : rule.getApiGroups()) {
        for (String resource : rule.getResources()) {
          rule.getVerbs()
              .forEach(verb -> rights.add(new Right(scope, verb, group + "/" + resource)));
        }
      }
    }
    return rights;
  }
}
