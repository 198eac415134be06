/** Preprocessing: from the cells of a table's columns to the inputs of the network. */

import { numbers } from "./decode";
import type { Group, PageData, Step } from "./format";

/** Rows of numbers, row by row; NaN is a missing value. */
interface Matrix {
  values: Float64Array;
  width: number;
}

type Transform = (matrix: Matrix, nRows: number) => Matrix;

/** The fitted preprocessing of a model. */
export class Preprocessing {
  readonly nColumns: number;
  private readonly groups: { columns: number[]; transforms: Transform[] }[];

  constructor(data: Pick<PageData, "columns" | "groups">) {
    this.nColumns = data.columns.length;
    this.groups = data.groups.map(({ columns, steps }: Group) => ({ columns, transforms: steps.map(compile) }));
  }

  /** The inputs of rows of cells, (nRows, nInputs). */
  apply(cells: Float64Array, nRows: number): Float64Array {
    const parts = this.groups.map(({ columns, transforms }) => {
      let matrix = this.take(cells, nRows, columns);
      for (const transform of transforms) matrix = transform(matrix, nRows);
      return matrix;
    });
    return parts.length === 1 ? parts[0].values : sideBySide(parts, nRows).values;
  }

  private take(cells: Float64Array, nRows: number, columns: readonly number[]): Matrix {
    return fill(columns.length, nRows, (row, column) => cells[row * this.nColumns + columns[column]]);
  }
}

function fill(width: number, nRows: number, value: (row: number, column: number) => number): Matrix {
  const values = new Float64Array(nRows * width);
  let position = 0;
  for (let row = 0; row < nRows; row++) {
    for (let column = 0; column < width; column++) values[position++] = value(row, column);
  }
  return { values, width };
}

function sideBySide(parts: readonly Matrix[], nRows: number): Matrix {
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  const values = new Float64Array(nRows * width);
  let first = 0;
  for (const part of parts) {
    for (let row = 0; row < nRows; row++) {
      values.set(part.values.subarray(row * part.width, (row + 1) * part.width), row * width + first);
    }
    first += part.width;
  }
  return { values, width };
}

function compile(step: Step): Transform {
  switch (step.op) {
    case "impute": {
      const replacements = numbers(step.values);
      return (matrix, nRows) => {
        const { values, width } = matrix;
        const gaps = fill(step.indicator.length, nRows, (row, k) =>
          Number.isNaN(values[row * width + step.indicator[k]]) ? 1 : 0,
        );
        const filled = eachCell(matrix, (x, column) => (Number.isNaN(x) ? replacements[column] : x));
        return gaps.width ? sideBySide([filled, gaps], nRows) : filled;
      };
    }
    case "affine": {
      const [subtract, multiply, add] = [numbers(step.subtract), numbers(step.multiply), numbers(step.add)];
      return (matrix) => eachCell(matrix, (x, column) => (x - subtract[column]) * multiply[column] + add[column]);
    }
    case "clip": {
      const [low, high] = [numbers(step.low, -Infinity), numbers(step.high, Infinity)];
      return (matrix) =>
        eachCell(matrix, (x, column) => (x < low[column] ? low[column] : x > high[column] ? high[column] : x));
    }
    case "smooth_clip": {
      const [center, factor] = [numbers(step.center), numbers(step.factor)];
      return (matrix) =>
        eachCell(matrix, (x, column) => {
          const z = (x - center[column]) * factor[column];
          return z / Math.hypot(1, z / step.limit);
        });
    }
    case "piecewise":
      return compilePiecewise(step);
    case "quantile":
      return compileQuantile(step);
    case "lookup":
      return compileLookup(step);
    case "constant": {
      const values = numbers(step.values);
      return (_, nRows) => fill(values.length, nRows, (_row, column) => values[column]);
    }
  }
}

function eachCell({ values, width }: Matrix, f: (x: number, column: number) => number): Matrix {
  for (let i = 0, column = 0; i < values.length; i++) {
    values[i] = f(values[i], column);
    if (++column === width) column = 0;
  }
  return { values, width };
}

/** Standard scores of all columns, then the positions in the bins of the first column, of the second one, ... */
function compilePiecewise(step: Extract<Step, { op: "piecewise" }>): Transform {
  const [mean, scale] = [numbers(step.mean), numbers(step.scale)];
  const bins = step.edges.flatMap((edges, column) =>
    edges.slice(1).map((high, bin) => ({ column, low: edges[bin], size: high - edges[bin] })),
  );
  return ({ values, width }, nRows) =>
    fill(width + bins.length, nRows, (row, place) => {
      if (place < width) return (values[row * width + place] - mean[place]) / scale[place];
      const { column, low, size } = bins[place - width];
      const position = (values[row * width + column] - low) / size;
      return position < 0 ? 0 : position > 1 ? 1 : position;
    });
}

function compileLookup(step: Extract<Step, { op: "lookup" }>): Transform {
  const tables = step.tables.map((table) => table.map((vector) => numbers(vector)));
  const missing = step.missing.map((vector) => numbers(vector));
  const width = missing.reduce((sum, vector) => sum + vector.length, 0);
  return (matrix, nRows) => {
    const found = new Float64Array(nRows * width);
    let position = 0;
    for (let row = 0; row < nRows; row++) {
      for (let column = 0; column < matrix.width; column++) {
        const code = matrix.values[row * matrix.width + column];
        const vector = Number.isNaN(code) ? missing[column] : tables[column][code];
        if (!vector) throw new RangeError(`a category must be 0 to ${tables[column].length - 1}; got ${code}`);
        found.set(vector, position);
        position += vector.length;
      }
    }
    return { values: found, width };
  };
}

// Bounds of scikit-learn's QuantileTransformer: what is within this of the lowest or highest quantile maps to the bound of a
// normal distribution, and no output is further out than the normal score of it.
const QUANTILE_BOUND = 1e-7;

/** Each value's place among the quantiles, as QuantileTransformer computes it. */
function compileQuantile(step: Extract<Step, { op: "quantile" }>): Transform {
  const isNormal = step.distribution === "normal";
  const margin = isNormal ? QUANTILE_BOUND : 0;
  const references = numbers(step.references);
  const columns = step.quantiles.map((column) => numbers(column));
  const limit = -normalScore(QUANTILE_BOUND);
  return (matrix) =>
    eachCell(matrix, (x, column) => {
      if (Number.isNaN(x)) return x;
      const quantiles = columns[column];
      // The mean of interpolating upwards and downwards: a value that many rows have is between its lowest and highest place.
      let place = 0.5 * (interpolate(x, quantiles, references, false) + interpolate(x, quantiles, references, true));
      const isLowest = isNormal ? x - margin < quantiles[0] : x === quantiles[0];
      const isHighest = isNormal ? x + margin > quantiles[quantiles.length - 1] : x === quantiles[quantiles.length - 1];
      if (isHighest) place = 1;
      if (isLowest) place = 0;
      if (!isNormal) return place;
      const score = normalScore(place);
      return score < -limit ? -limit : score > limit ? limit : score;
    });
}

/** Linear interpolation in increasing knots, constant outside; of equal knots the last one counts, or the first one. */
function interpolate(x: number, knots: Float64Array, values: Float64Array, first: boolean): number {
  let low = 0;
  let high = knots.length; // the number of knots at or below x, or below x
  while (low < high) {
    const middle = (low + high) >> 1;
    if (first ? knots[middle] < x : knots[middle] <= x) low = middle + 1;
    else high = middle;
  }
  // Knots low - 1 and low are around x.
  if (low === 0) return values[0];
  if (low === knots.length) return values[knots.length - 1];
  const [left, right] = [knots[low - 1], knots[low]];
  return values[low - 1] + ((x - left) / (right - left)) * (values[low] - values[low - 1]);
}

/** The inverse of the normal distribution function, with a relative error of at most 1.2e-9 (Acklam 2003). */
function normalScore(p: number): number {
  if (p <= 0) return -Infinity;
  if (p >= 1) return Infinity;
  const low = 0.02425;
  if (p > 1 - low) return -normalScore(1 - p);
  if (p < low) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(NORMAL_C, q) / (polynomial(NORMAL_D, q) * q + 1);
  }
  const q = p - 0.5;
  const r = q * q;
  return (polynomial(NORMAL_A, r) * q) / (polynomial(NORMAL_B, r) * r + 1);
}

const NORMAL_A = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
];
const NORMAL_B = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
const NORMAL_C = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783,
];
const NORMAL_D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];

/** Highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
