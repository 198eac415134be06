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
import { testParts } from "./test-parts";
import { forgetTheme } from "./theme";
import { mountDraw } from "./views/draw";
import { mountHeader } from "./views/header";
import { mountNetwork } from "./views/network";
import { mountSurface } from "./views/surface";
import { mountTraining } from "./views/training";
import { mountTryIt } from "./views/tryit";
import { mountWhatIf } from "./views/whatif";

interface Debugging {
  createModel: typeof createModel;
  parts: typeof testParts;
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
    pointed: null,
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

function createPanel({ t }: PageContext, name: string): { panel: HTMLElement; content: HTMLElement } {
  const content = el("div", { class: "body" });
  const title = el("h2", { id: `${name}-title`, text: t(`${name}.title`) });
  const panel = el("section", { class: "panel", id: name, "aria-labelledby": title.id }, el("div", { class: "head" }, title), content);
  return { panel, content };
}

/**
 * Panels of each column, on wide pages, and of the two columns on those of medium width. The network comes first for the tab key
 * and for screen readers, as on narrow pages; style.css puts the row that is predicted to its left.
 */
const LANES = {
  three: [["network", "training", "tryit"], ["whatif"], ["surface", "unit"]],
  image: [["draw"], ["network", "tryit"], ["unit", "training"]],
  two: [
    ["surface", "unit", "tryit"],
    ["training", "whatif"],
  ],
  imageTwo: [
    ["unit", "tryit"],
    ["training"],
  ],
};

/**
 * Puts the panels side by side where there is room. They are moved in the document, not only on the screen, so that the tab key
 * goes down one column before it goes to the next.
 */
function arrange(views: HTMLElement, panels: readonly HTMLElement[]): void {
  const isImage = panels.some(({ id }) => id === "draw");
  const [wide, medium] = [matchMedia("(min-width: 1180px)"), matchMedia("(min-width: 700px)")];
  // The column of the row stays in view while the others are read; where it is taller than the window, its end does.
  const observer = new ResizeObserver(([{ target }]) => {
    if (target instanceof HTMLElement) target.style.setProperty("--height", `${target.offsetHeight}px`);
  });
  const [three, two] = isImage ? [LANES.image, LANES.imageTwo] : [LANES.three, LANES.two];
  const place = (): void => {
    const lanes = wide.matches ? three : medium.matches ? two : [];
    const inLanes = new Set(lanes.flat());
    const focused = document.activeElement; // an element that is moved loses the focus
    views.classList.toggle("three", wide.matches);
    views.classList.toggle("two", medium.matches && !wide.matches);
    views.replaceChildren(
      ...panels.filter(({ id }) => !inLanes.has(id)),
      ...lanes.map((names) => el("div", { class: `lane ${names[0]}-lane` }, ...names.flatMap((name) => panels.filter(({ id }) => id === name)))),
    );
    if (focused instanceof HTMLElement && views.contains(focused)) focused.focus({ preventScroll: true });
    observer.disconnect();
    const rowLane = views.querySelector(".whatif-lane, .draw-lane");
    if (wide.matches && rowLane !== null) observer.observe(rowLane);
  };
  place();
  wide.addEventListener("change", place);
  medium.addEventListener("change", place);
}

async function start(): Promise<void> {
  const element = document.getElementById("page-data");
  window.skdlExplore = {
    createModel,
    parts: testParts,
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
  const views = el("main", { class: `views ${data.image === null ? (model === null ? "surface-only" : "table") : "image"}` });
  root.append(views);
  const panels: HTMLElement[] = [];
  const body = (name: string): HTMLElement => {
    const { panel, content } = createPanel(page, name);
    panels.push(panel);
    views.append(panel);
    return content;
  };
  if (model === null) {
    if (data.surfaces !== null) mountSurface(body("surface"), page, null);
    return;
  }
  const context: Context = { ...page, model, painter: createPainter(data, model) };
  window.skdlExplore = {
    createModel,
    predict: (rows, other) => predict(rows, other ?? shownModel(context)),
    model,
    state: store.get,
    set: store.set,
    parts: testParts,
  };
  // An image is drawn before the network sees it; a table's row is at hand beside the pictures.
  if (data.image !== null) mountDraw(body("draw"), context);
  mountNetwork(body("network"), body("unit"), context);
  if (data.image === null && axisColumns(data).length > 0) mountSurface(body("surface"), page, context);
  if (data.training !== null) mountTraining(body("training"), context);
  if (data.image === null) mountWhatIf(body("whatif"), context);
  // A model that was only read, with no table to take rows from, cannot be trained in any page.
  if (data.training !== null || data.rows !== null) mountTryIt(body("tryit"), context);
  arrange(views, panels);
}

void start();
