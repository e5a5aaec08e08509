package dev.ipfstee.fetcher.registry;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A request's path, taken apart strictly: what isn't exactly one of these forms is an error that
 * says which rule it breaks, and never part of a file name.
 *
 * @see <a href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints">
 *     distribution spec, endpoints</a>
 */
sealed interface DistributionPath {
  /** {@code /v2/}: whether this is a registry. */
  record Base() implements DistributionPath {}

  /** {@code /v2/ipfs/<cid>/manifests/<tag>}. */
  record ManifestByTag(String cid, String tag) implements DistributionPath {}

  /** {@code /v2/ipfs/<cid>/manifests/<digest>}. */
  record ManifestByDigest(String cid, Digest digest) implements DistributionPath {}

  /** {@code /v2/ipfs/<cid>/blobs/<digest>}. */
  record Blob(String cid, Digest digest) implements DistributionPath {}

  /** {@code /v2/ipfs/<cid>/tags/list}. */
  record Tags(String cid) implements DistributionPath {}

  /** {@code /v2/ipfs/<cid>/referrers/<digest>}. */
  record Referrers(String cid, Digest digest) implements DistributionPath {}

  /** Longer than any legal path: two components of the name, a sha512 digest and the rest. */
  int MAX_LENGTH = 1024;

  Pattern NAME =
      Pattern.compile("[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*");
  Pattern TAG = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");
  Pattern ROUTE =
      Pattern.compile("/v2/(.+)/(manifests/[^/]+|blobs/[^/]+|tags/list|referrers/[^/]+)");

  /**
   * Takes a path apart.
   *
   * @param raw the path as it came, without the query
   * @throws RegistryException with the code for what is wrong
   */
  static DistributionPath parse(String raw) {
    if (raw.length() > MAX_LENGTH) {
      throw new RegistryException(
          ErrorCode.NAME_INVALID,
          "the path has " + raw.length() + " characters, at most " + MAX_LENGTH + " make sense");
    }
    String path = decode(raw);
    if (path.equals("/v2/") || path.equals("/v2")) {
      return new Base();
    }
    if (!path.startsWith("/v2/")) {
      throw new RegistryException(
          ErrorCode.NOT_OFFERED, "this is a registry: its API begins with /v2/");
    }
    if (path.equals("/v2/_catalog")) {
      throw new RegistryException(
          ErrorCode.NOT_OFFERED, "this registry lists no repositories: ask for ipfs/<CID>");
    }
    Matcher route = ROUTE.matcher(path);
    if (!route.matches()) {
      throw new RegistryException(
          path.contains("/blobs/uploads") ? ErrorCode.NOT_OFFERED : ErrorCode.NAME_INVALID,
          "expected /v2/ipfs/<CID>/ and then manifests/<digest>, blobs/<digest>, tags/list or"
              + " referrers/<digest>, found '"
              + Printable.escape(path, 200)
              + "'");
    }
    String cid = cid(route.group(1));
    String[] rest = route.group(2).split("/", 2);
    return switch (rest[0]) {
      case "manifests" -> manifest(cid, rest[1]);
      case "blobs" -> new Blob(cid, digest(rest[1]));
      case "referrers" -> new Referrers(cid, digest(rest[1]));
      default -> new Tags(cid);
    };
  }

  /** Undoes the escapes of characters that are legal here; others are refused with the path. */
  private static String decode(String raw) {
    int escape = raw.indexOf('%');
    if (escape < 0) {
      return raw;
    }
    StringBuilder decoded = new StringBuilder(raw.length());
    int at = 0;
    while (escape >= 0) {
      decoded.append(raw, at, escape);
      String hex = raw.substring(escape + 1, Math.min(raw.length(), escape + 3));
      int character = hex.matches("[0-9A-Fa-f]{2}") ? Integer.parseInt(hex, 16) : -1;
      boolean legal =
          character == ':'
              || character == '-'
              || character == '_'
              || character < 128 && Character.isLetterOrDigit(character);
      if (!legal) {
        throw new RegistryException(
            ErrorCode.NAME_INVALID,
            "the path has an escape that no repository, tag or digest needs: '%"
                + Printable.escape(hex)
                + "'");
      }
      decoded.append((char) character);
      at = escape + 3;
      escape = raw.indexOf('%', at);
    }
    return decoded.append(raw, at, raw.length()).toString();
  }

  private static String cid(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new RegistryException(
          ErrorCode.NAME_INVALID,
          "'"
              + Printable.escape(name, 200)
              + "' is no repository name: expected ipfs/<CID> in lower case; a CID that begins with"
              + " Qm must be written as version 1 in base32 (ipfs cid base32)");
    }
    if (!name.startsWith("ipfs/") || name.indexOf('/', 5) >= 0) {
      throw new RegistryException(
          ErrorCode.NAME_UNKNOWN, "repository '" + name + "' is unknown: expected ipfs/<CID>");
    }
    String cid = name.substring(5);
    try {
      return Cid.parse(cid).toString();
    } catch (FetchException noCid) {
      throw new RegistryException(
          ErrorCode.NAME_UNKNOWN, "repository '" + name + "' is unknown: " + noCid.getMessage());
    }
  }

  private static DistributionPath manifest(String cid, String reference) {
    if (reference.indexOf(':') >= 0) {
      return new ManifestByDigest(cid, digest(reference));
    }
    if (!TAG.matcher(reference).matches()) {
      throw new RegistryException(
          ErrorCode.MANIFEST_UNKNOWN,
          "'" + Printable.escape(reference, 140) + "' is neither a tag nor a digest");
    }
    return new ManifestByTag(cid, reference);
  }

  private static Digest digest(String text) {
    try {
      return Digest.parse(text);
    } catch (FetchException malformed) {
      throw new RegistryException(
          ErrorCode.DIGEST_INVALID,
          "expected sha256:<64 lower-case hex> or sha512:<128 lower-case hex>, found '"
              + Printable.escape(text, 150)
              + "'");
    }
  }
}
