/** Pictures of a model over two columns: what it predicts, and what its units hold, at the points of a grid. */

import { axisRange } from "./axes";
import type { Cell, Column, NetworkData } from "./format";
import type { Model } from "./model";

/** Pictures that are asked for. */
export interface PictureRequest {
  /** The row whose cells all columns but `x` and `y` hold. */
  cells: readonly Cell[];
  x: number;
  y: number;
  /**
   * Points on an axis, few first: after the picture of the first size, those of the next ones follow, unless other pictures
   * are asked for in the meantime. An axis of categories has one point for each.
   */
  sizes: readonly number[];
  /** Whether the picture of each output is wanted. */
  outputs: boolean;
  /** Units whose pictures are wanted, of `member`; stage -1 holds the network's inputs. */
  units: readonly { stage: number; index: number }[];
  member: number;
  /** The weights: of a snapshot, or of a network that was trained in the page; null for those that the model keeps. */
  snapshot: number | null;
  network: NetworkData | null;
}

/** Values at the points of a grid; each picture is (ys.length, xs.length), the lowest y first. */
export interface Pictures {
  /** Values of the two columns; positions of categories. */
  xs: Float64Array<ArrayBuffer>;
  ys: Float64Array<ArrayBuffer>;
  /** A picture for each output of the model, where they are wanted. */
  outputs: Float32Array<ArrayBuffer>[];
  /** A picture for each of the request's units. */
  units: Float32Array<ArrayBuffer>[];
}

/** Values on the axis of a column: `n` over its range and a little beyond, or the position of each category. */
export function axisValues(column: Column, n: number): Float64Array<ArrayBuffer> {
  if (column.kind === "category" || column.kind === "flag") return Float64Array.from(column.categories, (_, k) => k);
  if (column.kind === "fixed" || column.minimum === null || column.maximum === null) return Float64Array.of(column.typical ?? NaN);
  const [minimum, maximum] = axisRange(column.minimum, column.maximum);
  return Float64Array.from({ length: n }, (_, i) => minimum + ((maximum - minimum) * i) / Math.max(n - 1, 1));
}

/** Points that are computed without a break: a few milliseconds of a large network. */
const POINTS_AT_ONCE = 128;

/**
 * Compute pictures at one size. `goOn` is asked every few milliseconds; where it says no, there are none.
 */
export async function computePictures(
  model: Model,
  columns: readonly Column[],
  request: PictureRequest,
  size: number,
  goOn: () => boolean | Promise<boolean>,
): Promise<Pictures | null> {
  const xs = axisValues(columns[request.x], size);
  // A table of one column has a picture of one row.
  const ys = request.x === request.y ? xs.slice(0, 1) : axisValues(columns[request.y], size);
  const n = xs.length * ys.length;
  const isDrawn = request.units.some(({ stage }) => stage >= 0);
  const pictures: Pictures = {
    xs,
    ys,
    outputs: request.outputs ? Array.from({ length: model.nOutputs }, () => new Float32Array(n)) : [],
    units: request.units.map(() => new Float32Array(n)),
  };
  const row = Float64Array.from(request.cells, (cell) => cell ?? NaN);
  for (let start = 0; start < n; start += POINTS_AT_ONCE) {
    if (start > 0 && !(await goOn())) return null;
    const nPoints = Math.min(POINTS_AT_ONCE, n - start);
    const cells = new Float64Array(nPoints * row.length);
    for (let point = 0; point < nPoints; point++) {
      cells.set(row, point * row.length);
      cells[point * row.length + request.y] = ys[Math.floor((start + point) / xs.length)];
      cells[point * row.length + request.x] = xs[(start + point) % xs.length];
    }
    const { inputs, outputs, stages } = model.compute(cells, nPoints, isDrawn ? request.member : null);
    pictures.outputs.forEach((picture, output) => takeColumn(outputs, nPoints, output, picture, start));
    request.units.forEach(({ stage, index }, unit) => {
      takeColumn(stage < 0 ? inputs : stages[stage], nPoints, index, pictures.units[unit], start);
    });
  }
  return pictures;
}

function takeColumn(
  values: Float32Array | Float64Array,
  nRows: number,
  column: number,
  picture: Float32Array,
  start: number,
): void {
  const width = values.length / nRows;
  for (let row = 0; row < nRows; row++) picture[start + row] = values[row * width + column];
}
