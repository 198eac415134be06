/** A network's forward pass: the steps of `skdl.frozen`, computed as it computes them. */

import { ACTIVATIONS } from "./activations";
import { product, type Weights } from "./decode";
import type { Layer, Member, NetworkData } from "./format";
import { multiply, transpose } from "./matrix";

/** Rows in one pass: so few that their values stay in the processor's cache from layer to layer. */
const CHUNK_ROWS = 64;

/** A layer, ready to compute. Values are row by row, `nRows` rows; it may overwrite its argument. */
interface Step {
  /** Values of a row in what it returns. */
  shape: readonly number[];
  apply(values: Float64Array, nRows: number): Float64Array;
}

/** One member of a network, with its weights. */
export class Network {
  readonly nInputs: number;
  readonly nOutputs: number;
  private readonly steps: readonly Step[];
  private readonly isSingle: boolean;

  constructor(
    data: NetworkData,
    private readonly member: Member,
    weights: readonly Weights[],
  ) {
    this.nInputs = product(data.input_shape);
    this.isSingle = data.dtype === "float32";
    const steps: Step[] = [];
    let shape: readonly number[] = data.input_shape;
    for (const layer of member.layers) {
      const step = compile(layer, weights, shape);
      steps.push(step);
      shape = step.shape;
    }
    this.steps = steps;
    this.nOutputs = product(shape);
  }

  /** The raw outputs of preprocessed rows, (nRows, nOutputs), and the values of each drawn stage, (nRows, n_units). */
  run(inputs: Float64Array, nRows: number, withStages: boolean): { outputs: Float64Array; stages: Float32Array[] } {
    const drawn = withStages ? this.member.stages.map(({ last }) => last) : [];
    const widths = drawn.map((last) => product(this.steps[last].shape));
    const stages = widths.map((width) => new Float32Array(nRows * width));
    const outputs = new Float64Array(nRows * this.nOutputs);
    for (let start = 0; start < nRows; start += CHUNK_ROWS) {
      const n = Math.min(CHUNK_ROWS, nRows - start);
      let values: Float64Array = inputs.slice(start * this.nInputs, (start + n) * this.nInputs); // steps overwrite it
      // A network in float32 sees its inputs in float32: of a large number, digits are lost before its mean is subtracted.
      if (this.isSingle) for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i]);
      this.steps.forEach((step, position) => {
        values = step.apply(values, n);
        drawn.forEach((last, stage) => {
          if (position === last) stages[stage].set(values, start * widths[stage]);
        });
      });
      outputs.set(values, start * this.nOutputs);
    }
    return { outputs, stages };
  }
}

function compile(layer: Layer, weights: readonly Weights[], shape: readonly number[]): Step {
  const width = shape[shape.length - 1];
  switch (layer.op) {
    case "dense": {
      const kernel = weights[layer.kernel];
      const [nIn, nOut] = kernel.shape;
      const transposed = transpose(kernel.values, nIn, nOut);
      const bias = layer.bias === null ? new Float64Array(nOut) : weights[layer.bias].values;
      const nLeading = product(shape.slice(0, -1));
      return {
        shape: [...shape.slice(0, -1), nOut],
        apply: (values, nRows) => multiply(values, nRows * nLeading, nIn, transposed, bias),
      };
    }
    case "affine": {
      const [mean, scale, shift] = [layer.mean, layer.scale, layer.shift].map((array) => spread(weights[array], width));
      return inPlace(shape, (values) => {
        for (let i = 0, unit = 0; i < values.length; i++) {
          values[i] = (values[i] - mean[unit]) * scale[unit] + shift[unit];
          if (++unit === width) unit = 0;
        }
      });
    }
    case "activation": {
      const activation = ACTIVATIONS[layer.name];
      if (!activation) throw new Error(`activation ${layer.name} is not one of this page's`);
      return {
        shape: layer.name === "glu" ? [...shape.slice(0, -1), width / 2] : shape,
        apply: (values) => activation(values, width, layer.parameters),
      };
    }
    case "reshape":
      return { shape: reshaped(layer.shape, product(shape)), apply: (values) => values };
    case "max": {
      const [nParts, ...rest] = shape;
      return { shape: rest, apply: (values, nRows) => maximum(values, nRows, nParts, product(rest)) };
    }
    case "embed":
      return compileEmbedding(layer, weights, width);
    case "blend": {
      const activation = ACTIVATIONS[layer.name];
      if (!activation) throw new Error(`activation ${layer.name} is not one of this page's`);
      const share = spread(weights[layer.share], width);
      return inPlace(shape, (values) => {
        const bent = activation(values.slice(), width, {});
        for (let i = 0, unit = 0; i < values.length; i++) {
          values[i] += share[unit] * (bent[i] - values[i]);
          if (++unit === width) unit = 0;
        }
      });
    }
    case "clip": {
      const low = spread(weights[layer.low], width);
      const high = spread(weights[layer.high], width);
      return inPlace(shape, (values) => {
        for (let i = 0, unit = 0; i < values.length; i++) {
          const value = values[i];
          values[i] = value < low[unit] ? low[unit] : value > high[unit] ? high[unit] : value;
          if (++unit === width) unit = 0;
        }
      });
    }
  }
}

function inPlace(shape: readonly number[], change: (values: Float64Array) => void): Step {
  return {
    shape,
    apply: (values) => {
      change(values);
      return values;
    },
  };
}

/** A value for each unit, where the array may have one for all of them. */
function spread(array: Weights, width: number): Float64Array {
  return array.values.length === width ? array.values : new Float64Array(width).fill(array.values[0]);
}

/** The shape of a row after a reshape, in which -1 is what is left. */
function reshaped(shape: readonly number[], size: number): number[] {
  const known = product(shape.filter((one) => one !== -1));
  return shape.map((one) => (one === -1 ? size / known : one));
}

/** The largest of each row's parts, value by value. */
function maximum(values: Float64Array, nRows: number, nParts: number, width: number): Float64Array {
  const largest = new Float64Array(nRows * width);
  for (let row = 0; row < nRows; row++) {
    for (let unit = 0; unit < width; unit++) {
      let most = values[row * nParts * width + unit];
      for (let part = 1; part < nParts; part++) {
        most = Math.max(most, values[(row * nParts + part) * width + unit]);
      }
      largest[row * width + unit] = most;
    }
  }
  return largest;
}

/** Columns of a coded table embedded, as by `skdl.frozen.embed_table`. */
function compileEmbedding(layer: Extract<Layer, { op: "embed" }>, weights: readonly Weights[], nColumns: number): Step {
  const [nNumbers, nFrequencies, nValues] = weights[layer.mixing].shape;
  const [frequency, phase, mixing, shift] = [layer.frequency, layer.phase, layer.mixing, layer.shift].map(
    (array) => weights[array].values,
  );
  // Of each category a vector for each of its codes; 0 is a missing or new value.
  const tables: Weights[] = [];
  let nTables = 0;
  for (const size of layer.cardinalities) {
    if (size === 2) tables.push({ shape: [3, 1], values: Float64Array.of(0, -1, 1) });
    else if (size <= layer.max_one_hot) tables.push(oneHot(size));
    else tables.push(weights[layer.tables[nTables++]]);
  }
  const width = nNumbers * nValues + nNumbers + tables.reduce((sum, { shape }) => sum + shape[1], 0);
  const waves = new Float64Array(nFrequencies);

  const apply = (values: Float64Array, nRows: number): Float64Array => {
    const embedded = new Float64Array(nRows * width);
    let position = 0;
    for (let row = 0; row < nRows; row++) {
      const cells = values.subarray(row * nColumns, (row + 1) * nColumns);
      const scaled = cells.subarray(0, nNumbers).map((x) => x / Math.sqrt(1 + (x / 3) * (x / 3)));
      for (let number = 0; number < nNumbers; number++) {
        const first = number * nFrequencies;
        for (let k = 0; k < nFrequencies; k++) {
          waves[k] = Math.cos(scaled[number] * 2 * Math.PI * frequency[first + k] + phase[first + k]);
        }
        for (let value = 0; value < nValues; value++) {
          let sum = shift[number * nValues + value];
          for (let k = 0; k < nFrequencies; k++) sum += waves[k] * mixing[(first + k) * nValues + value];
          embedded[position++] = sum;
        }
      }
      embedded.set(scaled, position);
      position += nNumbers;
      tables.forEach(({ shape, values: vectors }, category) => {
        const code = Math.trunc(cells[nNumbers + category]);
        embedded.set(vectors.subarray(code * shape[1], (code + 1) * shape[1]), position);
        position += shape[1];
      });
    }
    return embedded;
  };
  return { shape: [width], apply };
}

/** The rows 0, then those of the identity matrix. */
function oneHot(size: number): Weights {
  const values = new Float64Array((size + 1) * size);
  for (let k = 0; k < size; k++) values[(k + 1) * size + k] = 1;
  return { shape: [size + 1, size], values };
}
