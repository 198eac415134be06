/** What the network computes over the plane of two columns: the pictures of its units, and of its outputs. */

import { type Axis, axisOf } from "./axes";
import { type Context, SHOWN } from "./context";
import { onFrame } from "./dom";
import type { Cell, PageData } from "./format";
import type { Pictures } from "./grid";
import type { State } from "./store";

export interface Plane {
  x: Axis;
  y: Axis;
  nx: number;
  ny: number;
  /** Of each output (ny, nx), the lowest y first; empty where they were not asked for. */
  outputs: Float32Array[];
  /** Of each unit asked for (ny, nx). */
  units: Float32Array[];
}

export interface PlaneSettings {
  /** Requests of one kind replace one another. */
  kind: string;
  /** Points along an axis, few first. */
  sizes: readonly number[];
  outputs: boolean;
  /** Stages of which all units are asked for. */
  units(state: State): { stage: number; index: number }[];
}

/** Values of the columns that the axes do not show. */
export function restOf(data: PageData, state: State): readonly Cell[] {
  return state.rest === "row" ? state.cells : data.columns.map((column) => column.typical);
}

/** Computes the plane now and after each change that alters it, and hands it to `listener`. */
export function watchPlane(context: Context, settings: PlaneSettings, listener: (plane: Plane) => void): void {
  const { data, store, painter } = context;
  let last: unknown[] = [];
  const update = onFrame(() => {
    const state = store.get();
    const { x, y, member, snapshot, network } = state;
    const cells = restOf(data, state);
    // The axes' own cells do not matter: dragging along an axis computes nothing.
    const rest = JSON.stringify(cells.map((cell, column) => (column === x || column === y ? null : cell)));
    const wanted = [x, y, member, snapshot, network, rest];
    if (wanted.every((value, k) => value === last[k])) return;
    last = wanted;
    const request = {
      cells,
      x,
      y,
      sizes: settings.sizes,
      outputs: settings.outputs,
      units: settings.units(state),
      member,
      snapshot,
      network,
    };
    painter.request(settings.kind, request, (pictures) => listener(toPlane(data, x, y, pictures)));
  });
  store.watch(["cells", "x", "y", "rest", "member", ...SHOWN], update);
}

/** The pictures of a request, with the axes that they lie between. */
export function toPlane(data: PageData, x: number, y: number, { xs, ys, outputs, units }: Pictures): Plane {
  return { x: axisOf(data, x), y: axisOf(data, y), nx: xs.length, ny: ys.length, outputs, units };
}
