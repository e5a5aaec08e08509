package dev.ipfstee.fetcher.ipfs;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What each byte and each block of a fetch costs; run by {@code make jmh}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 2, jvmArgsAppend = "-XX:+UseSerialGC")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ParserBenchmark {
  /** Kubo's chunks, and how many of them one of its inner nodes names. */
  private static final int CHUNK = 256 << 10;

  private static final int LINKS = 174;
  private static final int BLOCKS = 16;

  private final TestDag dag = new TestDag();
  private final byte[] chunk = random(0);
  private final Multihash chunkHash = dag.raw(chunk).multihash();
  private final BlockHasher hasher = new BlockHasher();
  private final MessageDigest sha256 = sha256();

  private final Cid innerNode =
      dag.fileNode(
          new byte[0],
          IntStream.range(0, LINKS).mapToObj(i -> dag.raw(new byte[] {(byte) i})).toList(),
          false);
  private final byte[] inner = dag.get(innerNode).bytes();

  private final byte[] car = TestDag.car(chunks());
  private final String cidText = innerNode.toString();
  private final byte[] cidBytes = innerNode.toBytes();

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] random(int seed) {
    byte[] bytes = new byte[CHUNK];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private List<TestDag.Block> chunks() {
    return IntStream.range(0, BLOCKS).mapToObj(i -> dag.get(dag.raw(random(i)))).toList();
  }

  /** The least that verification can cost: 256 KiB by the JDK. */
  @Benchmark
  public byte[] sha256OfABlock() {
    return sha256.digest(chunk);
  }

  /** A block of 256 KiB against its multihash. */
  @Benchmark
  public boolean verifyABlock() {
    return hasher.matches(chunkHash, chunk, 0, chunk.length);
  }

  /** 16 blocks of 256 KiB, without looking at their hashes. */
  @Benchmark
  public int readACar() throws IOException, CarException {
    return read(false);
  }

  /** The same, each block against its hash. */
  @Benchmark
  public int readAndVerifyACar() throws IOException, CarException {
    return read(true);
  }

  private int read(boolean verified) throws IOException, CarException {
    CarReader reader = new CarReader(new ByteArrayInputStream(car));
    reader.readHeader();
    int right = 0;
    while (reader.next()) {
      Multihash expected = reader.cid().multihash();
      if (!verified
          || hasher.matches(
              expected, reader.buffer(), reader.blockOffset(), reader.blockLength())) {
        right++;
      }
    }
    return right;
  }

  /** An inner node of a large file: 174 links, and the CIDs of all of them. */
  @Benchmark
  public int decodeAnInnerNode() {
    DagNode node = DagNode.decode(innerNode, inner, 0, inner.length);
    int length = 0;
    for (int i = 0; i < node.linkCount(); i++) {
      length += node.links().cid(i).multihash().digest().length;
    }
    return length;
  }

  /** The text of a CID of version 1. */
  @Benchmark
  public Cid parseACid() {
    return Cid.parse(cidText);
  }

  /** Its bytes. */
  @Benchmark
  public Cid readACid() {
    return Cid.fromBytes(cidBytes);
  }

  /** The text of it. */
  @Benchmark
  public String writeACid() {
    return innerNode.toString();
  }
}
