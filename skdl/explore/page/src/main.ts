/** Entry of the page: reads its data, makes the state, and mounts the views that the data allow. */

import { type Context, type PageContext, shownModel } from "./context";
import { el } from "./dom";
import type { Cell, PageData } from "./format";
import { createModel, type Model } from "./model";
import { createStore, type State } from "./store";
import { createTranslate } from "./strings";
import { forgetTheme } from "./theme";
import { mountHeader } from "./views/header";
import { mountNetwork } from "./views/network";
import { mountSurface } from "./views/surface";

declare global {
  interface Window {
    /** For tests, and for readers at the console. */
    skdlExplore?: { model: Model; predict(rows: Cell[][]): number[][]; state(): State; set(change: Partial<State>): void };
  }
}

function readData(): PageData {
  const element = document.getElementById("page-data");
  if (element === null) throw new Error("main: the page holds no data");
  return JSON.parse(element.textContent) as PageData;
}

function initialState(data: PageData, motion: MediaQueryList, dark: MediaQueryList): State {
  const [x, y] = firstAxes(data);
  return {
    cells: data.columns.map((column) => column.typical),
    row: null,
    x,
    y,
    output: data.task === "classification" && data.coding === "one_hot" ? null : data.coding === "binary" ? 1 : 0,
    snapshot: null,
    network: null,
    member: 0,
    unit: null,
    rest: "row",
    overlay: null,
    reducedMotion: motion.matches,
    dark: dark.matches,
  };
}

/** The two most important columns that the page can change; the one of them that stands first in the table is x. */
function firstAxes(data: PageData): [number, number] {
  const free = data.columns
    .map((column, position) => ({ column, position }))
    .filter(({ column }) => column.kind !== "fixed")
    .sort((a, b) => b.column.importance - a.column.importance)
    .map(({ position }) => position);
  const x = free[0] ?? 0;
  const y = free[1] ?? x;
  return x < y ? [x, y] : [y, x];
}

function section(root: HTMLElement, context: PageContext, name: string): HTMLElement {
  const body = el("div", { class: "body" });
  const title = el("h2", { id: `${name}-title`, text: context.t(`${name}.title`) });
  root.append(
    el("section", { class: "panel", id: name, "aria-labelledby": `${name}-title` }, el("div", { class: "head" }, title), body),
  );
  return body;
}

function start(): void {
  const data = readData();
  const motion = matchMedia("(prefers-reduced-motion: reduce)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const store = createStore(initialState(data, motion, dark));
  motion.addEventListener("change", () => store.set({ reducedMotion: motion.matches }));
  dark.addEventListener("change", () => {
    forgetTheme();
    store.set({ dark: dark.matches });
  });
  const page: PageContext = { data, store, t: createTranslate(data) };
  const model = data.network === null ? null : createModel(data);
  const root = document.getElementById("page");
  if (root === null) throw new Error("main: the page has no element #page");

  mountHeader(root, page);
  const views = el("main", { class: "views" });
  root.append(views);
  if (model !== null) {
    const context: Context = { ...page, model };
    mountNetwork(section(views, page, "network"), context);
    window.skdlExplore = {
      model,
      predict(rows) {
        const outputs = shownModel(context).outputs(toCells(rows), rows.length);
        return rows.map((_, row) => Array.from(outputs.subarray(row * data.outputs.length, (row + 1) * data.outputs.length)));
      },
      state: store.get,
      set: store.set,
    };
  }
  if (data.image === null && (model !== null || data.surfaces !== null)) mountSurface(section(views, page, "surface"), page, model);
}

/** Rows of cells as one array of n x n_columns numbers, NaN for a missing value. */
function toCells(rows: Cell[][]): Float64Array {
  return Float64Array.from(rows.flat(), (cell) => cell ?? NaN);
}

start();
