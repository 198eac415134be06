/**
 * Training of a plain network (dense layers, each with an activation) by Adam, as Keras computes it.
 *
 * Nothing here touches the page: `trainer-worker.ts` runs it beside the page, tests run it against Keras. Numbers are
 * of double precision, whatever the network's: on so few rows it costs nothing, and sums of gradients keep their digits.
 */

import { ACTIVATIONS, type Parameters } from "./activations";
import { randomNumbers, shuffle } from "./random";

/** Output activation of a network, with the loss that Keras pairs with it. */
export type Head = "linear" | "sigmoid" | "softmax";

export interface DenseLayer {
  nIn: number;
  nOut: number;
  /** (nIn, nOut), row by row. */
  kernel: Float64Array;
  bias: Float64Array;
  /** Of a hidden layer; that of the last one is the head. */
  activation: string;
  parameters: Parameters;
}

export interface PlainNetwork {
  layers: DenseLayer[];
  head: Head;
}

export interface Settings {
  learningRate: number;
  batchSize: number;
  /** Penalty l2 * sum(w ** 2) on the kernels of hidden layers, or of the only layer; never on biases. */
  l2: number;
}

/** Inputs (n, nIn) and targets (n, nOut): scaled numbers, 0 and 1, or an indicator of the class. */
export interface Examples {
  n: number;
  inputs: Float64Array;
  targets: Float64Array;
}

/** Of each unit of a layer over some rows. */
export interface UnitStatistics {
  minimum: Float64Array;
  maximum: Float64Array;
  mean: Float64Array;
  /** As Python says it of the network's own units. */
  state: ("" | "dead" | "saturated")[];
}

// A unit is dead where it never changes, and saturated where it is this near to a bound of its activation (as a share of
// their distance) for that share of the rows; see skdl/explore/_network.py.
const BOUNDS: Record<string, [number, number]> = { sigmoid: [0, 1], softsign: [-1, 1], tanh: [-1, 1] };
const CONSTANT = 1e-6;
const AT_BOUND = 0.02;
const SATURATED = 0.95;

/**
 * Slope of each hidden activation at z, given its value a there.
 *
 * At the kinks they are those of JAX, with which networks were trained: 0 for relu at 0, 1 for leaky_relu.
 */
const SLOPES: Record<string, (z: number, a: number, parameters: Parameters) => number> = {
  elu: (z, a, { alpha }) => (z > 0 ? 1 : a + number(alpha, 1)),
  // With Phi the normal distribution function, a = z Phi(z); its slope is Phi(z) + z phi(z).
  gelu: (z, a) => (z === 0 ? 0.5 : a / z + (z * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI)),
  leaky_relu: (z, _, { negative_slope }) => (z >= 0 ? 1 : number(negative_slope, 0.2)),
  linear: () => 1,
  relu: (z) => (z > 0 ? 1 : 0),
  selu: (z, a) => (z > 0 ? SELU_SCALE : a + SELU_SCALE * SELU_ALPHA),
  sigmoid: (_, a) => a * (1 - a),
  // a = z s(z) with s the sigmoid; its slope is s + a (1 - s).
  silu: (z, a) => {
    const s = 1 / (1 + Math.exp(-z));
    return s + a * (1 - s);
  },
  softplus: (z) => 1 / (1 + Math.exp(-z)),
  softsign: (z) => 1 / (1 + Math.abs(z)) ** 2,
  tanh: (_, a) => 1 - a * a,
};

/** Activations of hidden layers that can be trained, by Keras' names. */
export const TRAINABLE_ACTIVATIONS = Object.keys(SLOPES).filter((name) => name !== "linear");

// Scale and alpha of Klambauer et al. (2017), as in `skdl.frozen`.
const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

// Keras' Adam.
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-7;

/** Probabilities in a logarithm are at least this, as `keras.config.epsilon()`. */
const LEAST_PROBABILITY = 1e-7;

function number(value: Parameters[string] | undefined, standard: number): number {
  return typeof value === "number" ? value : standard;
}

/** Whether the trainer has the slope of an activation with these parameters. */
export function isTrainable(name: string, parameters: Parameters): boolean {
  if (!(name in SLOPES)) return false;
  // Keras' general relu (a slope below 0, a largest value, a threshold) and gelu by tanh are other functions.
  const plain = Object.values(parameters).every((value) => !value);
  return plain || name === "elu" || name === "leaky_relu";
}

/** Draw a new network: kernels from Glorot's uniform distribution, as Keras' dense layers, and biases of 0. */
export function drawNetwork(sizes: number[], activation: string, head: Head, seed: number): PlainNetwork {
  const random = randomNumbers(seed);
  const layers = sizes.slice(1).map((nOut, index): DenseLayer => {
    const nIn = sizes[index];
    const limit = Math.sqrt(6 / (nIn + nOut));
    const kernel = Float64Array.from({ length: nIn * nOut }, () => (2 * random() - 1) * limit);
    const last = index === sizes.length - 2;
    return { nIn, nOut, kernel, bias: new Float64Array(nOut), activation: last ? "linear" : activation, parameters: {} };
  });
  return { layers, head };
}

/** Values of one layer for the rows of a batch. */
interface Pass {
  /** Before and after the activation, (nRows, nOut). */
  z: Float64Array;
  a: Float64Array;
  /** Gradient of the loss by z. */
  dz: Float64Array;
}

interface Moments {
  first: Float64Array;
  second: Float64Array;
}

export class Trainer {
  readonly network: PlainNetwork;
  /** Number of batches trained. */
  steps = 0;
  private readonly random: () => number;
  private readonly moments: { kernel: Moments; bias: Moments }[];
  private readonly gradients: { kernel: Float64Array; bias: Float64Array }[];
  private passes: Pass[] = [];
  private capacity = 0;

  /** Train `network` in place. */
  constructor(
    network: PlainNetwork,
    public settings: Settings,
    seed = 0,
  ) {
    this.network = network;
    this.random = randomNumbers(seed);
    const moments = (size: number): Moments => ({ first: new Float64Array(size), second: new Float64Array(size) });
    this.moments = network.layers.map(({ kernel, bias }) => ({
      kernel: moments(kernel.length),
      bias: moments(bias.length),
    }));
    this.gradients = network.layers.map(({ kernel, bias }) => ({
      kernel: new Float64Array(kernel.length),
      bias: new Float64Array(bias.length),
    }));
  }

  /** Train once on all rows, in batches of a new order; the last batch may be smaller. */
  epoch(examples: Examples): void {
    const order = shuffle(Int32Array.from({ length: examples.n }, (_, row) => row), this.random);
    for (let start = 0; start < examples.n; start += this.settings.batchSize) {
      this.step(examples, order.subarray(start, start + this.settings.batchSize));
    }
  }

  /** Train on one batch: one step of Adam. */
  step(examples: Examples, rows: Int32Array): void {
    this.forward(examples.inputs, rows);
    this.backward(examples, rows);
    this.steps += 1;
    // The corrections of both moments, which start at 0, in one factor.
    const rate =
      (this.settings.learningRate * Math.sqrt(1 - BETA_2 ** this.steps)) / (1 - BETA_1 ** this.steps);
    this.network.layers.forEach((layer, index) => {
      const gradient = this.gradients[index];
      const moments = this.moments[index];
      adam(layer.kernel, gradient.kernel, moments.kernel, rate);
      adam(layer.bias, gradient.bias, moments.bias, rate);
    });
  }

  /** Mean loss of rows, without the penalty; NaN of no rows. */
  loss(examples: Examples): number {
    const { head } = this.network;
    const nOut = this.network.layers.at(-1)!.nOut;
    let total = 0;
    for (const rows of chunks(examples.n)) {
      const outputs = this.forward(examples.inputs, rows);
      rows.forEach((row, position) => {
        for (let unit = 0; unit < nOut; unit++) {
          total += lossOf(head, outputs[position * nOut + unit], examples.targets[row * nOut + unit]);
        }
      });
    }
    // Keras' mean squared error and binary cross-entropy are means over the units as well.
    return total / examples.n / (head === "softmax" ? 1 : nOut);
  }

  /** What each unit of each layer is like over rows. */
  statistics(examples: Examples): UnitStatistics[] {
    const { layers } = this.network;
    const found = layers.map(({ nOut }) => ({
      minimum: new Float64Array(nOut).fill(Infinity),
      maximum: new Float64Array(nOut).fill(-Infinity),
      mean: new Float64Array(nOut),
      atBound: new Float64Array(nOut), // share of the rows
    }));
    for (const rows of chunks(examples.n)) {
      this.forward(examples.inputs, rows);
      found.forEach(({ minimum, maximum, mean, atBound }, layer) => {
        const { a } = this.passes[layer];
        const { nOut, activation } = layers[layer];
        const [bottom, top] = BOUNDS[activation] ?? [-Infinity, Infinity];
        const near = AT_BOUND * (top - bottom);
        for (let at = 0, unit = 0; at < rows.length * nOut; at++) {
          const value = a[at];
          minimum[unit] = Math.min(minimum[unit], value);
          maximum[unit] = Math.max(maximum[unit], value);
          mean[unit] += value / examples.n;
          if (Math.min(value - bottom, top - value) < near && Number.isFinite(near)) atBound[unit] += 1 / examples.n;
          if (++unit === nOut) unit = 0;
        }
      });
    }
    return found.map(({ minimum, maximum, mean, atBound }, layer) => ({
      minimum,
      maximum,
      mean,
      state: Array.from(mean, (_, unit) => {
        if (layer === layers.length - 1) return "";
        const isDead = maximum[unit] - minimum[unit] <= CONSTANT * Math.max(1, Math.abs(maximum[unit]));
        return isDead ? "dead" : atBound[unit] >= SATURATED ? "saturated" : "";
      }),
    }));
  }

  /** Outputs of rows, (nRows, nOut); overwritten by the next call. */
  private forward(inputs: Float64Array, rows: Int32Array): Float64Array {
    this.reserve(rows.length);
    const { layers, head } = this.network;
    const last = layers.length - 1;
    for (const [index, layer] of layers.entries()) {
      const { nIn, nOut, kernel, bias } = layer;
      const { z, a } = this.passes[index];
      const from = index === 0 ? inputs : this.passes[index - 1].a;
      for (let position = 0; position < rows.length; position++) {
        const source = (index === 0 ? rows[position] : position) * nIn;
        const out = z.subarray(position * nOut, (position + 1) * nOut);
        out.set(bias);
        for (let i = 0; i < nIn; i++) {
          const value = from[source + i];
          if (value === 0) continue; // most inputs of one-hot columns, and many units of relu
          const offset = i * nOut;
          for (let j = 0; j < nOut; j++) out[j] += value * kernel[offset + j];
        }
      }
      const size = rows.length * nOut;
      a.set(z.subarray(0, size));
      // In place: none of these makes a new array.
      const [name, parameters] = index < last ? [layer.activation, layer.parameters] : [head, {}];
      ACTIVATIONS[name](a.subarray(0, size), nOut, parameters);
    }
    return this.passes[last].a;
  }

  /** Gradients of the mean loss of a batch, after `forward` of the same rows. */
  private backward(examples: Examples, rows: Int32Array): void {
    const { layers, head } = this.network;
    const last = layers.length - 1;
    const nLast = layers[last].nOut;
    const output = this.passes[last];
    // Each head's loss has the gradient (output - target) by z, up to a constant.
    const factor = (head === "linear" ? 2 : 1) / rows.length / (head === "softmax" ? 1 : nLast);
    rows.forEach((row, position) => {
      for (let unit = 0; unit < nLast; unit++) {
        const at = position * nLast + unit;
        output.dz[at] = factor * (output.a[at] - examples.targets[row * nLast + unit]);
      }
    });
    for (let index = last; index >= 0; index--) {
      const { nIn, nOut, kernel } = layers[index];
      const { dz } = this.passes[index];
      const gradient = this.gradients[index];
      // The penalty's gradient; as in Keras the output of a network with hidden layers has none.
      const penalty = index < last || last === 0 ? 2 * this.settings.l2 : 0;
      for (let i = 0; i < kernel.length; i++) gradient.kernel[i] = penalty * kernel[i];
      gradient.bias.fill(0);
      const before = index === 0 ? null : this.passes[index - 1];
      const from = before === null ? examples.inputs : before.a;
      const lower = index === 0 ? null : layers[index - 1];
      const slope = lower === null ? null : SLOPES[lower.activation];
      for (let position = 0; position < rows.length; position++) {
        const source = (index === 0 ? rows[position] : position) * nIn;
        const errors = dz.subarray(position * nOut, (position + 1) * nOut);
        for (let j = 0; j < nOut; j++) gradient.bias[j] += errors[j];
        for (let i = 0; i < nIn; i++) {
          const value = from[source + i];
          const offset = i * nOut;
          if (value !== 0) for (let j = 0; j < nOut; j++) gradient.kernel[offset + j] += value * errors[j];
          if (before !== null) {
            let sum = 0;
            for (let j = 0; j < nOut; j++) sum += errors[j] * kernel[offset + j];
            before.dz[source + i] = sum * slope!(before.z[source + i], value, lower!.parameters);
          }
        }
      }
    }
  }

  /** Have room for the values of a batch of this size. */
  private reserve(rows: number): void {
    if (rows <= this.capacity) return;
    this.capacity = rows;
    this.passes = this.network.layers.map(({ nOut }) => ({
      z: new Float64Array(rows * nOut),
      a: new Float64Array(rows * nOut),
      dz: new Float64Array(rows * nOut),
    }));
  }
}

const ROWS_AT_ONCE = 256;

/** The positions 0 to n - 1 in parts. */
function chunks(n: number): Int32Array[] {
  return Array.from({ length: Math.ceil(n / ROWS_AT_ONCE) }, (_, part) =>
    Int32Array.from({ length: Math.min(ROWS_AT_ONCE, n - part * ROWS_AT_ONCE) }, (_, row) => part * ROWS_AT_ONCE + row),
  );
}

function adam(weights: Float64Array, gradients: Float64Array, { first, second }: Moments, rate: number): void {
  for (let i = 0; i < weights.length; i++) {
    const gradient = gradients[i];
    first[i] += (gradient - first[i]) * (1 - BETA_1);
    second[i] += (gradient * gradient - second[i]) * (1 - BETA_2);
    weights[i] -= (rate * first[i]) / (Math.sqrt(second[i]) + EPSILON);
  }
}

function lossOf(head: Head, output: number, target: number): number {
  if (head === "linear") return (output - target) ** 2;
  const likely = Math.min(Math.max(output, LEAST_PROBABILITY), 1 - LEAST_PROBABILITY);
  if (head === "softmax") return target === 0 ? 0 : -target * Math.log(likely);
  return -(target * Math.log(likely) + (1 - target) * Math.log(1 - likely));
}
