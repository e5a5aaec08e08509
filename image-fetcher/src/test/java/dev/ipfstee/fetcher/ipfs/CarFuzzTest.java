package dev.ipfstee.fetcher.ipfs;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.ipfstee.fetcher.report.Reason;
import dev.ipfstee.fetcher.testing.Refusal;
import dev.ipfstee.fetcher.testing.Seeds;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every input as a CAR that comes over the network, and as a file of this machine, whose content is
 * read as far as it goes: inline CIDs make whole directories and files without a hash to guess.
 */
class CarFuzzTest {
  private static final int MAX_ENTRIES = 100;
  private static final long MAX_BYTES = 100_000;
  private static final FileChannel FILE = temporaryFile();

  private record Section(Cid cid, String block) {}

  static Stream<byte[]> seeds() {
    TestDag dag = new TestDag();
    Cid file = dag.file(new byte[300], new TestDag.Shape(100, 2, true, false, false));
    Cid directory = dag.directory(Map.of("f", file, "inline", Cid.parse("bafkqaaik")));
    List<TestDag.Block> blocks = new ArrayList<>(dag.entity(file));
    blocks.add(0, dag.get(directory));
    return Stream.concat(Seeds.hex("car"), Stream.of(TestDag.car(blocks)));
  }

  @MethodSource("seeds")
  @FuzzTest
  void readsTheSameSectionsHoweverTheyArrive(byte[] input) throws IOException {
    List<Section> whole = sections(new ByteArrayInputStream(input));
    assertThat(sections(new Dripping(input))).isEqualTo(whole);

    ByteArrayOutputStream written = new ByteArrayOutputStream();
    written.writeBytes(TestDag.carHeader());
    List<Section> known = whole.stream().filter(section -> section.cid != null).toList();
    for (Section section : known) {
      byte[] block = HexFormat.of().parseHex(section.block);
      written.writeBytes(
          TestDag.section(new TestDag.Block(section.cid, block, List.of(), 0, false)));
    }
    assertThat(sections(new ByteArrayInputStream(written.toByteArray()))).isEqualTo(known);
    readFile(input);
  }

  /** All sections up to the end or the first error. */
  private static List<Section> sections(InputStream in) throws IOException {
    List<Section> sections = new ArrayList<>();
    CarReader reader = new CarReader(in);
    try {
      reader.readHeader();
      while (reader.next()) {
        int end = reader.blockOffset() + reader.blockLength();
        byte[] block = Arrays.copyOfRange(reader.buffer(), reader.blockOffset(), end);
        assertThat(block.length).isLessThanOrEqualTo(DagLimits.MAX_BLOCK);
        sections.add(new Section(reader.cid(), HexFormat.of().formatHex(block)));
      }
    } catch (CarException e) {
      Refusal.assertPrintable(e.getMessage());
    }
    return sections;
  }

  private static void readFile(byte[] input) throws IOException {
    FILE.truncate(0).write(ByteBuffer.wrap(input), 0);
    Refusal.orResult(
            () -> CarFile.open(FILE),
            Reason.MALFORMED_CAR,
            Reason.BLOCK_MISMATCH,
            Reason.BLOCK_TOO_LARGE)
        .ifPresent(
            car -> {
              for (Cid root : car.roots()) {
                assertThat(car.has(root)).isIn(true, false);
                read(car, root);
              }
            });
  }

  private static void read(CarFile car, Cid root) {
    ByteArrayOutputStream sink = new ByteArrayOutputStream();
    Refusal.orResult(
        () -> {
          switch (car.resolve(root, List.of())) {
            case Entity.File file -> {
              car.read(file.cid(), MAX_BYTES, sink);
              assertThat(sink.size()).isEqualTo((int) file.size());
            }
            case Entity.Directory directory -> {
              for (Entity.Named entry : car.list(directory, MAX_ENTRIES)) {
                assertThat(car.child(directory, entry.name())).isPresent();
              }
            }
          }
          return true;
        },
        Reason.MALFORMED_DAG,
        Reason.DAG_TOO_LARGE,
        Reason.DAG_TOO_DEEP,
        Reason.IMAGE_TOO_LARGE,
        Reason.BLOB_MISSING,
        Reason.LAYOUT_UNRECOGNIZED,
        Reason.INVALID_CID,
        Reason.UNSUPPORTED_HASH,
        Reason.UNSUPPORTED_CODEC,
        Reason.MUTABLE_NAME);
    assertThat((long) sink.size()).isLessThanOrEqualTo(MAX_BYTES);
  }

  private static FileChannel temporaryFile() {
    try {
      Path file = Files.createTempFile("fuzz", ".car");
      return FileChannel.open(
          file,
          StandardOpenOption.READ,
          StandardOpenOption.WRITE,
          StandardOpenOption.DELETE_ON_CLOSE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A connection that brings a few bytes at a time. */
  private static final class Dripping extends FilterInputStream {
    Dripping(byte[] input) {
      super(new ByteArrayInputStream(input));
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      return super.read(bytes, offset, Math.min(7, length));
    }
  }
}
