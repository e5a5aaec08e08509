package dev.ipfstee.fetcher.archive;

import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Printable;
import dev.ipfstee.fetcher.report.Reason;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;

/**
 * The members of a tar by their names. Only headers are read to make it; names are looked up, and
 * never become paths. What can't be read in one way only is refused where it is asked for.
 */
public final class TarArchive {
  private static final int RECORD = 512;
  private static final int BLOCK = 20 * RECORD;

  /** Some 16,000 members without long names; real images have some hundreds. */
  private static final long MAX_HEADERS = 8L << 20;

  private static final int MAX_LINKS = 8;

  private sealed interface Member {
    record File(long offset, long size) implements Member {}

    record Link(String target) implements Member {}

    record Directory() implements Member {}

    record Other(String what) implements Member {}
  }

  private final ArchiveBytes bytes;
  private final Map<String, Member> members = new HashMap<>();
  private final Set<String> ambiguous = new HashSet<>();

  private TarArchive(ArchiveBytes bytes) {
    this.bytes = bytes;
  }

  /**
   * Reads the headers.
   *
   * @throws FetchException {@link Reason#MALFORMED_ARCHIVE}, and what reading brings
   */
  public static TarArchive read(ArchiveBytes bytes) {
    TarArchive archive = new TarArchive(bytes);
    try (TarFile tar =
        new TarFile(new ArchiveChannel(bytes, MAX_HEADERS), BLOCK, RECORD, "UTF-8", true)) {
      for (TarArchiveEntry entry : tar.getEntries()) {
        archive.add(entry);
      }
    } catch (FetchException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The library fails in many ways on what is no tar.
      throw malformed(e.getMessage(), e);
    }
    return archive;
  }

  /**
   * Undoes the compression around a tar, if there is any, and reads its headers.
   *
   * @throws FetchException also {@link Reason#IMAGE_TOO_LARGE} and what the disk says
   */
  public static TarArchive read(ArchiveBytes bytes, Scratch scratch) {
    Compression compression = Compression.of(bytes.read(0, RECORD));
    if (compression == Compression.NONE) {
      return read(bytes);
    }
    LocalBytes local = LocalBytes.of(bytes, scratch);
    return read(
        scratch.file(
            sink -> {
              try (var plain = compression.decompress(local.stream())) {
                plain.transferTo(sink);
              }
            }));
  }

  private void add(TarArchiveEntry entry) {
    String name = normalized(entry.getName());
    if (!entry.isCheckSumOK()) {
      throw malformed("the header of '" + shown(name) + "' has a wrong checksum", null);
    }
    Member member = member(entry);
    Member known = members.putIfAbsent(name, member);
    if (known != null
        && !(known instanceof Member.Directory && member instanceof Member.Directory)) {
      ambiguous.add(name);
    }
  }

  private Member member(TarArchiveEntry entry) {
    if (entry.isDirectory()) {
      return new Member.Directory();
    }
    if (entry.isSymbolicLink()) {
      String name = normalized(entry.getName());
      int slash = name.lastIndexOf('/');
      String target = entry.getLinkName();
      return new Member.Link(
          target.startsWith("/") || slash < 0 ? target : name.substring(0, slash + 1) + target);
    }
    if (entry.isLink()) {
      return new Member.Link(entry.getLinkName());
    }
    if (entry.isSparse() || !entry.isFile()) {
      return new Member.Other(entry.isSparse() ? "a sparse file" : "neither file nor directory");
    }
    long size = entry.getSize();
    if (size < 0 || entry.getDataOffset() < 0 || size > bytes.size() - entry.getDataOffset()) {
      throw malformed(
          "it ends within '" + shown(normalized(entry.getName())) + "' of " + size + " bytes",
          null);
    }
    return new Member.File(entry.getDataOffset(), size);
  }

  /**
   * Looks up a file; links are followed within the archive.
   *
   * @return empty when there is no file of that name
   * @throws FetchException {@link Reason#LAYOUT_AMBIGUOUS} when there are two, {@link
   *     Reason#MALFORMED_ARCHIVE} for a sparse file
   */
  public Optional<MemberFile> file(String name) {
    String at = normalized(name);
    for (int links = 0; links <= MAX_LINKS; links++) {
      if (ambiguous.contains(at)) {
        throw new FetchException(
            Reason.LAYOUT_AMBIGUOUS,
            "failed to read '"
                + shown(at)
                + "' in the archive: it has two members of this name, and which one counts depends"
                + " on the reader; make the archive anew");
      }
      switch (members.get(at)) {
        case Member.File file -> {
          return Optional.of(new MemberFile(at, bytes, file.offset(), file.size()));
        }
        case Member.Link link -> at = normalized(link.target());
        case Member.Other other ->
            throw malformed("its member '" + shown(at) + "' is " + other.what(), null);
        case Member.Directory directory -> {
          return Optional.empty();
        }
        case null -> {
          return Optional.empty();
        }
      }
    }
    throw malformed("its link '" + shown(name) + "' leads through too many others", null);
  }

  /**
   * What lies directly in a directory, files or not, to be looked up.
   *
   * @param directory without slashes at its ends
   */
  public SortedSet<String> names(String directory) {
    String prefix = directory + "/";
    return members.keySet().stream()
        .filter(name -> name.startsWith(prefix) && name.indexOf('/', prefix.length()) < 0)
        .map(name -> name.substring(prefix.length()))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The archive on this machine, where it can be read again and again. */
  public TarArchive nearby(Scratch scratch) {
    return bytes instanceof LocalBytes ? this : read(LocalBytes.of(bytes, scratch));
  }

  /** Without {@code ./}, leading and trailing slashes, and {@code ..} resolved as in a path. */
  private static String normalized(String name) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : name.split("/", -1)) {
      if (part.equals("..")) {
        parts.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return parts.stream().collect(Collectors.joining("/"));
  }

  private static String shown(String name) {
    return Printable.escape(name, 200);
  }

  static FetchException malformed(String cause, Throwable origin) {
    return new FetchException(
        Reason.MALFORMED_ARCHIVE,
        "failed to read the archive: "
            + Printable.escape(String.valueOf(cause), 300)
            + "; the publisher must make and publish it again",
        origin);
  }
}
