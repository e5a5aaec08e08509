package dev.ipfstee.fetcher.oci;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tag under which clients look for what refers to a digest: {@code sha256-<hex>.sig} and the
 * like by cosign's convention, {@code sha256-<hex>} by the referrers tag schema.
 *
 * @param subject the digest that is referred to
 * @param suffix what follows the dot, such as {@code sig}, {@code att} or {@code sbom}; empty for
 *     the referrers tag schema
 * @see <a
 *     href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema">
 *     distribution spec, referrers tag schema</a>
 */
public record ReferrerTag(Digest subject, String suffix) {
  private static final Pattern FORM =
      Pattern.compile("(?:.*:)?(sha256|sha512)-([0-9a-f]{64}|[0-9a-f]{128})(?:\\.([a-z0-9]+))?");

  /** Parses a tag, or a name that ends in {@code :<tag>}; empty for every other one. */
  public static Optional<ReferrerTag> parse(String name) {
    Matcher form = FORM.matcher(name);
    if (!form.matches()) {
      return Optional.empty();
    }
    Digest.Algorithm algorithm =
        form.group(1).equals("sha256") ? Digest.Algorithm.SHA256 : Digest.Algorithm.SHA512;
    String suffix = form.group(3) == null ? "" : form.group(3);
    return Digest.of(algorithm, form.group(2)).map(subject -> new ReferrerTag(subject, suffix));
  }

  /** The tag. */
  @Override
  public String toString() {
    return subject.algorithm().label()
        + "-"
        + subject.hex()
        + (suffix.isEmpty() ? "" : "." + suffix);
  }
}
