package dev.ipfstee.fetcher.ipfs;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** CARs of all blocks of a DAG store, made without the code under test. */
public final class TestCar {
  private TestCar() {}

  /** Version 1 with these roots. */
  public static byte[] of(TestDag dag, List<Cid> roots) {
    ByteArrayOutputStream cbor = new ByteArrayOutputStream();
    cbor.write(0xa2);
    cbor.writeBytes(new byte[] {0x65, 'r', 'o', 'o', 't', 's'});
    cbor.write(0x80 | roots.size());
    for (Cid root : roots) {
      byte[] bytes = root.toBytes();
      cbor.writeBytes(new byte[] {(byte) 0xd8, 42, 0x58, (byte) (bytes.length + 1), 0});
      cbor.writeBytes(bytes);
    }
    cbor.writeBytes(new byte[] {0x67, 'v', 'e', 'r', 's', 'i', 'o', 'n', 1});
    TestDag.Pb car = new TestDag.Pb().varint(cbor.size()).plain(cbor.toByteArray());
    dag.all().forEach(block -> car.plain(TestDag.section(block)));
    return car.toBytes();
  }

  /** The same as version 2, padded, with something that is no index. */
  public static byte[] v2(byte[] car) {
    ByteBuffer file = ByteBuffer.allocate(11 + 40 + 9 + car.length + 5);
    file.put(new byte[] {0x0a, (byte) 0xa1, 0x67, 'v', 'e', 'r', 's', 'i', 'o', 'n', 2});
    file.order(ByteOrder.LITTLE_ENDIAN).putLong(0).putLong(0);
    file.putLong(60).putLong(car.length).putLong(60 + car.length);
    file.put(new byte[9]).put(car).put(new byte[] {1, 2, 3, 4, 5});
    return file.array();
  }
}
