package dev.ipfstee.operator.reference;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What an image reference says: the image field of a container, or the source of an IpfsImage. */
public sealed interface ImageName {

  /**
   * Content by its CID.
   *
   * @param reference as the author wrote it
   * @param canonical {@code ipfs://CID[/path]} with the CID as CIDv1 in base32: the same for every
   *     spelling of the same content
   */
  record Content(String reference, String canonical) implements ImageName {

    /** The CID without a path, as CIDv1 in base32; empty when no image can have it. */
    public Optional<String> root() {
      return CanonicalCid.ofContent(
          canonical.substring("ipfs://".length()).replaceFirst("/.*", ""));
    }
  }

  /** An IPNS name: what it points to can change, so it's never run. */
  record Mutable(String reference) implements ImageName {}

  /** An image of an ordinary registry, which is left alone. */
  record Registry(String image) implements ImageName {
    private static final Pattern PINNED =
        Pattern.compile(".+@(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})");

    /** Whether it names its digest. */
    public boolean pinned() {
      return PINNED.matcher(image).matches();
    }
  }

  /** Nothing. */
  record Missing() implements ImageName {}

  Pattern IPFS = Pattern.compile("(?:(?i:ipfs)://|/ipfs/)([^/]+)(/.*)?");
  Pattern PATH_GATEWAY = Pattern.compile("(?i:https?)://[^/]+/ipfs/([^/]+)(/.*)?");
  Pattern SUBDOMAIN_GATEWAY = Pattern.compile("(?i:https?)://([^./]+)\\.ipfs\\.[^/]+(/.*)?");
  Pattern IPNS =
      Pattern.compile("(?:(?i:ipns)://|/ipns/|(?i:https?)://(?:[^/]+/ipns/|[^./]+\\.ipns\\.)).*");

  /** Reads an image field; null and blank are {@link Missing}. */
  static ImageName parse(String image) {
    if (image == null || image.isBlank()) {
      return new Missing();
    }
    if (IPNS.matcher(image).matches()) {
      return new Mutable(image);
    }
    for (Pattern form : new Pattern[] {IPFS, PATH_GATEWAY, SUBDOMAIN_GATEWAY}) {
      Matcher matcher = form.matcher(image);
      if (matcher.matches()) {
        return content(image, matcher.group(1), matcher.group(2));
      }
    }
    // A bare CID; what isn't certainly one is an image of Docker Hub.
    Optional<String> cid = image.length() < 46 ? Optional.empty() : CanonicalCid.of(image);
    return cid.<ImageName>map(found -> new Content(image, "ipfs://" + found))
        .orElseGet(() -> new Registry(image));
  }

  private static Content content(String reference, String cid, String path) {
    String below = path == null ? "" : path.replaceFirst("/$", "");
    // A CID that can't be read stays as it is: the IpfsImage will tell what is wrong with it.
    return new Content(reference, "ipfs://" + CanonicalCid.of(cid).orElse(cid) + below);
  }
}
