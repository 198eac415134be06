/** The model of a page: from cells of its table to what it predicts. */

import { Preprocessing } from "./columns";
import { cutArrays, decodeNumbers, SnapshotNumbers, unpackNumbers, type Weights } from "./decode";
import type { Cell, NetworkData, PageData } from "./format";
import { Network } from "./network";

/** Models of snapshots that are kept in memory: each holds its weights twice, in float64. */
const MOST_SNAPSHOTS = 4;

/** What is computed of rows; each array row by row. */
export interface Computed {
  /** What enters the network, (n, n_inputs). */
  inputs: Float64Array;
  /** Probabilities of the classes, or the targets in their own unit, (n, nOutputs). */
  outputs: Float64Array;
  /** The values of each drawn stage of a member, (n, n_units). */
  stages: Float32Array[];
}

/**
 * What predicts. Cells are a `Float64Array` of rows, row by row, a value for each column of `PageData.columns`: a number, the
 * position of a category, or NaN where it is missing.
 */
export class Model {
  readonly nColumns: number;
  /** Values of a prediction: probabilities of classes, or targets. */
  readonly nOutputs: number;
  readonly nMembers: number;
  /** Numbers in all arrays: about as many multiplications a row. */
  readonly nWeights: number;
  /** The arrays that the layers of `network` name, with the shown weights. */
  readonly arrays: readonly Weights[];
  private readonly members: Network[];
  /** Those of other snapshots, the last ones that were asked for. */
  private readonly ofSnapshots = new Map<number, Model>();

  constructor(
    private readonly data: PageData,
    readonly network: NetworkData,
    private readonly preprocessing: Preprocessing,
    private readonly snapshots: SnapshotNumbers | null,
    numbers = decodeNumbers(network),
  ) {
    this.arrays = cutArrays(network, numbers);
    this.members = network.members.map((member) => new Network(network, member, this.arrays));
    this.nColumns = data.columns.length;
    this.nOutputs = data.outputs.length;
    this.nMembers = network.members.length;
    this.nWeights = numbers.length;
  }

  /**
   * The same model with the weights of a snapshot; null, and the position of the kept weights, are the kept ones. To be called
   * on the model that `createModel` made.
   */
  withSnapshot(snapshot: number | null): Model {
    if (snapshot === null || this.snapshots === null || snapshot === this.data.snapshots?.kept) return this;
    let model = this.ofSnapshots.get(snapshot);
    if (model === undefined) {
      model = new Model(this.data, this.network, this.preprocessing, null, this.snapshots.numbers(snapshot));
      this.ofSnapshots.set(snapshot, model);
      const [oldest] = this.ofSnapshots.keys();
      if (this.ofSnapshots.size > MOST_SNAPSHOTS) this.ofSnapshots.delete(oldest);
    }
    return model;
  }

  /** Another network behind the same preprocessing, as one that was trained in the page. */
  withNetwork(network: NetworkData): Model {
    return new Model(this.data, network, this.preprocessing, null);
  }

  /** What enters the network, (n, n_inputs). */
  inputs(cells: Float64Array, n: number): Float64Array {
    return this.preprocessing.apply(cells, n);
  }

  /** The values of each drawn stage of a member, each (n, n_units). */
  stages(cells: Float64Array, n: number, member = 0): Float32Array[] {
    return this.members[member].run(this.inputs(cells, n), n, true).stages;
  }

  /** Probabilities of the classes, or the targets in their own unit, (n, nOutputs). */
  outputs(cells: Float64Array, n: number): Float64Array {
    return this.compute(cells, n, null).outputs;
  }

  /** Everything at once; stages of one member, or of none. */
  compute(cells: Float64Array, n: number, drawnMember: number | null): Computed {
    const inputs = this.inputs(cells, n);
    const runs = this.members.map((member, number) => member.run(inputs, n, number === drawnMember));
    const raw = mean(runs.map(({ outputs }) => outputs));
    const outputs = this.data.task === "regression" ? this.inTargetUnit(raw) : this.probabilities(raw);
    return { inputs, outputs, stages: drawnMember === null ? [] : runs[drawnMember].stages };
  }

  private inTargetUnit(raw: Float64Array): Float64Array {
    const { target_scale: scale, target_center: center } = this.data;
    return raw.map((value, i) => value * scale[i % scale.length] + center[i % center.length]);
  }

  private probabilities(raw: Float64Array): Float64Array {
    switch (this.data.coding) {
      case "binary": {
        const both = new Float64Array(2 * raw.length);
        raw.forEach((value, row) => {
          const positive = value < 0 ? 0 : value > 1 ? 1 : value; // a user-defined network need not end in a sigmoid
          both[2 * row] = 1 - positive;
          both[2 * row + 1] = positive;
        });
        return both;
      }
      case "multilabel":
        return raw;
      default:
        // Outputs without softmax need not sum to 1. Where all are 0, no class is likelier than another.
        for (let start = 0; start < raw.length; start += this.nOutputs) {
          const row = raw.subarray(start, start + this.nOutputs);
          const total = row.reduce((sum, value) => sum + value, 0);
          for (let k = 0; k < row.length; k++) row[k] = total > 0 ? row[k] / total : 1 / this.nOutputs;
        }
        return raw;
    }
  }
}

/** Decode the model of a page; null where it has no network. */
export async function createModel(data: PageData): Promise<Model | null> {
  if (data.network === null) return null;
  const numbers = await unpackNumbers(data.network);
  const snapshots = data.snapshots && (await SnapshotNumbers.decode(data.network, data.snapshots, numbers));
  return new Model(data, data.network, new Preprocessing(data), snapshots, numbers);
}

function mean(parts: readonly Float64Array[]): Float64Array {
  if (parts.length === 1) return parts[0];
  const [first, ...others] = parts;
  for (const other of others) for (let i = 0; i < first.length; i++) first[i] += other[i];
  return first.map((value) => value / parts.length);
}

/** Rows of cells as `Model` takes them. */
export function cellsOf(rows: readonly (readonly Cell[])[]): Float64Array {
  return Float64Array.from(rows.flat(), (cell) => cell ?? NaN);
}
