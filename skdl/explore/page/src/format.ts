/** What Python writes into the page: the value of `<script id="page-data" type="application/json">`. */

/** A cell of a row: a number, the position of a category in `Column.categories`, or null for a missing value. */
export type Cell = number | null;

export interface Column {
  name: string;
  /** `fixed`: the page cannot compute its preprocessing (free text, say), so it keeps the value of the typical row. */
  kind: "number" | "category" | "flag" | "fixed";
  /** Numbers: only whole ones. */
  whole: boolean;
  /** Numbers: range of the training rows. */
  minimum: number | null;
  maximum: number | null;
  /** Categories and flags: their labels; a cell is a position in this list. Flags have two. */
  categories: string[];
  /** The value of the typical row: median, or most frequent category. */
  typical: Cell;
  /** Whether the model accepts a missing value. */
  missing: boolean;
  /** How much predictions depend on it, in [0, 1], 1 for the most important one. */
  importance: number;
  /** Share of the training rows in 20 bins from minimum to maximum, or in each category; empty where unknown. */
  histogram: number[];
  /** What the pipeline does with it, in the page's language: "minmax", "one-hot, 3 categories". */
  preprocessing: string;
}

/** One step of preprocessing on a matrix (n_rows, n); lists have an entry a column of the matrix. NaN is missing. */
export type Step =
  | { op: "impute"; values: number[]; indicator: number[] } // then a column 0/1 (was missing) for each of `indicator`
  | { op: "affine"; subtract: number[]; multiply: number[]; add: number[] } // (x - subtract) * multiply + add
  | { op: "clip"; low: number[]; high: number[] }
  | { op: "smooth_clip"; center: number[]; factor: number[]; limit: number } // skdl.preprocessing.RobustSmoothClip
  | { op: "piecewise"; mean: number[]; scale: number[]; edges: number[][] } // skdl.preprocessing.PiecewiseLinearEncoder
  | { op: "quantile"; quantiles: number[][]; references: number[]; distribution: "uniform" | "normal" }
  /** Column c: cell k -> vector tables[c][k]; a missing cell -> missing[c]. */
  | { op: "lookup"; tables: number[][][]; missing: number[][] }
  | { op: "constant"; values: number[] }; // whatever the columns hold

/** Columns that are preprocessed together. The network's inputs are the outputs of all groups, in order. */
export interface Group {
  columns: number[];
  steps: Step[];
}

/** A value that enters the network. */
export interface Input {
  label: string; // "age", "sex = female", "age (missing)"
  column: number;
}

/** Steps of `skdl.frozen`; numbers are positions in `NetworkData.arrays`. */
export type Layer =
  | { op: "dense"; kernel: number; bias: number | null }
  | { op: "affine"; mean: number; scale: number; shift: number }
  | { op: "activation"; name: string; parameters: Record<string, number | null | boolean> }
  | { op: "reshape"; shape: number[] }
  | { op: "max" }
  | {
      op: "embed";
      cardinalities: number[];
      max_one_hot: number;
      frequency: number;
      phase: number;
      mixing: number;
      shift: number;
      tables: number[];
    }
  | { op: "blend"; name: string; share: number }
  | { op: "clip"; low: number; high: number };

/** A layer as it is drawn: `layers[first]` to `layers[last]`, both included. */
export interface Stage {
  kind: "embedding" | "hidden" | "output";
  first: number;
  last: number;
  n_units: number;
  activation: string; // "relu"; "" for none
  /** Of each unit over the training rows (or rows drawn from the ranges, where there are none). */
  state: ("" | "dead" | "saturated")[];
  minimum: number[];
  maximum: number[];
  mean: number[];
}

export interface Member {
  layers: Layer[];
  stages: Stage[];
}

export interface NetworkData {
  dtype: "float32" | "float64";
  input_shape: number[];
  /** One network; several for a bag, whose outputs are averaged. */
  members: Member[];
  arrays: { shape: number[]; offset: number }[]; // offset in numbers, not bytes
  /** base64 of little-endian numbers of `dtype`; where `is_packed`, of their zlib-compressed bytes: all first bytes, all second ones, ... */
  data: string;
  is_packed?: boolean;
}

/**
 * Weights of other epochs: the kept ones plus a sum of changes. Those of snapshot t differ from the kept ones by
 * sum over k of basis[t][k] * scales[k][array] * whole number.
 */
export interface Snapshots {
  epochs: number[]; // 0 is before training
  /** Position of the weights that the model keeps. */
  kept: number;
  basis: number[][]; // (n_snapshots, n_changes)
  scales: number[][]; // (n_changes, n_arrays)
  /** Of each change its 16-bit whole numbers 0, -1, 1, -2, ... as 0, 1, 2, 3, ..., by array, packed as `NetworkData.data`. */
  data: string[];
  /** Whether there was room for coarse numbers only. */
  is_rounded: boolean;
}

export interface Training {
  /** By Keras' names: loss, val_loss, ... a value an epoch. */
  history: Record<string, number[]>;
  /** Epoch (from 1) whose weights are kept; null for several networks, which keep one each. */
  kept_epoch: number | null;
  /** Networks of which the history is the mean. */
  n_networks?: number;
  /** Diagnosis of the learning curve, in the page's language. */
  diagnosis: { title: string; text: string; level: "good" | "mild" | "grave" }[];
  parameters: Record<string, string>; // shown beside: learning_rate, batch_size, ...
}

/** Surfaces of classical models over pairs of columns, all other columns as in the typical row. */
export interface Surfaces {
  pairs: [number, number][]; // columns x, y
  /** Values of the axis of each column that occurs in a pair. */
  axes: Record<string, number[]>;
  models: {
    name: string;
    label: string;
    /** A pair each: base64 of whole numbers (n_outputs, n_y, n_x), little-endian; value = low + number / largest * (high - low). */
    values: string[];
  }[];
  /** Of the whole numbers, of which the largest is 255 or 65535. A pair of a column with itself has n_y = 1. */
  bits: 8 | 16;
  low: number;
  high: number;
}

export interface Rows {
  n: number;
  cells: Cell[][]; // (n_columns, n)
  target: number[][]; // (n_targets, n); classes as positions in `classes`
}

/** Training in the page. */
export interface TryIt {
  learning_rate: number;
  batch_size: number;
  activation: string;
  hidden_layer_sizes: number[];
  l2: number;
}

export interface PageData {
  format: 1;
  lang: "en" | "ko";
  /** By key; values in braces. */
  strings: Record<string, string>;
  title: string;
  model: string;
  task: "regression" | "classification";
  coding: "" | "binary" | "one_hot" | "multilabel";
  target: string;
  /** Whether ranges, typical values and states of units are those of a table's rows; without one of the ranges that the model knows. */
  has_table?: boolean;
  /** Names of what a prediction has: classes (two for binary), labels, or targets. */
  outputs: string[];
  columns: Column[];
  groups: Group[];
  inputs: Input[];
  /** None for a model without a network, which has a surface all the same. */
  network: NetworkData | null;
  /** Regression: prediction = raw * target_scale + target_center. */
  target_center: number[];
  target_scale: number[];
  snapshots: Snapshots | null;
  training: Training | null;
  surfaces: Surfaces | null;
  rows: Rows | null;
  /** Columns that are the pixels of an image, row by row, from 0 to `ink`. */
  image: {
    height: number;
    width: number;
    ink: number;
    /** Mean of each pixel over the training rows. */
    mean?: number[];
  } | null;
  try_it: TryIt | null;
  /** What was chosen for the reader, and what the page does not hold: sentences in the page's language. */
  notes: string[];
}
