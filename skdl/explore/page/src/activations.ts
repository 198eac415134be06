/** Keras' activations, as `skdl.frozen.ACTIVATIONS` computes them. */

export type Parameters = Readonly<Record<string, number | null | boolean>>;

/** Applies an activation to `values`, the rows of which have `width` values. It may overwrite and return its argument. */
type Activation = (values: Float64Array, width: number, parameters: Parameters) => Float64Array;

/** An activation of each value for itself. */
function each(make: (parameters: Parameters) => (x: number) => number): Activation {
  return (values, _, parameters) => {
    const f = make(parameters);
    for (let i = 0; i < values.length; i++) values[i] = f(values[i]);
    return values;
  };
}

/** An activation of each value for itself, without parameters. */
function plain(f: (x: number) => number): Activation {
  return each(() => f);
}

/** An activation of the values of a row together. */
function eachRow(f: (row: Float64Array, parameters: Parameters) => void): Activation {
  return (values, width, parameters) => {
    for (let start = 0; start < values.length; start += width) f(values.subarray(start, start + width), parameters);
    return values;
  };
}

function parameter(parameters: Parameters, name: string, otherwise: number): number {
  const value = parameters[name];
  return typeof value === "number" ? value : otherwise;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
// log(exp(x) + exp(0)) without overflow.
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const clip = (x: number, low: number, high: number): number => (x < low ? low : x > high ? high : x);
const hardSigmoid = (x: number): number => clip(x + 3, 0, 6) / 6;
// Scale and alpha of Klambauer et al. (2017).
const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

/**
 * The complementary error function, with a relative error of at most 1.2e-7 everywhere: a Chebyshev fit, from Press et al.,
 * Numerical Recipes, 2nd edition, section 6.2.
 */
function erfc(x: number): number {
  const z = Math.abs(x);
  const t = 1 / (1 + 0.5 * z);
  // Highest power first, by Horner's rule.
  let sum = 0.17087277;
  for (const coefficient of ERFC) sum = sum * t + coefficient;
  const value = t * Math.exp(-z * z + sum);
  return x >= 0 ? value : 2 - value;
}
const ERFC = [
  -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368, -1.26551223,
];

function relu(parameters: Parameters): (x: number) => number {
  const slope = parameter(parameters, "negative_slope", 0);
  const most = parameter(parameters, "max_value", 0) || Infinity;
  const threshold = parameter(parameters, "threshold", 0);
  if (slope === 0 && most === Infinity && threshold === 0) return (x) => (x < 0 ? 0 : x);
  return (x) => clip(x > threshold ? x : 0, 0, most) - slope * Math.max(threshold - x, 0);
}

function softmax(row: Float64Array): void {
  let highest = -Infinity;
  for (let i = 0; i < row.length; i++) if (row[i] > highest) highest = row[i];
  let total = 0;
  for (let i = 0; i < row.length; i++) total += row[i] = Math.exp(row[i] - highest);
  for (let i = 0; i < row.length; i++) row[i] /= total;
}

function logSoftmax(row: Float64Array): void {
  let highest = -Infinity;
  for (let i = 0; i < row.length; i++) if (row[i] > highest) highest = row[i];
  let total = 0;
  for (let i = 0; i < row.length; i++) total += Math.exp(row[i] - highest);
  const logarithm = highest + Math.log(total);
  for (let i = 0; i < row.length; i++) row[i] -= logarithm;
}

/**
 * Each row projected onto the simplex (Martins and Astudillo 2016). `summed`, as in Keras: the threshold is computed from the sum
 * of the running sums, not of the values.
 */
function sparsemax(row: Float64Array, { summed = true }: Parameters): void {
  const ordered = row.slice().sort().reverse();
  let total = 0;
  let kept = 0;
  let inside = 0;
  ordered.forEach((value, k) => {
    total += value;
    // The support: position k belongs to it where 1 + k z_k exceeds the sum of the k largest values.
    if (value - (total - 1) / (k + 1) > 0) {
      kept += summed === true ? total : value;
      inside += 1;
    }
  });
  const threshold = (kept - 1) / inside;
  for (let i = 0; i < row.length; i++) row[i] = Math.max(row[i] - threshold, 0);
}

/** The first half of each row times the sigmoid of the second half. */
function glu(values: Float64Array, width: number): Float64Array {
  const half = width / 2;
  const gated = new Float64Array(values.length / 2);
  for (let i = 0; i < gated.length; i++) {
    const start = Math.floor(i / half) * width + (i % half);
    gated[i] = values[start] * sigmoid(values[start + half]);
  }
  return gated;
}

function gelu(parameters: Parameters): (x: number) => number {
  if (parameters.approximate === true) {
    const factor = Math.sqrt(2 / Math.PI);
    return (x) => 0.5 * x * (1 + Math.tanh(factor * (x + 0.044715 * x * x * x)));
  }
  return (x) => 0.5 * x * erfc(-x * Math.SQRT1_2);
}

function mish(x: number): number {
  // x tanh(log(1 + w)) with w = exp(x) is x n / (n + 2) with n = w (w + 2). Beyond 20 it is x.
  const w = Math.exp(Math.min(x, 20));
  const n = w * (w + 2);
  return (x * n) / (n + 2);
}

export const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  celu: each((p) => {
    const alpha = parameter(p, "alpha", 1);
    return (x) => (x > 0 ? x : alpha * Math.expm1(x / alpha));
  }),
  elu: each((p) => {
    const alpha = parameter(p, "alpha", 1);
    return (x) => (x > 0 ? x : alpha * Math.expm1(x));
  }),
  exponential: plain(Math.exp),
  gelu: each(gelu),
  glu,
  hard_shrink: each((p) => {
    const threshold = parameter(p, "threshold", 0.5);
    return (x) => (Math.abs(x) > threshold ? x : 0);
  }),
  hard_sigmoid: plain(hardSigmoid),
  hard_silu: plain((x) => x * hardSigmoid(x)),
  hard_tanh: plain((x) => clip(x, -1, 1)),
  leaky_relu: each((p) => {
    const slope = parameter(p, "negative_slope", 0.2);
    return (x) => (x >= 0 ? x : slope * x);
  }),
  linear: (values) => values,
  log_sigmoid: plain((x) => -softplus(-x)),
  log_softmax: eachRow(logSoftmax),
  mish: plain(mish),
  relu: each(relu),
  relu6: plain((x) => clip(x, 0, 6)),
  selu: plain((x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x))),
  sigmoid: plain(sigmoid),
  silu: plain((x) => x * sigmoid(x)),
  soft_shrink: each((p) => {
    const threshold = parameter(p, "threshold", 0.5);
    return (x) => Math.sign(x) * Math.max(Math.abs(x) - threshold, 0);
  }),
  softmax: eachRow(softmax),
  softplus: plain(softplus),
  softsign: plain((x) => x / (Math.abs(x) + 1)),
  sparse_plus: plain((x) => (x <= -1 ? 0 : x >= 1 ? x : ((x + 1) * (x + 1)) / 4)),
  sparse_sigmoid: plain((x) => 0.5 * clip(x + 1, 0, 2)),
  sparsemax: eachRow(sparsemax),
  squareplus: plain((x) => 0.5 * (x + Math.sqrt(x * x + 4))),
  tanh: plain(Math.tanh),
  tanh_shrink: plain((x) => x - Math.tanh(x)),
};
