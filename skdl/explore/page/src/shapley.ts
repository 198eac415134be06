/**
 * What each column adds to a prediction: Shapley values against a base row.
 *
 * The value of a set of columns is the prediction for the row that has their values from the row to explain and all
 * others from the base row. A column's contribution is its mean effect over the orders in which columns may change from
 * base to row (Shapley 1953; Štrumbelj and Kononenko 2014). Contributions sum to the difference of both predictions.
 */

import { randomNumbers, shuffle } from "./random";

export interface Contributions {
  /** Prediction for the base row, and for the row. */
  base: number;
  prediction: number;
  /** Of each column. */
  values: Float64Array;
  /** Exact, or a mean over some of the orders. */
  exact: boolean;
  /** Whether the row is the base row. */
  isBase: boolean;
}

/** Predictions for `n` rows of cells, (n, nColumns); missing cells are NaN. */
export type Predict = (cells: Float64Array, n: number) => ArrayLike<number>;

/**
 * Compute the contributions of the columns in at most about `budget` predictions (two orders at least).
 *
 * Columns that have the base row's value contribute 0 and cost nothing.
 */
export function contributions(
  predict: Predict,
  row: Float64Array,
  base: Float64Array,
  budget: number,
  seed = 0,
): Contributions {
  const changed = Array.from(row.keys()).filter((column) => differs(row[column], base[column]));
  const exact = changed.length <= MOST_EXACT && 2 ** changed.length <= budget;
  return exact ? overSets(predict, row, base, changed) : overOrders(predict, row, base, changed, budget, seed);
}

// The table of all sets has 2 ** n rows.
const MOST_EXACT = 14;

function differs(one: number, other: number): boolean {
  return !(one === other || (Number.isNaN(one) && Number.isNaN(other)));
}

/** From the predictions of all sets of the changed columns. */
function overSets(predict: Predict, row: Float64Array, base: Float64Array, changed: number[]): Contributions {
  const n = changed.length;
  const width = row.length;
  const nSets = 2 ** n;
  const cells = new Float64Array(nSets * width);
  for (let set = 0; set < nSets; set++) {
    cells.set(base, set * width);
    changed.forEach((column, bit) => {
      if (set & (1 << bit)) cells[set * width + column] = row[column];
    });
  }
  const predictions = predict(cells, nSets);
  // Share of the orders in which just a set of this size comes before a column: size! (n - size - 1)! / n!.
  const shares = new Float64Array(Math.max(n, 1));
  let share = 1 / Math.max(n, 1);
  for (let size = 0; size < n; size++) {
    shares[size] = share;
    share *= (size + 1) / (n - size - 1);
  }
  const values = new Float64Array(width);
  for (let set = 0; set < nSets; set++) {
    const size = bits(set);
    changed.forEach((column, bit) => {
      if (set & (1 << bit)) return;
      values[column] += shares[size] * (predictions[set | (1 << bit)] - predictions[set]);
    });
  }
  return { base: predictions[0], prediction: predictions[nSets - 1], values, exact: true, isBase: n === 0 };
}

function bits(set: number): number {
  let count = 0;
  for (let rest = set; rest; rest &= rest - 1) count++;
  return count;
}

/** From random orders, each with its reverse, whose errors partly cancel. */
function overOrders(
  predict: Predict,
  row: Float64Array,
  base: Float64Array,
  changed: number[],
  budget: number,
  seed: number,
): Contributions {
  const width = row.length;
  const n = changed.length;
  // An order takes n - 1 predictions; those of base and row are the same for all.
  const pairs = Math.max(1, Math.floor((budget - 2) / (2 * (n - 1))));
  const random = randomNumbers(seed);
  const orders: Int32Array[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const order = shuffle(Int32Array.from(changed), random);
    orders.push(order, order.slice().reverse());
  }
  const nRows = 2 + orders.length * (n - 1);
  const cells = new Float64Array(nRows * width);
  cells.set(base, 0);
  cells.set(row, width);
  let position = 2;
  for (const order of orders) {
    const state = base.slice();
    for (const column of order.subarray(0, n - 1)) {
      state[column] = row[column];
      cells.set(state, position * width);
      position++;
    }
  }
  const predictions = predict(cells, nRows);
  const values = new Float64Array(width);
  position = 2;
  for (const order of orders) {
    let before = predictions[0];
    order.forEach((column, rank) => {
      const after = rank === n - 1 ? predictions[1] : predictions[position++];
      values[column] += (after - before) / orders.length;
      before = after;
    });
  }
  return { base: predictions[0], prediction: predictions[1], values, exact: false, isBase: false };
}
