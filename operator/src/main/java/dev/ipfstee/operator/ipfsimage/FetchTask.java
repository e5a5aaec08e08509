package dev.ipfstee.operator.ipfsimage;

import dev.ipfstee.api.v1alpha1.ExpectedImage;
import dev.ipfstee.api.v1alpha1.ImageLimits;
import dev.ipfstee.api.v1alpha1.ImagePlatform;
import dev.ipfstee.api.v1alpha1.ImageSource;
import dev.ipfstee.api.v1alpha1.ImageVerification.ConfigLint;
import dev.ipfstee.api.v1alpha1.IpfsImageSpec;
import dev.ipfstee.operator.config.GatewayUrl;
import dev.ipfstee.operator.config.OperatorConfig.Fetcher;
import dev.ipfstee.operator.credential.GatewayChoice;
import dev.ipfstee.operator.credential.Judged.Usable;
import dev.ipfstee.operator.kubernetes.InputHash;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Everything that a fetch depends on but its node and attempt. Two equal tasks are the same fetch.
 *
 * @param image {@code NAMESPACE/NAME} of the IpfsImage, for people
 * @param imageUid its UID: a namesake made later is another image
 * @param source as the user wrote it
 * @param gateways in order of preference; each is in the administrator's list
 * @param credentials that those demand; they reach the fetch as files
 * @param administrators the administrator's list, whose hosts may have private addresses
 * @param peers where other nodes have it; empty until one has found out what the CID leads to,
 *     which no other's word can replace
 * @param expectedDigest what the image must be: the user's pin, or what another node found
 * @param platforms at least one
 * @param anyPlatform whether those that the image lacks may be left out: they are the nodes', and
 *     nobody has asked for them
 * @param request hash of the request for another try that it answers; empty without. It begins the
 *     attempts anew, but a fetch that runs already is the same fetch, so the hash leaves it out.
 */
record FetchTask(
    String image,
    String imageUid,
    ImageSource source,
    List<GatewayUrl> gateways,
    List<Usable> credentials,
    List<GatewayUrl> administrators,
    Optional<String> peers,
    Optional<String> expectedDigest,
    List<String> platforms,
    boolean anyPlatform,
    ImageLimits limits,
    ConfigLint lint,
    Fetcher fetcher,
    String request) {

  FetchTask {
    gateways = List.copyOf(gateways);
    credentials = List.copyOf(credentials);
    administrators = List.copyOf(administrators);
    platforms = List.copyOf(platforms);
  }

  /**
   * What is to be fetched on each node.
   *
   * @param resolved what an earlier fetch has found: all others must find the same
   */
  static FetchTask of(IpfsImageInputs inputs, Optional<ResolvedImage> resolved) {
    IpfsImageSpec spec = inputs.spec();
    return new FetchTask(
        inputs.namespace() + "/" + inputs.name(),
        inputs.uid(),
        spec.source(),
        inputs.gateways().stream().map(GatewayChoice::url).toList(),
        inputs.credentials().usable(),
        inputs.config().gatewayUrls(),
        resolved.flatMap(unused -> Optional.ofNullable(inputs.config().fetcher().peers())),
        resolved
            .map(ResolvedImage::digest)
            .or(() -> Optional.ofNullable(spec.expected()).map(ExpectedImage::digest)),
        platforms(inputs, resolved),
        spec.platforms().isEmpty(),
        spec.limits(),
        spec.verification().config(),
        inputs.config().fetcher(),
        inputs.request().map(InputHash::of).orElse(""));
  }

  /** As asked for; else those that the image has; else as chosen by an earlier pass; else now. */
  static List<String> platforms(IpfsImageInputs inputs, Optional<ResolvedImage> resolved) {
    if (!inputs.spec().platforms().isEmpty()) {
      return inputs.spec().platforms();
    }
    if (resolved.isPresent()) {
      return resolved.get().platformNames().stream().sorted().toList();
    }
    if (!inputs.status().platforms().isEmpty()) {
      return inputs.status().platforms().stream().map(ImagePlatform::platform).sorted().toList();
    }
    return inputs.nodes().stream()
        .map(RegistryNode::platform)
        .flatMap(Optional::stream)
        .distinct()
        .sorted()
        .toList();
  }

  /**
   * The arguments of the image fetcher. What a user wrote is always part of one argument that
   * begins with our own text, or follows the end of the options, so none of it is read as an
   * option.
   */
  List<String> arguments() {
    List<String> arguments = new ArrayList<>();
    arguments.add("fetch");
    arguments.add("--store=" + fetcher.store());
    arguments.add("--report=/dev/termination-log");
    arguments.add("--min-free=" + fetcher.minFree());
    peers.ifPresent(peer -> arguments.add("--peer=" + peer));
    gateways.forEach(gateway -> arguments.add("--gateway=" + gateway));
    credentials.forEach(file -> arguments.add(file.option() + FetchCredentials.path(file)));
    if (fetcher.proxy() != null) {
      arguments.add("--proxy=" + fetcher.proxy().url());
      fetcher.proxy().except().forEach(host -> arguments.add("--no-proxy=" + host));
    }
    administrators.forEach(gateway -> arguments.add("--private-host=" + gateway.authority()));
    boolean hinted = hintIsAllowed();
    if (gateways.stream().anyMatch(GatewayUrl::isHttp)
        || hinted && source.uri().startsWith("http://")) {
      arguments.add("--allow-http");
    }
    if (!hinted) {
      arguments.add("--no-gateway-hint");
    }
    platforms.forEach(platform -> arguments.add("--platform=" + platform));
    if (anyPlatform) {
      arguments.add("--any-platform");
    }
    if (source.layout() != ImageSource.Layout.Auto) {
      arguments.add("--layout=" + source.layout());
    }
    if (source.refName() != null) {
      arguments.add("--ref-name=" + source.refName());
    }
    expectedDigest.ifPresent(digest -> arguments.add("--expected-digest=" + digest));
    arguments.add("--max-bytes=" + limits.maxBytes());
    arguments.add("--max-layers=" + limits.maxLayers());
    arguments.add("--timeout=" + limits.timeout());
    arguments.add("--stall-timeout=" + limits.stallTimeout());
    arguments.add("--config-lint=" + lint.name().toLowerCase(Locale.ROOT));
    arguments.add("--");
    arguments.add(source.uri());
    return List.copyOf(arguments);
  }

  /** Names the task: the same task has the same hash in every run of the operator. */
  String hash() {
    List<String> parts = new ArrayList<>(arguments());
    parts.add(imageUid);
    // A changed Secret makes another fetch. By its revision: a hash of the token would let one
    // guess
    // at it.
    credentials.forEach(file -> parts.add(file.revision()));
    parts.add(fetcher.image());
    // A fetch that lacked memory is another one when it gets more.
    parts.add(fetcher.resources().toString());
    return InputHash.of(parts.toArray(String[]::new));
  }

  /** Whether the reference names a gateway, in its host, that the administrator lists. */
  private boolean hintIsAllowed() {
    if (!source.uri().startsWith("https://") && !source.uri().startsWith("http://")) {
      return false;
    }
    GatewayUrl hint;
    try {
      URI uri = URI.create(source.uri());
      hint = GatewayUrl.parse(uri.getScheme() + "://" + uri.getRawAuthority());
    } catch (IllegalArgumentException e) {
      // The fetcher says what is wrong with the reference; until then no host of it is dialled.
      return false;
    }
    return administrators.stream()
        .filter(gateway -> gateway.scheme().equals(hint.scheme()))
        .anyMatch(gateway -> gateway.covers(hint.authority()));
  }
}
