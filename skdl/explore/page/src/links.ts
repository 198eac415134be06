/** The weights between one drawn stage and the next, as they are drawn. */

import type { Weights } from "./decode";
import type { Member } from "./format";

export interface Links {
  nIn: number;
  nOut: number;
  /** (nIn, nOut), row by row, with the factors of a normalisation beside the layer. */
  weights: Float32Array;
  bias: Float32Array | null;
  /** Largest absolute weight. */
  largest: number;
}

/**
 * Weights into the units of a stage; null where no single matrix stands between it and what is before (an embedding).
 *
 * Of a maxout unit, each weight is that of largest size among its pieces; of a gated unit, that of its value.
 */
export function linksInto(member: Member, stage: number, arrays: readonly Weights[]): Links | null {
  const { first, last, n_units: nUnits } = member.stages[stage];
  const layers = member.layers.slice(first, last + 1);
  if (layers.some(({ op }) => op === "embed")) return null;
  const dense = layers.filter((layer) => layer.op === "dense");
  if (dense.length !== 1) return null;
  const kernel = arrays[dense[0].kernel];
  const bias = dense[0].bias === null ? null : arrays[dense[0].bias].values;
  const [nIn, width] = kernel.shape;
  const nPieces = width / nUnits;
  if (!Number.isInteger(nPieces)) return null;
  const isMaximum = layers.some(({ op }) => op === "max");
  const position = layers.indexOf(dense[0]);
  const before = new Float64Array(nIn).fill(1);
  const after = new Float64Array(width).fill(1);
  layers.forEach((layer, k) => {
    if (layer.op !== "affine") return;
    const scale = arrays[layer.scale].values;
    const into = k < position ? before : after;
    for (let i = 0; i < into.length; i++) into[i] *= scale.length === into.length ? scale[i] : scale[0];
  });

  const links: Links = { nIn, nOut: nUnits, weights: new Float32Array(nIn * nUnits), bias: bias && new Float32Array(nUnits), largest: 0 };
  for (let unit = 0; unit < nUnits; unit++) {
    if (links.bias && bias) links.bias[unit] = bias[unit];
    for (let input = 0; input < nIn; input++) {
      let weight = 0;
      for (let piece = 0; piece < (isMaximum ? nPieces : 1); piece++) {
        const column = piece * nUnits + unit;
        const value = kernel.values[input * width + column] * before[input] * after[column];
        if (Math.abs(value) > Math.abs(weight)) weight = value;
      }
      links.weights[input * nUnits + unit] = weight;
      links.largest = Math.max(links.largest, Math.abs(weight));
    }
  }
  return links;
}

/** Of each value of an embedding the input that it stands for; empty for a stage that is none. */
export function embeddedFrom(member: Member, stage: number, arrays: readonly Weights[]): number[] {
  const { first, last } = member.stages[stage];
  const layer = member.layers.slice(first, last + 1).find(({ op }) => op === "embed");
  if (layer?.op !== "embed") return [];
  const [nNumbers, , nValues] = arrays[layer.mixing].shape;
  const numbers = Array.from({ length: nNumbers }, (_, number) => number);
  let nTables = 0;
  // The width of a category's code, as `compileEmbedding` in network.ts has it.
  const widths = layer.cardinalities.map((size) => (size === 2 ? 1 : size <= layer.max_one_hot ? size : arrays[layer.tables[nTables++]].shape[1]));
  return [
    ...numbers.flatMap((number) => Array<number>(nValues).fill(number)),
    ...numbers,
    ...widths.flatMap((width, category) => Array<number>(width).fill(nNumbers + category)),
  ];
}

/** Positions in `links.weights` of at most `count` of the largest weights, the largest last, so that it is drawn on top. */
export function strongest(links: Links, count: number): number[] {
  const { weights } = links;
  const order = Array.from(weights.keys()).filter((k) => weights[k] !== 0);
  order.sort((a, b) => Math.abs(weights[b]) - Math.abs(weights[a]));
  return order.slice(0, count).reverse();
}
