/** Entry of the page: reads its data, makes the state, and mounts the views that the data allow. */

import { axisColumns } from "./axes";
import { type Context, type PageContext, shownModel } from "./context";
import { el } from "./dom";
import type { Cell, PageData } from "./format";
import { cellsOf, createModel, type Model } from "./model";
import { measureRanges } from "./paint";
import { createPainter } from "./pictures";
import { createStore, type State } from "./store";
import { createTranslate } from "./strings";
import { forgetTheme } from "./theme";
import { mountHeader } from "./views/header";
import { mountNetwork } from "./views/network";
import { mountSurface } from "./views/surface";

interface Debugging {
  createModel: typeof createModel;
  /** Predictions for rows of cells, by the shown model unless another is given. */
  predict(rows: Cell[][], model?: Model): number[][];
  model?: Model;
  state?(): State;
  set?(change: Partial<State>): void;
}

declare global {
  interface Window {
    /** For tests, and for readers at the console. */
    skdlExplore?: Debugging;
  }
}

function predict(rows: Cell[][], model: Model): number[][] {
  const outputs = model.outputs(cellsOf(rows), rows.length);
  return rows.map((_, row) => Array.from(outputs.subarray(row * model.nOutputs, (row + 1) * model.nOutputs)));
}

function initialState(data: PageData, motion: MediaQueryList, dark: MediaQueryList): State {
  const [x, y] = firstAxes(data);
  return {
    cells: data.columns.map((column) => column.typical),
    row: null,
    x,
    y,
    output: firstOutput(data),
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

/** All classes at once; of two classes the probability of the second. */
function firstOutput(data: PageData): number | null {
  if (data.task === "regression" || data.coding === "multilabel") return 0;
  return data.coding === "binary" ? 1 : null;
}

/** The two most important columns; the one of them that stands first in the table is x. */
function firstAxes(data: PageData): [number, number] {
  const free = axisColumns(data);
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

async function start(): Promise<void> {
  const element = document.getElementById("page-data");
  window.skdlExplore = {
    createModel,
    predict(rows, model) {
      if (model === undefined) throw new Error("predict: this page has no model of its own");
      return predict(rows, model);
    },
  };
  if (element === null) return; // tests load the bundle alone
  const data = JSON.parse(element.textContent) as PageData;
  const motion = matchMedia("(prefers-reduced-motion: reduce)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const store = createStore(initialState(data, motion, dark));
  motion.addEventListener("change", () => store.set({ reducedMotion: motion.matches }));
  dark.addEventListener("change", () => {
    forgetTheme();
    store.set({ dark: dark.matches });
  });
  const page: PageContext = { data, store, t: createTranslate(data) };
  const model = await createModel(data);
  const root = document.getElementById("page");
  if (root === null) throw new Error("main: the page has no element #page");

  measureRanges(data, model);
  mountHeader(root, page);
  const views = el("main", { class: "views" });
  root.append(views);
  const context: Context | null = model && { ...page, model, painter: createPainter(data, model) };
  if (context !== null) {
    mountNetwork(section(views, page, "network"), context);
    window.skdlExplore = {
      createModel,
      predict: (rows, other) => predict(rows, other ?? shownModel(context)),
      model: context.model,
      state: store.get,
      set: store.set,
    };
  }
  if (data.image === null && axisColumns(data).length > 0) mountSurface(section(views, page, "surface"), page, context);
}

void start();
