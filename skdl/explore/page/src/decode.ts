/** Numbers of the page's data: base64, compressed differences, lists in which null is a missing value. */

import type { NetworkData, Snapshots } from "./format";

/** An array of a network, its values row by row. */
export interface Weights {
  shape: readonly number[];
  values: Float64Array;
}

export function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** JSON has no NaN: null stands for it. */
export function numbers(values: readonly (number | null)[], missing = NaN): Float64Array {
  return Float64Array.from(values, (value) => value ?? missing);
}

/** All numbers of a network's arrays, one after the other. Computing is in float64, whatever the network's precision. */
export function decodeNumbers(network: NetworkData): Float64Array {
  const bytes = bytesOfBase64(network.data);
  return littleEndian(bytes, network.dtype === "float32" ? 4 : 8, network.dtype === "float32" ? "getFloat32" : "getFloat64");
}

/** The arrays of a network, cut from all its numbers. */
export function cutArrays(network: NetworkData, all: Float64Array): Weights[] {
  return network.arrays.map(({ shape, offset }) => ({ shape, values: all.subarray(offset, offset + product(shape)) }));
}

/** Snapshots of a network's weights; each is computed when it is first asked for. */
export class SnapshotNumbers {
  private readonly computed: Float64Array[] = [];

  private constructor(
    private readonly network: NetworkData,
    private readonly snapshots: Snapshots,
    private readonly differences: Float64Array, // (n_snapshots, n_numbers), whole numbers
  ) {}

  static async decode(network: NetworkData, snapshots: Snapshots): Promise<SnapshotNumbers> {
    const bytes = await inflate(bytesOfBase64(snapshots.data));
    const differences = littleEndian(bytes, snapshots.bits / 8, snapshots.bits === 8 ? "getInt8" : "getInt16");
    return new SnapshotNumbers(network, snapshots, differences);
  }

  /** All numbers of the weights of snapshot `k`. */
  numbers(k: number): Float64Array {
    for (let t = this.computed.length; t <= k; t++) this.computed.push(this.next(t));
    return this.computed[k];
  }

  private next(t: number): Float64Array {
    const before = this.computed[t - 1];
    const n = this.differences.length / this.snapshots.epochs.length;
    const differences = this.differences.subarray(t * n, (t + 1) * n);
    const values = new Float64Array(n);
    let position = 0; // differences follow the order of the arrays, which need not be that of their offsets
    this.network.arrays.forEach(({ shape, offset }, array) => {
      const scale = this.snapshots.scales[t][array];
      for (let i = offset; i < offset + product(shape); i++) {
        values[i] = (before ? before[i] : 0) + scale * differences[position++];
      }
    });
    return values;
  }
}

export function product(shape: readonly number[]): number {
  return shape.reduce((all, one) => all * one, 1);
}

/** Typed arrays have the byte order of the machine, which is little-endian nearly everywhere; this reads it everywhere. */
function littleEndian(
  bytes: Uint8Array<ArrayBuffer>,
  width: number,
  read: "getFloat32" | "getFloat64" | "getInt8" | "getInt16",
): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float64Array(bytes.byteLength / width);
  for (let i = 0; i < values.length; i++) values[i] = view[read](i * width, true);
  return values;
}

async function inflate(compressed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("deflate")); // zlib's format
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
