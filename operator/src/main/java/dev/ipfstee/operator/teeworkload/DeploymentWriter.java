package dev.ipfstee.operator.teeworkload;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ipfstee.api.v1alpha1.ApiLabels;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.check.Finding;
import dev.ipfstee.operator.kubernetes.ServerWords;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Applies a Deployment by server-side apply. An apply that changes nothing writes nothing, so the
 * server is asked in every pass, and what others have changed of ours is put right.
 */
final class DeploymentWriter {
  private static final ResourceDefinitionContext DEPLOYMENTS =
      new ResourceDefinitionContext.Builder()
          .withGroup("apps")
          .withVersion("v1")
          .withKind("Deployment")
          .withPlural("deployments")
          .withNamespaced(true)
          .build();

  /** What the server answers when it has understood the request and doesn't like the content. */
  private static final Set<Integer> REFUSALS = Set.of(400, 422);

  /** How a server-side apply with a field that the server doesn't know is answered, with a 500. */
  private static final String UNKNOWN_FIELD = "failed to create typed patch object";

  private final KubernetesClient client;

  DeploymentWriter(KubernetesClient client) {
    this.client = client;
  }

  /**
   * What came of it.
   *
   * @param deployment as the server has it now; empty after a refusal and a dry run
   * @param refusal the server's words when it refused the template
   * @param pending whether the Deployment that the spec asks for is held back and is another one
   */
  record Result(Optional<Deployment> deployment, Optional<Finding> refusal, boolean pending) {

    Result refused(Finding why) {
      return new Result(deployment, Optional.of(why), pending);
    }
  }

  /** Creates or changes the Deployment. Failures other than a refusal are thrown. */
  Result apply(ObjectNode deployment) {
    return patch(deployment, false);
  }

  /** Asks the server what it would say, and changes nothing. */
  Result dryRun(ObjectNode deployment) {
    return new Result(Optional.empty(), patch(deployment, true).refusal(), false);
  }

  /** Asks the server what it would say to the next one, and changes nothing but the replicas. */
  Result hold(ObjectNode next, Optional<Deployment> running, int replicas) {
    Optional<Deployment> held = running.map(found -> scale(found, replicas));
    Result asked = patch(next, true);
    boolean pending = !asked.deployment().map(this::generation).equals(held.map(this::generation));
    return new Result(held, asked.refusal(), asked.refusal().isEmpty() && pending);
  }

  /** By the UID, so that a namesake made in between is left alone. */
  private Deployment scale(Deployment running, int replicas) {
    if (Objects.equals(running.getSpec().getReplicas(), replicas)) {
      return running;
    }
    return client
        .apps()
        .deployments()
        .resource(running)
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.JSON_MERGE)
                .withFieldManager(ApiLabels.MANAGED_BY_OPERATOR)
                .build(),
            "{\"metadata\":{\"uid\":\"%s\"},\"spec\":{\"replicas\":%d}}"
                .formatted(running.getMetadata().getUid(), replicas));
  }

  /** It moves when the spec does, in the answer to a dry run too. */
  private Long generation(Deployment deployment) {
    return deployment.getMetadata().getGeneration();
  }

  private Result patch(ObjectNode deployment, boolean dryRun) {
    PatchContext.Builder context =
        new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager(ApiLabels.MANAGED_BY_OPERATOR)
            .withForce(true);
    if (dryRun) {
      context.withDryRun(List.of("All"));
    }
    try {
      // As an object: a patch given as text is preceded by a GET, which fails before the first.
      GenericKubernetesResource applied =
          client
              .genericKubernetesResources(DEPLOYMENTS)
              .inNamespace(deployment.at("/metadata/namespace").asText())
              .resource(untyped(deployment))
              .patch(context.build());
      return new Result(Optional.of(typed(applied)), Optional.empty(), false);
    } catch (KubernetesClientException e) {
      if (!refused(e)) {
        throw e;
      }
      return new Result(
          Optional.empty(),
          Optional.of(
              Finding.needsUser(
                  Reason.TEMPLATE_INVALID,
                  "the API server refuses the Deployment: " + ServerWords.of(e))),
          false);
    }
  }

  private static boolean refused(KubernetesClientException e) {
    return REFUSALS.contains(e.getCode()) || ServerWords.of(e).startsWith(UNKNOWN_FIELD);
  }

  private GenericKubernetesResource untyped(ObjectNode deployment) {
    return client
        .getKubernetesSerialization()
        .convertValue(deployment, GenericKubernetesResource.class);
  }

  private Deployment typed(GenericKubernetesResource applied) {
    return client.getKubernetesSerialization().convertValue(applied, Deployment.class);
  }
}
