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
export function decodeNumbers(network: NetworkData, bytes = bytesOfBase64(network.data)): Float64Array {
  // Typed arrays have the byte order of the machine; a view reads little-endian numbers everywhere.
  const view = new DataView(bytes.buffer);
  const width = widthOf(network);
  const values = new Float64Array(view.byteLength / width);
  for (let i = 0; i < values.length; i++) {
    values[i] = width === 4 ? view.getFloat32(i * width, true) : view.getFloat64(i * width, true);
  }
  return values;
}

/** The same of a network whose numbers may be compressed. */
export async function unpackNumbers(network: NetworkData): Promise<Float64Array> {
  return decodeNumbers(network, network.is_packed ? await unpack(network.data, widthOf(network)) : undefined);
}

function widthOf({ dtype }: NetworkData): number {
  return dtype === "float32" ? 4 : 8;
}

/** The arrays of a network, cut from all its numbers. */
export function cutArrays(network: NetworkData, all: Float64Array): Weights[] {
  return network.arrays.map(({ shape, offset }) => ({ shape, values: all.subarray(offset, offset + product(shape)) }));
}

/** Snapshots of a network's weights. */
export class SnapshotNumbers {
  private constructor(
    private readonly network: NetworkData,
    private readonly snapshots: Snapshots,
    private readonly kept: Float64Array,
    private readonly changes: readonly DataView[], // (n_changes, n_numbers), whole numbers
  ) {}

  static async decode(network: NetworkData, snapshots: Snapshots, kept: Float64Array): Promise<SnapshotNumbers> {
    const changes = await Promise.all(snapshots.data.map(async (data) => new DataView((await unpack(data, 2)).buffer)));
    return new SnapshotNumbers(network, snapshots, kept, changes);
  }

  /** All numbers of the weights of snapshot `t`. */
  numbers(t: number): Float64Array {
    const { basis, scales } = this.snapshots;
    const values = this.kept.slice();
    this.changes.forEach((whole, change) => {
      let position = 0; // changes follow the order of the arrays, which need not be that of their offsets
      this.network.arrays.forEach(({ shape, offset }, array) => {
        const factor = basis[t][change] * scales[change][array];
        const end = offset + product(shape);
        for (let i = offset; i < end; i++, position += 2) {
          const number = whole.getUint16(position, true);
          values[i] += factor * ((number >>> 1) ^ -(number & 1));
        }
      });
    });
    return values;
  }
}

export function product(shape: readonly number[]): number {
  return shape.reduce((all, one) => all * one, 1);
}

/** Numbers of `width` bytes from base64 of their compressed bytes, in which those of one place stand together. */
async function unpack(text: string, width: number): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytesOfBase64(text)]).stream().pipeThrough(new DecompressionStream("deflate")); // zlib's format
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  const n = planes.length / width;
  const bytes = new Uint8Array(planes.length);
  for (let plane = 0; plane < width; plane++) for (let i = 0; i < n; i++) bytes[i * width + plane] = planes[plane * n + i];
  return bytes;
}
