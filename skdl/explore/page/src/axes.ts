/** Axes of the pictures: columns of the table along x and y. */

import { isUsed } from "./context";
import type { Cell, Column, PageData } from "./format";

/** Categories on an axis are bands side by side; with more than these the bands are too thin to see. */
const MOST_BANDS = 60;

/** Room beyond the training range, so that rows at its ends are seen whole; `_surfaces.py` gives the same. */
const MARGIN = 0.03;

/** Ends of the axis of a column of numbers. */
export function axisRange(minimum: number, maximum: number): [number, number] {
  if (minimum === maximum) return [minimum - 0.5, maximum + 0.5];
  const room = MARGIN * (maximum - minimum);
  return [minimum - room, maximum + room];
}

export interface Axis {
  column: number;
  name: string;
  /** Of categories their labels, else null. */
  categories: readonly string[] | null;
  /** Ends of the axis, and within them those of the training range. */
  minimum: number;
  maximum: number;
  first: number;
  last: number;
  whole: boolean;
}

/** Whether a column can be an axis, by its values. */
function hasAxis(column: Column): boolean {
  if (column.kind === "fixed") return false;
  if (column.kind === "number") return column.minimum !== null && column.maximum !== null;
  return column.categories.length >= 2 && column.categories.length <= MOST_BANDS;
}

/** Columns that can be axes, the most important first; those that a network does not use would give pictures of one colour. */
export function axisColumns(data: PageData): number[] {
  return data.columns
    .map((column, position) => ({ column, position }))
    .filter(({ column, position }) => hasAxis(column) && (data.network === null || isUsed(data, position)))
    .sort((a, b) => b.column.importance - a.column.importance)
    .map(({ position }) => position);
}

export function axisOf(data: PageData, position: number): Axis {
  const column = data.columns[position];
  if (column.kind !== "number") {
    return {
      column: position,
      name: column.name,
      categories: column.categories,
      minimum: -0.5,
      maximum: column.categories.length - 0.5,
      first: 0,
      last: column.categories.length - 1,
      whole: false,
    };
  }
  const [minimum, maximum] = axisRange(column.minimum ?? 0, column.maximum ?? 1);
  return {
    column: position,
    name: column.name,
    categories: null,
    minimum,
    maximum,
    first: column.minimum ?? 0,
    last: column.maximum ?? 1,
    whole: column.whole,
  };
}

/** Where a cell stands on the axis, from 0 to 1 within the range; null for a missing value. */
export function shareOf(axis: Axis, cell: Cell): number | null {
  return cell === null ? null : (cell - axis.minimum) / (axis.maximum - axis.minimum);
}

/** The cell at a share of the axis. */
export function cellAt(axis: Axis, share: number): number {
  const place = axis.minimum + Math.min(1, Math.max(0, share)) * (axis.maximum - axis.minimum);
  const value = axis.categories === null ? Math.min(axis.last, Math.max(axis.first, place)) : place;
  if (axis.categories !== null) return Math.min(axis.categories.length - 1, Math.max(0, Math.round(value)));
  if (axis.whole) return Math.round(value);
  return Number(value.toPrecision(4));
}
