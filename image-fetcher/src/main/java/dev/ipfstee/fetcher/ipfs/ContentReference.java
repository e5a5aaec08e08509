package dev.ipfstee.fetcher.ipfs;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a user wrote to name content: a root CID and a path below it.
 *
 * <p>Forms: {@code ipfs://CID[/path]}, {@code /ipfs/CID[/path]}, a bare CID, {@code
 * https://HOST/ipfs/CID[/path]} and {@code https://CID.ipfs.HOST[/path]}. The URL forms are
 * percent-decoded once, strictly. A trailing slash is ignored.
 *
 * @param root the root CID
 * @param path the names below it, decoded; none is empty, {@code .} or {@code ..}
 * @param gatewayHint the gateway of a URL form, as {@code scheme://host[:port]}: only a hint, the
 *     identity is the CID
 */
public record ContentReference(Cid root, List<String> path, Optional<URI> gatewayHint) {
  private static final int MAX_CHARACTERS = 4096;
  private static final int MAX_SEGMENTS = 64;
  private static final String UNESCAPED = "-._~!$&'()*+,;=:@";

  public ContentReference {
    path = List.copyOf(path);
  }

  /**
   * Parses any of the forms.
   *
   * @throws FetchException {@link Reason#INVALID_REFERENCE}, {@link Reason#MUTABLE_NAME} for IPNS,
   *     and the reasons of {@link Cid#parse}
   */
  public static ContentReference parse(String text) {
    if (text.isEmpty() || text.length() > MAX_CHARACTERS) {
      throw invalid(text, "expected 1 to " + MAX_CHARACTERS + " characters");
    }
    refuseCharacters(text);
    ContentReference reference = ofAnyForm(text);
    // What is written down of it must be readable again.
    if (reference.canonical().length() > MAX_CHARACTERS) {
      throw invalid(text, "percent-encoded, it has more than " + MAX_CHARACTERS + " characters");
    }
    return reference;
  }

  private static ContentReference ofAnyForm(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.startsWith("ipns://") || lower.startsWith("/ipns/")) {
      throw mutable(text);
    }
    if (lower.startsWith("ipfs://")) {
      return below(text, text.substring("ipfs://".length()), true, Optional.empty());
    }
    if (text.startsWith("/ipfs/")) {
      return below(text, text.substring("/ipfs/".length()), false, Optional.empty());
    }
    if (lower.startsWith("https://") || lower.startsWith("http://")) {
      return url(text);
    }
    if (text.contains("/") || text.contains(":")) {
      throw invalid(
          text,
          "expected ipfs://CID[/path], /ipfs/CID[/path], CID, https://HOST/ipfs/CID[/path] or"
              + " https://CID.ipfs.HOST[/path]");
    }
    return new ContentReference(Cid.parse(text), List.of(), Optional.empty());
  }

  /** {@code ipfs://<CIDv1>[/path]}, percent-encoded so that it parses to the same content. */
  public String canonical() {
    StringBuilder uri = new StringBuilder("ipfs://").append(root);
    for (String name : path) {
      uri.append('/');
      for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
        char c = (char) (b & 0xff);
        if (c < 0x80 && (Character.isLetterOrDigit(c) || UNESCAPED.indexOf(c) >= 0)) {
          uri.append(c);
        } else {
          uri.append(String.format("%%%02X", (int) c));
        }
      }
    }
    return uri.toString();
  }

  private static ContentReference url(String text) {
    int hostStart = text.indexOf("://") + 3;
    int slash = text.indexOf('/', hostStart);
    String authority = slash < 0 ? text.substring(hostStart) : text.substring(hostStart, slash);
    String rest = slash < 0 ? "" : text.substring(slash + 1);
    String scheme = text.substring(0, hostStart).toLowerCase(Locale.ROOT);
    if (authority.contains("@")) {
      throw new FetchException(
          Reason.INVALID_REFERENCE,
          "failed to parse the reference: a URL with a user name or password is refused; give a"
              + " token with --gateway-token-file");
    }
    HostPort host;
    try {
      host = HostPort.parse(authority);
    } catch (FetchException e) {
      // Not shown by itself: it may be a part of a password.
      throw invalid(text, "expected a host behind ://");
    }
    int label = host.host().indexOf('.');
    String parent = label < 0 ? "" : host.host().substring(label + 1);
    if (parent.startsWith("ipns.")) {
      throw mutable(text);
    }
    if (parent.startsWith("ipfs.") && HostPort.isHost(parent.substring("ipfs.".length()))) {
      HostPort gateway = new HostPort(parent.substring("ipfs.".length()), host.port());
      // A DNS name has no case, so the CID in it is read as the lower-case base it must be.
      String cid = host.host().substring(0, label);
      return below(text, cid + (slash < 0 ? "" : "/" + rest), true, hint(text, scheme, gateway));
    }
    if (rest.startsWith("ipns/")) {
      throw mutable(text);
    }
    if (!rest.startsWith("ipfs/")) {
      throw invalid(text, "the path of a gateway URL starts with /ipfs/CID");
    }
    return below(text, rest.substring("ipfs/".length()), true, hint(text, scheme, host));
  }

  private static Optional<URI> hint(String text, String scheme, HostPort host) {
    try {
      // Null for a name that DNS has but a URL can't: with an underscore, or ending in digits.
      URI uri = URI.create(scheme + host);
      if (uri.getHost() != null) {
        return Optional.of(uri);
      }
    } catch (IllegalArgumentException e) {
      // Brackets around what is no IPv6 address.
    }
    throw invalid(text, "its host is none that a URL can have");
  }

  private static ContentReference below(
      String text, String cidAndPath, boolean decode, Optional<URI> hint) {
    String trimmed =
        cidAndPath.endsWith("/") ? cidAndPath.substring(0, cidAndPath.length() - 1) : cidAndPath;
    String[] segments = trimmed.split("/", -1);
    if (segments.length - 1 > MAX_SEGMENTS) {
      throw invalid(text, "its path has more than " + MAX_SEGMENTS + " segments");
    }
    if (segments[0].isEmpty()) {
      throw invalid(text, "it has no CID");
    }
    Cid root = Cid.parse(segments[0]);
    List<String> path = new ArrayList<>();
    for (int i = 1; i < segments.length; i++) {
      String name = decode ? decoded(text, segments[i]) : segments[i];
      if (name.isEmpty() || name.equals(".") || name.equals("..") || name.contains("/")) {
        throw invalid(
            text, "an empty, '.' or '..' path segment, or a slash within one, is refused");
      }
      if (name.codePoints().anyMatch(Character::isISOControl)) {
        throw invalid(text, "control characters in its path are refused");
      }
      path.add(name);
    }
    return new ContentReference(root, path, hint);
  }

  private static String decoded(String text, String segment) {
    if (segment.indexOf('%') < 0) {
      return segment;
    }
    byte[] source = segment.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(source.length);
    for (int i = 0; i < source.length; i++) {
      if (source[i] != '%') {
        bytes.put(source[i]);
        continue;
      }
      int high = i + 2 < source.length ? Character.digit(source[i + 1], 16) : -1;
      int low = i + 2 < source.length ? Character.digit(source[i + 2], 16) : -1;
      if (high < 0 || low < 0) {
        throw invalid(text, "a % is not followed by two hex digits");
      }
      bytes.put((byte) (high << 4 | low));
      i += 2;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (CharacterCodingException e) {
      throw invalid(text, "its percent-encoding is not UTF-8");
    }
  }

  private static void refuseCharacters(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '?' || c == '#') {
        throw invalid(text, "a query or fragment is refused");
      }
      boolean loneSurrogate =
          Character.isSurrogate(c)
              && !Character.isSupplementaryCodePoint(surroundingPoint(text, i));
      if (c <= ' ' || c == '\\' || Character.isISOControl(c) || loneSurrogate) {
        throw invalid(text, "white space, control characters and backslashes are refused");
      }
    }
  }

  private static int surroundingPoint(String text, int index) {
    return Character.isLowSurrogate(text.charAt(index))
        ? text.codePointBefore(index + 1)
        : text.codePointAt(index);
  }

  private static FetchException mutable(String text) {
    return new FetchException(
        Reason.MUTABLE_NAME,
        "failed to accept the reference '"
            + Text.printable(text)
            + "': what an IPNS name points to can change; use the CID that it resolves to (ipfs"
            + " name resolve)");
  }

  private static FetchException invalid(String text, String cause) {
    return new FetchException(
        Reason.INVALID_REFERENCE,
        "failed to parse the reference '" + Text.printable(text) + "': " + cause);
  }
}
