/** Plain networks: from the page's format to what the trainer takes, and back to what every view draws. */

import type { Weights } from "./decode";
import type { Layer, Member, NetworkData, PageData } from "./format";
import { type DenseLayer, type Examples, type Head, isTrainable, type PlainNetwork, type UnitStatistics } from "./trainer";

/**
 * The network as the trainer takes it, a copy; null where the trainer has no slope for one of its layers.
 *
 * `arrays` are the weights to start from.
 */
export function plainNetwork(network: NetworkData, arrays: readonly Weights[]): PlainNetwork | null {
  if (network.members.length !== 1) return null;
  // An image's rows become one axis; the rows of pixels are that already.
  const steps = network.members[0].layers.filter(({ op }) => op !== "reshape");
  const layers: DenseLayer[] = [];
  let head: Head = "linear";
  for (const [position, step] of steps.entries()) {
    const last = position === steps.length - 1;
    if (step.op === "dense") {
      const { shape, values } = arrays[step.kernel];
      const [nIn, nOut] = shape;
      // Without a bias it is trained from 0, which changes nothing at the start.
      const bias = step.bias === null ? new Float64Array(nOut) : arrays[step.bias].values.slice();
      layers.push({ nIn, nOut, kernel: values.slice(), bias, activation: "linear", parameters: {} });
    } else if (step.op === "activation") {
      const layer = layers.at(-1);
      if (layer === undefined || layer.activation !== "linear") return null;
      if (last) {
        if (step.name !== "sigmoid" && step.name !== "softmax" && step.name !== "linear") return null;
        head = step.name;
      } else {
        if (!isTrainable(step.name, step.parameters)) return null;
        layer.activation = step.name;
        layer.parameters = step.parameters;
      }
    } else return null;
  }
  return layers.length === 0 ? null : { layers, head };
}

/** A plain network in the page's format, so that all views show it. */
export function networkData(plain: PlainNetwork, statistics: readonly UnitStatistics[], like: NetworkData): NetworkData {
  const arrays: NetworkData["arrays"] = [];
  const layers: Layer[] = [];
  const stages: Member["stages"] = [];
  const parts: Float64Array[] = [];
  let offset = 0;
  const add = (values: Float64Array, shape: number[]): number => {
    arrays.push({ shape, offset });
    parts.push(values);
    offset += values.length;
    return arrays.length - 1;
  };
  if (like.input_shape.length > 1) layers.push({ op: "reshape", shape: [-1] });
  plain.layers.forEach(({ nIn, nOut, kernel, bias, activation, parameters }, index) => {
    const isLast = index === plain.layers.length - 1;
    const first = layers.length;
    layers.push({ op: "dense", kernel: add(kernel, [nIn, nOut]), bias: add(bias, [nOut]) });
    const name = isLast ? plain.head : activation;
    if (name !== "linear") layers.push({ op: "activation", name, parameters: isLast ? {} : parameters });
    stages.push({
      kind: isLast ? "output" : "hidden",
      first: index === 0 ? 0 : first,
      last: layers.length - 1,
      n_units: nOut,
      activation: name === "linear" ? "" : name,
      state: statistics[index].state,
      minimum: Array.from(statistics[index].minimum),
      maximum: Array.from(statistics[index].maximum),
      mean: Array.from(statistics[index].mean),
    });
  });
  return { dtype: "float64", input_shape: like.input_shape, members: [{ layers, stages }], arrays, data: encode(parts, offset) };
}

/** Base64 of little-endian numbers. */
function encode(parts: readonly Float64Array[], size: number): string {
  const view = new DataView(new ArrayBuffer(8 * size));
  let position = 0;
  for (const part of parts) for (const value of part) view.setFloat64(8 * position++, value, true);
  let binary = "";
  for (let start = 0; start < view.byteLength; start += 8192) {
    binary += String.fromCharCode(...new Uint8Array(view.buffer, start, Math.min(8192, view.byteLength - start)));
  }
  return btoa(binary);
}

/** Targets of the rows in the page as the network learns them, (n, nOut): scaled, 0 and 1, or an indicator of the class. */
export function targetsOf(data: PageData, rows: readonly number[]): Float64Array {
  const { target } = data.rows ?? { target: [] };
  const nOut = data.coding === "one_hot" ? data.outputs.length : target.length;
  const targets = new Float64Array(rows.length * nOut);
  rows.forEach((row, position) => {
    for (let unit = 0; unit < nOut; unit++) {
      let value = data.coding === "one_hot" ? Number(target[0][row] === unit) : target[unit][row];
      if (data.task === "regression") value = (value - data.target_center[unit]) / data.target_scale[unit];
      targets[position * nOut + unit] = value;
    }
  });
  return targets;
}

/** Chosen rows of a matrix of `n` rows. */
export function examplesOf(inputs: Float64Array, nInputs: number, data: PageData, rows: readonly number[]): Examples {
  const chosen = new Float64Array(rows.length * nInputs);
  rows.forEach((row, position) => chosen.set(inputs.subarray(row * nInputs, (row + 1) * nInputs), position * nInputs));
  return { n: rows.length, inputs: chosen, targets: targetsOf(data, rows) };
}
