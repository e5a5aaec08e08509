package dev.ipfstee.fetcher.store;

import dev.ipfstee.fetcher.ipfs.Cid;
import dev.ipfstee.fetcher.oci.Digest;
import dev.ipfstee.fetcher.oci.MediaTypes;
import dev.ipfstee.fetcher.oci.ReferrerTag;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/**
 * A small image that real clients accept: an index of two platforms, each with a config and layers
 * that are gzipped empty tars followed by nothing else.
 */
public final class TestImage {
  public static final String OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

  /** Bytes with their digest. */
  public record Blob(byte[] content, Digest digest) {
    static Blob of(byte[] content) {
      return new Blob(content, sha256(content));
    }

    static Blob of(String text) {
      return of(text.getBytes(StandardCharsets.UTF_8));
    }

    public int size() {
      return content.length;
    }
  }

  /** One platform of an image. */
  public record PlatformImage(String platform, Blob manifest, Blob config, List<Blob> layers) {
    String descriptor() {
      String[] parts = platform.split("/");
      return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d,\"platform\":{\"os\":\"%s\",\"architecture\":\"%s\"}}"
          .formatted(
              MediaTypes.OCI_MANIFEST, manifest.digest(), manifest.size(), parts[0], parts[1]);
    }

    public List<Blob> blobs() {
      List<Blob> blobs = new ArrayList<>(layers);
      blobs.add(config);
      blobs.add(manifest);
      return blobs;
    }
  }

  private final Blob index;
  private final PlatformImage amd64;
  private final PlatformImage arm64;

  private TestImage(PlatformImage amd64, PlatformImage arm64) {
    this.amd64 = amd64;
    this.arm64 = arm64;
    this.index =
        Blob.of(
            "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":[%s,%s]}"
                .formatted(MediaTypes.OCI_INDEX, amd64.descriptor(), arm64.descriptor()));
  }

  /**
   * @param seed what makes this image differ from others
   * @param layerBytes the size of each of its two layers, more or less
   */
  public static TestImage of(int seed, int layerBytes) {
    return new TestImage(
        platform("linux/amd64", seed, layerBytes), platform("linux/arm64", seed, layerBytes));
  }

  private static PlatformImage platform(String platform, int seed, int layerBytes) {
    Random random = new Random(seed * 31L + platform.hashCode());
    List<Blob> layers = new ArrayList<>();
    List<String> diffIds = new ArrayList<>();
    List<String> descriptors = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      byte[] tar = tar("file-" + i, layerBytes, random);
      Blob layer = Blob.of(gzip(tar));
      layers.add(layer);
      diffIds.add("\"" + sha256(tar) + "\"");
      descriptors.add(descriptor(OCI_LAYER, layer));
    }
    Blob config =
        Blob.of(
            "{\"os\":\"linux\",\"architecture\":\"%s\",\"config\":{},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[%s]}}"
                .formatted(platform.split("/")[1], String.join(",", diffIds)));
    Blob manifest =
        Blob.of(
            "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}"
                .formatted(
                    MediaTypes.OCI_MANIFEST,
                    descriptor(MediaTypes.OCI_CONFIG, config),
                    String.join(",", descriptors)));
    return new PlatformImage(platform, manifest, config, layers);
  }

  public static String descriptor(String mediaType, Blob blob) {
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}"
        .formatted(mediaType, blob.digest(), blob.size());
  }

  public Blob index() {
    return index;
  }

  public PlatformImage amd64() {
    return amd64;
  }

  public PlatformImage arm64() {
    return arm64;
  }

  /** The CID under which {@link #store} lists it. */
  public String cid() {
    return Cid.raw(index.digest()).toString();
  }

  /** Stores and lists the image with these of its platforms. */
  public StoredImage store(BlobStore store, PlatformImage... platforms) {
    long bytes = index.size();
    List<String> names = new ArrayList<>();
    for (PlatformImage platform : platforms) {
      names.add(platform.platform());
      for (Blob blob : platform.blobs()) {
        write(store, blob);
        bytes += blob.size();
      }
    }
    write(store, index);
    StoredImage image =
        new StoredImage(
            index.digest(),
            MediaTypes.OCI_INDEX,
            index.size(),
            cid(),
            "ipfs://" + cid(),
            "OciLayout",
            names,
            bytes);
    store.addImage(image);
    return image;
  }

  /** What cosign makes of a digest. */
  public record Signature(String tag, Blob manifest, Blob payload) {}

  /** Stores and lists the image and a signature of its index. */
  public Signature storeSigned(BlobStore store, PlatformImage... platforms) {
    StoredImage image = store(store, platforms);
    Blob payload = write(store, "{\"critical\":{}}");
    Blob config = write(store, "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}");
    Blob manifest =
        write(
            store,
            "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":%s,\"layers\":[%s]}"
                .formatted(
                    MediaTypes.OCI_MANIFEST,
                    descriptor(MediaTypes.OCI_CONFIG, config),
                    descriptor("application/vnd.dev.cosign.simplesigning.v1+json", payload)));
    ReferrerTag tag = new ReferrerTag(index.digest(), "sig");
    store.addImage(
        image,
        Set.of(index.digest()),
        List.of(
            new StoredReferrer(
                manifest.digest(),
                MediaTypes.OCI_MANIFEST,
                manifest.size(),
                cid(),
                index.digest(),
                Optional.of(tag),
                Optional.empty())));
    return new Signature(tag.toString(), manifest, payload);
  }

  public static Blob write(BlobStore store, String content) {
    Blob blob = Blob.of(content);
    write(store, blob);
    return blob;
  }

  static void write(BlobStore store, Blob blob) {
    if (store.hasVerified(blob.digest(), blob.size())) {
      return;
    }
    try (BlobWriter writer = store.write(blob.digest(), blob.size())) {
      writer.write(blob.content(), 0, blob.size());
      writer.commit();
    }
  }

  /** All blobs of a store were written so long ago. */
  public static void age(Path store, Duration time) throws IOException {
    FileTime then = FileTime.from(Instant.now().minus(time));
    try (Stream<Path> blobs = Files.list(store.resolve("blobs/sha256"))) {
      for (Path blob : (Iterable<Path>) blobs::iterator) {
        Files.setLastModifiedTime(blob, then);
      }
    }
  }

  public static Digest sha256(byte[] content) {
    return Digest.of(Digest.Algorithm.SHA256, content);
  }

  /** A tar with one file of random bytes. */
  private static byte[] tar(String name, int size, Random random) {
    byte[] content = new byte[size];
    random.nextBytes(content);
    byte[] header = new byte[512];
    put(header, 0, name);
    put(header, 100, "0000644");
    put(header, 108, "0000000");
    put(header, 116, "0000000");
    put(header, 124, "%011o".formatted(size));
    put(header, 136, "00000000000");
    put(header, 148, "        ");
    header[156] = '0';
    put(header, 257, "ustar");
    put(header, 263, "00");
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    put(header, 148, "%06o\0 ".formatted(sum));
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    tar.writeBytes(header);
    tar.writeBytes(content);
    tar.writeBytes(new byte[(512 - size % 512) % 512 + 1024]);
    return tar.toByteArray();
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
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
}
