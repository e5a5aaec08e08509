package dev.ipfstee.operator.teeworkload;

import dev.ipfstee.api.v1alpha1.IpfsImage;
import dev.ipfstee.api.v1alpha1.Reason;
import dev.ipfstee.api.v1alpha1.TeeRequirement;
import dev.ipfstee.operator.check.Checks;
import dev.ipfstee.operator.check.Finding;
import dev.ipfstee.operator.config.Profile;
import dev.ipfstee.operator.kubernetes.OwnerRefs;
import dev.ipfstee.operator.reference.ImageName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What keeps a workload from being rolled out, as far as one can tell without trying. */
final class TeeWorkloadChecks {
  /** A RuntimeClass that appears is seen at once; this is for the case that it isn't. */
  private static final Duration LOOK_AGAIN = Duration.ofMinutes(5);

  /** Deployments of others aren't watched, so the end of one is seen by a GET every so often. */
  private static final Duration UNSEEN = Duration.ofSeconds(15);

  static final Checks<TeeWorkloadInputs> ALL =
      new Checks<>(
          List.of(
              // What isn't ours is not touched.
              TeeWorkloadChecks::deploymentIsOurs,
              TeeWorkloadChecks::ipfsImagesAreOurs,
              // What runs is named by its content.
              TeeWorkloadChecks::everyContainerHasAnImage,
              TeeWorkloadChecks::noNameCanChange,
              TeeWorkloadChecks::registryImagesArePinned,
              TeeWorkloadChecks::volumesAreOfRegistries,
              TeeWorkloadChecks::imageVolumesArePinned,
              TeeWorkloadChecks::someArchitectureRunsAllImages,
              // Where it runs is known and as confidential as is asked for.
              TeeWorkloadChecks::profileIsKnown,
              TeeWorkloadChecks::profileIsConfidential,
              TeeWorkloadChecks::guestNeedNotPull,
              TeeWorkloadChecks::templateAgreesOnTheRuntimeClass,
              TeeWorkloadChecks::runtimeClassExists));

  private TeeWorkloadChecks() {}

  private static Optional<Finding> deploymentIsOurs(TeeWorkloadInputs inputs) {
    return inputs
        .deployment()
        .filter(deployment -> !OwnerRefs.controls(inputs.workload(), deployment))
        .map(
            deployment ->
                Finding.needsUser(
                    Reason.NAME_CONFLICT,
                    "failed to roll out '%s': a Deployment of that name exists and isn't this"
                            .formatted(deployment.getMetadata().getName())
                        + " workload's; it is left untouched: rename the workload or remove it",
                    UNSEEN));
  }

  private static Optional<Finding> ipfsImagesAreOurs(TeeWorkloadInputs inputs) {
    return inputs.uses().stream()
        .filter(ImageUse::ours)
        .flatMap(use -> inputs.image(use).stream())
        .filter(image -> !ReferencedImages.isOurs(image))
        .findFirst()
        .map(IpfsImage::getMetadata)
        .map(
            metadata ->
                Finding.needsUser(
                    Reason.NAME_CONFLICT,
                    "failed to make the IpfsImage '%s': one of that name exists and isn't the"
                            .formatted(metadata.getName())
                        + " operator's; remove it, or name it in spec.images"));
  }

  private static Optional<Finding> everyContainerHasAnImage(TeeWorkloadInputs inputs) {
    return containers(
            inputs, use -> use.ipfsImage().isEmpty() && use.name() instanceof ImageName.Missing)
        .map(
            names ->
                Finding.needsUser(
                    Reason.TEMPLATE_INVALID,
                    "no image for %s: write ipfs://CID in the template, or name the container in"
                            .formatted(names)
                        + " spec.images"));
  }

  private static Optional<Finding> noNameCanChange(TeeWorkloadInputs inputs) {
    return containers(
            inputs, use -> use.ipfsImage().isEmpty() && use.name() instanceof ImageName.Mutable)
        .map(
            names ->
                Finding.needsUser(
                    Reason.MUTABLE_NAME,
                    "the image of %s is an IPNS name, whose content can change: write ipfs://CID"
                        .formatted(names)));
  }

  private static Optional<Finding> registryImagesArePinned(TeeWorkloadInputs inputs) {
    if (!inputs.workload().getSpec().tee().requireConfidential()) {
      return Optional.empty();
    }
    return containers(
            inputs,
            use ->
                use.ipfsImage().isEmpty()
                    && use.name() instanceof ImageName.Registry registry
                    && !registry.pinned())
        .map(
            names ->
                Finding.needsUser(
                    Reason.IMAGE_NOT_PINNED,
                    "the registry image of %s isn't pinned: write NAME@sha256:DIGEST or"
                            .formatted(names)
                        + " ipfs://CID, or set tee.requireConfidential to false"));
  }

  /** The kubelet mounts them, and asks no node registry for an ipfs:// reference. */
  private static Optional<Finding> volumesAreOfRegistries(TeeWorkloadInputs inputs) {
    return imageVolumes(
            inputs,
            image -> image instanceof ImageName.Content || image instanceof ImageName.Mutable)
        .map(
            names ->
                Finding.needsUser(
                    Reason.TEMPLATE_INVALID,
                    "the image of %s is on IPFS, which only containers can be run from: mount an"
                            .formatted(names)
                        + " image of a registry"));
  }

  private static Optional<Finding> imageVolumesArePinned(TeeWorkloadInputs inputs) {
    if (!inputs.workload().getSpec().tee().requireConfidential()) {
      return Optional.empty();
    }
    return imageVolumes(
            inputs, image -> image instanceof ImageName.Registry registry && !registry.pinned())
        .map(
            names ->
                Finding.needsUser(
                    Reason.IMAGE_NOT_PINNED,
                    "the registry image of %s isn't pinned: write NAME@sha256:DIGEST, or set"
                            .formatted(names)
                        + " tee.requireConfidential to false"));
  }

  private static Optional<Finding> someArchitectureRunsAllImages(TeeWorkloadInputs inputs) {
    return Architectures.ofAll(inputs)
        .filter(NavigableSet::isEmpty)
        .map(
            none ->
                Finding.needsUser(
                    Reason.PLATFORM_MISSING,
                    "no node can run all containers of the pod, whose images have no architecture"
                        + " in common: "
                        + inputs.uses().stream()
                            .flatMap(use -> architectures(inputs, use).stream())
                            .collect(Collectors.joining(", "))
                        + "; choose images that share one"));
  }

  private static Optional<String> architectures(TeeWorkloadInputs inputs, ImageUse use) {
    return inputs
        .image(use)
        .filter(ImageReadiness::verified)
        .map(
            image ->
                "'%s' has %s"
                    .formatted(use.container(), String.join(" and ", Architectures.of(image))));
  }

  private static Optional<Finding> profileIsKnown(TeeWorkloadInputs inputs) {
    return inputs.profile().isPresent()
        ? Optional.empty()
        : Optional.of(
            Finding.needsUser(
                Reason.UNKNOWN_PROFILE,
                "tee.profile '%s' is unknown: the operator has %s"
                    .formatted(tee(inputs).profile(), String.join(", ", inputs.profileNames()))));
  }

  private static Optional<Finding> profileIsConfidential(TeeWorkloadInputs inputs) {
    return inputs
        .profile()
        .filter(profile -> profile.mode() == Profile.Mode.None)
        .filter(profile -> tee(inputs).requireConfidential())
        .map(
            profile ->
                Finding.needsUser(
                    Reason.NO_TEE,
                    "tee.profile '%s' is no TEE: choose another, or set tee.requireConfidential to"
                            .formatted(tee(inputs).profile())
                        + " false for development"));
  }

  private static Optional<Finding> guestNeedNotPull(TeeWorkloadInputs inputs) {
    String profile = tee(inputs).profile();
    return inputs
        .profile()
        .filter(found -> found.pull() == Profile.Pull.Guest)
        .filter(found -> inputs.uses().stream().anyMatch(use -> use.ipfsImage().isPresent()))
        .map(
            found ->
                Finding.needsUser(
                    Reason.GUEST_PULL_NOT_CONFIGURED,
                    "with tee.profile '%s' the guest pulls images itself, and it can't reach the"
                            .formatted(profile)
                        + " node's registry: where Kata pulls on the host, the administrator sets"
                        + " profiles.%s.pull to Host in the chart's values".formatted(profile)));
  }

  private static Optional<Finding> templateAgreesOnTheRuntimeClass(TeeWorkloadInputs inputs) {
    String written = Template.runtimeClassName(inputs.workload().getSpec().template());
    return inputs
        .runtimeClassName()
        .filter(wanted -> written != null && !written.equals(wanted))
        .map(
            wanted ->
                Finding.needsUser(
                    Reason.TEMPLATE_INVALID,
                    "template.spec.runtimeClassName is '%s', but the profile wants '%s': remove it,"
                            .formatted(written, wanted)
                        + " or set tee.runtimeClassName"));
  }

  private static Optional<Finding> runtimeClassExists(TeeWorkloadInputs inputs) {
    return inputs
        .runtimeClassName()
        .filter(name -> inputs.runtimeClass().isEmpty())
        .map(
            name ->
                Finding.waitFor(
                    Reason.RUNTIME_CLASS_NOT_FOUND,
                    "RuntimeClass '%s' doesn't exist; to check: kubectl get runtimeclass %s"
                        .formatted(name, name),
                    LOOK_AGAIN));
  }

  private static TeeRequirement tee(TeeWorkloadInputs inputs) {
    return inputs.workload().getSpec().tee();
  }

  /** The containers that {@code affected} holds for, in words; empty when there are none. */
  private static Optional<String> containers(
      TeeWorkloadInputs inputs, Predicate<ImageUse> affected) {
    List<ImageUse> found = inputs.uses().stream().filter(affected).toList();
    return found.isEmpty() ? Optional.empty() : Optional.of(ImageUse.containers(found));
  }

  /** The same of volumes that are images. */
  private static Optional<String> imageVolumes(
      TeeWorkloadInputs inputs, Predicate<ImageName> affected) {
    List<String> names = new ArrayList<>();
    Template.imageVolumes(inputs.workload().getSpec().template())
        .forEach(
            (volume, image) -> {
              if (affected.test(ImageName.parse(image))) {
                names.add("'" + volume + "'");
              }
            });
    return names.isEmpty()
        ? Optional.empty()
        : Optional.of((names.size() > 1 ? "volumes " : "volume ") + String.join(", ", names));
  }
}
