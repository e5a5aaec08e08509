package dev.ipfstee.operator.teeworkload;

import dev.ipfstee.api.v1alpha1.ConditionTypes;
import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.operator.status.Conditions;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Whether pods can be pinned to the images of a workload; where not, the reason and message of each
 * image that is worst off come up. Pure.
 *
 * @param reason {@link Reason#IMAGES_VERIFIED}, or that of the first image that is worst off
 */
record ImageReadiness(Reason reason, String message) {
  private static final String JUST_MADE = "waiting for the operator to look at it";

  static ImageReadiness of(TeeWorkloadInputs inputs) {
    Map<String, List<ImageUse>> uses =
        inputs.uses().stream()
            .filter(use -> use.ipfsImage().isPresent())
            .collect(
                Collectors.groupingBy(
                    use -> use.ipfsImage().orElseThrow(), LinkedHashMap::new, Collectors.toList()));
    List<ImageReadiness> waiting =
        uses.values().stream()
            .flatMap(users -> missing(users, inputs.image(users.getFirst())).stream())
            .sorted(Comparator.comparing(ImageReadiness::urgency).reversed())
            .toList();
    if (waiting.isEmpty()) {
      return new ImageReadiness(Reason.IMAGES_VERIFIED, "every image is verified");
    }
    ImageReadiness worst = waiting.getFirst();
    return new ImageReadiness(
        worst.reason(),
        waiting.stream()
            .filter(other -> other.urgency() == worst.urgency())
            .map(ImageReadiness::message)
            .collect(Collectors.joining("; ")));
  }

  boolean ready() {
    return reason == Reason.IMAGES_VERIFIED;
  }

  /** Whether an image is verified, and what to pin is known. */
  static boolean verified(IpfsImage image) {
    return image.getStatus() != null
        && image.getStatus().digest() != null
        && image.getStatus().reference() != null
        && Conditions.isTrue(image.getStatus().conditions(), ConditionTypes.VERIFIED);
  }

  /**
   * @param users the containers that run the image, at least one
   */
  private static Optional<ImageReadiness> missing(List<ImageUse> users, Optional<IpfsImage> image) {
    String name = users.getFirst().ipfsImage().orElseThrow();
    if (image.isEmpty()) {
      return Optional.of(
          users.getFirst().ours()
              ? new ImageReadiness(Reason.FETCH_PENDING, text(users, name, JUST_MADE))
              : new ImageReadiness(
                  Reason.IMAGE_NOT_FOUND,
                  "%s names the IpfsImage '%s', which doesn't exist in this namespace"
                      .formatted(ImageUse.containers(users), name)));
    }
    return verified(image.get()) ? Optional.empty() : Optional.of(why(users, name, image.get()));
  }

  private static ImageReadiness why(List<ImageUse> users, String name, IpfsImage image) {
    Optional<Condition> ready =
        Optional.ofNullable(image.getStatus())
            .flatMap(status -> Conditions.find(status.conditions(), ConditionTypes.READY));
    Reason reason =
        ready
            .flatMap(condition -> Reason.of(condition.getReason()))
            .filter(found -> found.next() != Reason.Next.NOTHING)
            .orElse(ready.isPresent() ? Reason.IMAGES_NOT_READY : Reason.FETCH_PENDING);
    return new ImageReadiness(
        reason, text(users, name, ready.map(Condition::getMessage).orElse(JUST_MADE)));
  }

  private static String text(List<ImageUse> users, String name, String message) {
    return "IpfsImage '%s' of %s: %s".formatted(name, ImageUse.containers(users), message);
  }

  /** What needs somebody to act outweighs what is retried, and that what is only under way. */
  private Reason.Next urgency() {
    return reason.next();
  }
}
