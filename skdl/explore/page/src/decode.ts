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
  // Typed arrays have the byte order of the machine; a view reads little-endian numbers everywhere.
  const view = new DataView(bytesOfBase64(network.data).buffer);
  const width = network.dtype === "float32" ? 4 : 8;
  const values = new Float64Array(view.byteLength / width);
  for (let i = 0; i < values.length; i++) {
    values[i] = width === 4 ? view.getFloat32(i * width, true) : view.getFloat64(i * width, true);
  }
  return values;
}

/** The arrays of a network, cut from all its numbers. */
export function cutArrays(network: NetworkData, all: Float64Array): Weights[] {
  return network.arrays.map(({ shape, offset }) => ({ shape, values: all.subarray(offset, offset + product(shape)) }));
}

/** Snapshots of a network's weights; each is computed when it is first asked for. */
export class SnapshotNumbers {
  /** In float32: they are rounded far more coarsely, and there may be millions. */
  private readonly computed: Float32Array[] = [];

  private constructor(
    private readonly network: NetworkData,
    private readonly snapshots: Snapshots,
    private readonly differences: DataView, // (n_snapshots, n_numbers), whole numbers
  ) {}

  static async decode(network: NetworkData, snapshots: Snapshots): Promise<SnapshotNumbers> {
    const bytes = await inflate(bytesOfBase64(snapshots.data));
    return new SnapshotNumbers(network, snapshots, new DataView(bytes.buffer));
  }

  /** All numbers of the weights of snapshot `k`. */
  numbers(k: number): Float64Array {
    for (let t = this.computed.length; t <= k; t++) this.computed.push(this.next(t));
    return Float64Array.from(this.computed[k]);
  }

  private next(t: number): Float32Array {
    const { bits, epochs, scales } = this.snapshots;
    const width = bits / 8;
    const n = this.differences.byteLength / width / epochs.length;
    const values = this.computed[t - 1]?.slice() ?? new Float32Array(n);
    let position = t * n * width; // differences follow the order of the arrays, which need not be that of their offsets
    this.network.arrays.forEach(({ shape, offset }, array) => {
      const scale = scales[t][array];
      const end = offset + product(shape);
      for (let i = offset; i < end; i++, position += width) {
        const difference = bits === 8 ? this.differences.getInt8(position) : this.differences.getInt16(position, true);
        values[i] += scale * difference;
      }
    });
    return values;
  }
}

export function product(shape: readonly number[]): number {
  return shape.reduce((all, one) => all * one, 1);
}

async function inflate(compressed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("deflate")); // zlib's format
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
