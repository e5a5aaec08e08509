package dev.ipfstee.operator.status;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * The one write of a status per pass. Server-side apply wants the whole intent on a fresh object: a
 * copy of the cached one would claim the fields of others.
 */
public final class StatusPatch {
  private StatusPatch() {}

  /**
   * Writes the status if it differs. Times need no special care: {@link Conditions} moves them only
   * when something else has changed.
   *
   * @param empty makes an object of the kind without any content
   * @return whether it was written
   */
  public static <S, R extends CustomResource<?, S>> boolean write(
      Context<R> context, R current, S status, Supplier<R> empty) {
    if (Objects.equals(current.getStatus(), status)) {
      return false;
    }
    R fresh = empty.get();
    fresh.setMetadata(
        new ObjectMetaBuilder()
            .withName(current.getMetadata().getName())
            .withNamespace(current.getMetadata().getNamespace())
            .build());
    fresh.setStatus(status);
    context.resourceOperations().serverSideApplyPrimaryStatus(fresh);
    return true;
  }
}
