package dev.ipfstee.fetcher.archive;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.ipfstee.fetcher.fetch.TarBytes;
import dev.ipfstee.fetcher.report.FetchException;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.Refusal;
import dev.ipfstee.fetcher.testing.Seeds;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.params.provider.MethodSource;

/** Every input as an archive, compressed or not, whose members are looked up and read. */
class TarFuzzTest {
  private static final int MAX_DOCUMENT = 4096;
  private static final long MAX_UNPACKED = 1 << 20;
  private static final List<String> NAMES =
      List.of("oci-layout", "index.json", "manifest.json", "blobs/sha256/a", "a", "../a", "");
  private static final Path DIRECTORY = temporaryDirectory();
  private static final FileChannel FILE = temporaryFile();

  static Stream<byte[]> seeds() {
    byte[] plain =
        new TarBytes().file("oci-layout", "{}").file("./blobs/sha256/a", "blob").toBytes();
    return Stream.concat(Seeds.hex("tar"), Stream.of(plain, gzip(plain), TarBytes.tricks()));
  }

  @MethodSource("seeds")
  @FuzzTest
  void findsEachMemberWithinTheArchiveOrNotAtAll(byte[] input) throws IOException {
    ArchiveForm.of(Arrays.copyOf(input, Math.min(input.length, ArchiveForm.HEAD)));
    FILE.truncate(0).write(ByteBuffer.wrap(input), 0);
    try (Scratch scratch =
        new Scratch(() -> DIRECTORY.resolve(UUID.randomUUID().toString()), n -> {}, MAX_UNPACKED)) {
      Refusal.orResult(
              () -> TarArchive.read(new LocalBytes(FILE), scratch),
              Reason.MALFORMED_ARCHIVE,
              Reason.IMAGE_TOO_LARGE)
          .ifPresent(archive -> NAMES.forEach(name -> lookUp(archive, name)));
    }
  }

  private static void lookUp(TarArchive archive, String name) {
    Refusal.orResult(() -> archive.file(name), Reason.LAYOUT_AMBIGUOUS, Reason.MALFORMED_ARCHIVE)
        .flatMap(found -> found)
        .ifPresent(
            member -> {
              assertThat(member.offset()).isNotNegative();
              assertThat(member.size()).isBetween(0L, member.archive().size() - member.offset());
              Optional<byte[]> read =
                  Refusal.orResult(() -> member.document(MAX_DOCUMENT), Reason.MANIFEST_TOO_LARGE);
              read.ifPresent(bytes -> assertThat((long) bytes.length).isEqualTo(member.size()));
              decompress(member);
            });
  }

  private static void decompress(MemberFile member) {
    Bounded sink = new Bounded();
    Refusal.orResult(
        () -> {
          member.decompress(sink);
          return true;
        },
        Reason.MALFORMED_ARCHIVE,
        Reason.IMAGE_TOO_LARGE);
    if (!member.isCompressed()) {
      assertThat(sink.taken).isEqualTo(member.size());
    }
  }

  /** Refuses more than a bound, as the writer of a blob does. */
  private static final class Bounded extends OutputStream {
    private long taken;

    @Override
    public void write(int value) {
      write(new byte[1], 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      taken += length;
      if (taken > MAX_UNPACKED) {
        throw new FetchException(Reason.IMAGE_TOO_LARGE, "enough");
      }
    }
  }

  private static byte[] gzip(byte[] content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(content);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  private static Path temporaryDirectory() {
    try {
      Path directory = Files.createTempDirectory("fuzz");
      directory.toFile().deleteOnExit();
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static FileChannel temporaryFile() {
    try {
      return FileChannel.open(
          DIRECTORY.resolve("archive"),
          StandardOpenOption.CREATE_NEW,
          StandardOpenOption.READ,
          StandardOpenOption.WRITE,
          StandardOpenOption.DELETE_ON_CLOSE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
