/** What the model predicts over two columns that the reader chooses, with the classical models' pictures below it. */

import { axisColumns, axisOf, cellAt } from "../axes";
import { type Context, isFromTable, type PageContext, SHOWN, shownModel } from "../context";
import { bytesOfBase64 } from "../decode";
import { el, onFrame, segmented, select, sizeCanvas } from "../dom";
import type { PageData, Surfaces } from "../format";
import { cellsOf } from "../model";
import { colourOf, outputColours, paintClasses, paintValues, predictionText, rangeOf } from "../paint";
import { type Plane, restOf, toPlane, watchPlane } from "../plane";
import { formatCell } from "../strings";
import { classRound, css, N_CLASS_COLOURS } from "../theme";
import { fullColourOf, isSameUnit, unitName } from "../units";
import { Plot, pointColour, type PointStyle, STRENGTH } from "./plot";

const THUMB = 120;
/** Nothing beside the network, whose other columns follow the what-if row again. */
const NO_OVERLAY = { overlay: null, rest: "row" } as const;
/** Multiplications of a prediction of all rows that the main thread does without waiting. */
const CHEAP = 8e6;

export function mountSurface(root: HTMLElement, page: PageContext, context: Context | null): void {
  const { data, store, t } = page;
  const columns = context === null ? columnsOfPairs(data) : axisColumns(data);

  const readout = el("p", { class: "readout note", "aria-live": "off" });
  let plane: Plane | null = null;
  const main = new Plot(page, t("surface.picture"), {
    move: context === null ? null : moveRow,
    hover(at) {
      readout.textContent = at === null || plane === null ? "" : describe(plane, at);
    },
  });
  const beside = new Plot(page, t("surface.picture_beside"), null);
  const subject = el("p", { class: "subject" });
  const besideTitle = el("figcaption");
  const besideFigure = el("figure", { hidden: true }, besideTitle, beside.root);
  const pair = el("div", { class: "pair" }, el("figure", {}, main.root), besideFigure);

  const names = columns.map((column) => ({ value: String(column), label: data.columns[column].name }));
  const axisX = select(t("surface.x"), names, String(store.get().x), (value) => setAxes(Number(value), store.get().y));
  const axisY = select(t("surface.y"), names, String(store.get().y), (value) => setAxes(store.get().x, Number(value)));
  axisX.root.classList.add("axis-x");
  axisY.root.classList.add("axis-y");
  axisY.root.hidden = columns.length < 2;
  const legend = el("div", { class: "legend" });
  root.previousElementSibling?.append(outputChoice(page)); // beside the title
  const thumbs = el("div", { class: "thumbs" });
  const note = el("p", { class: "note" });
  root.append(
    el("div", { class: "surface-head" }, axisY.root, subject),
    pair,
    el("div", { class: "surface-foot" }, readout, axisX.root),
    legend,
    ...(context === null || columns.length < 3 ? [] : [restChoice(page)]),
    thumbs,
    note,
  );

  function moveRow(x: number, y: number): void {
    const state = store.get();
    const cells = [...state.cells];
    cells[state.y] = y;
    cells[state.x] = x;
    store.set({ cells, row: null });
  }

  /** The column that would stand on both axes goes to where the other one came from. */
  function setAxes(x: number, y: number): void {
    const before = store.get();
    if (x === y && columns.length > 1) store.set(before.x === x ? { x: before.y, y } : { x, y: before.x });
    else store.set({ x, y });
  }

  function describe(shown: Plane, at: { x: number; y: number }): string {
    const values = shown.outputs.map((output) => {
      // The point's value from the picture itself, so that nothing is computed while the pointer moves.
      const i = shown.x.categories === null ? Math.round(at.x * (shown.nx - 1)) : Math.min(shown.nx - 1, Math.floor(at.x * shown.nx));
      const j = shown.y.categories === null ? Math.round(at.y * (shown.ny - 1)) : Math.min(shown.ny - 1, Math.floor(at.y * shown.ny));
      return output[j * shown.nx + i];
    });
    const x = formatCell(data.columns[shown.x.column], cellAt(shown.x, at.x), "");
    const y = formatCell(data.columns[shown.y.column], cellAt(shown.y, at.y), "");
    const prediction = predictionLine(data, values);
    return shown.ny === 1 ? t("surface.readout_one", { x, prediction }) : t("surface.readout", { x, y, prediction });
  }

  function showMain(shown: Plane): void {
    plane = shown;
    main.show(shown, store.get().output);
    markRow();
  }

  function markRow(): void {
    if (context === null) return;
    const { cells, x, y } = store.get();
    const prediction = predictionLine(data, shownModel(context).outputs(cellsOf([cells]), 1));
    const named = (column: number): string =>
      `${data.columns[column].name} ${formatCell(data.columns[column], cells[column], t("network.missing"))}`;
    main.mark(
      x === y ? t("surface.readout_one", { x: named(x), prediction }) : t("surface.readout", { x: named(x), y: named(y), prediction }),
    );
  }

  /** The unit under the pointer takes the place of the predictions as long as the pointer is there. */
  function showPointed(network: Context): void {
    const state = store.get();
    const unit = state.pointed;
    const model = shownModel(network);
    const member = model.network.members[Math.min(state.member, model.network.members.length - 1)];
    const isUnit = unit !== null && unit.stage >= 0 && member.stages[unit.stage].kind !== "output";
    subject.textContent = isUnit ? unitName(page, member, unit) : data.model;
    subject.classList.toggle("is-unit", isUnit);
    if (!isUnit) {
      main.showUnit(null);
      return;
    }
    const { x, y, snapshot, network: trained } = state;
    const request = { cells: restOf(data, state), x, y, sizes: [24, 56], outputs: false, units: [unit], member: state.member, snapshot, network: trained };
    network.painter.request("pointed", request, (pictures) => {
      if (!isSameUnit(store.get().pointed, unit)) return;
      const shown = toPlane(data, x, y, pictures);
      main.showUnit({ plane: shown, values: shown.units[0], full: fullColourOf(member, unit, shown.units[0], trained !== null) });
    });
  }

  // The rows as points.
  const showPoints = onFrame(() => main.setPoints(context === null || data.rows === null ? [] : pointStyles(data, context)));
  let waiting = 0;
  const requestPoints = (): void => {
    if (context === null || data.rows === null) return;
    const cost = data.rows.n * context.model.arrays.reduce((sum, { values }) => sum + values.length, 0);
    clearTimeout(waiting);
    if (cost < CHEAP) showPoints();
    else waiting = window.setTimeout(showPoints, 150); // after the last of several changes
  };

  // The classical models.
  let classical: ClassicalPicture[] = [];
  function showClassical(): void {
    const { x, y, overlay, output } = store.get();
    classical = data.surfaces === null ? [] : picturesOfPair(data, data.surfaces, x, y);
    const chosen = classical.find(({ name }) => name === overlay) ?? (context === null ? classical[0] : undefined);
    if (overlay !== null && chosen === undefined && context !== null) {
      store.set(NO_OVERLAY); // these columns have no classical models
      return;
    }
    thumbs.replaceChildren(...(classical.length === 0 ? [] : thumbButtons(chosen?.name ?? null)));
    note.textContent =
      data.surfaces === null ? "" : classical.length === 0 ? t("surface.no_pair") : chosen && context !== null ? t("surface.typical_beside") : "";
    if (context === null) {
      if (chosen) {
        subject.textContent = chosen.label;
        showMain(chosen.plane);
      }
      return;
    }
    besideFigure.hidden = chosen === undefined;
    if (chosen) {
      besideTitle.textContent = chosen.label;
      beside.show(chosen.plane, output);
    }
    layout();
  }

  function thumbButtons(chosen: string | null): HTMLElement[] {
    const { output } = store.get();
    const buttons = classical.map(({ name, label, plane: own }) => {
      const canvas = el("canvas", { "aria-hidden": "true" });
      const target = sizeCanvas(canvas, THUMB, THUMB);
      if (output === null) paintClasses(target, own, THUMB, THUMB);
      else paintValues(target, data, own, output, THUMB, THUMB, STRENGTH);
      return el(
        "button",
        {
          type: "button",
          class: "thumb",
          "aria-pressed": String(name === chosen),
          on: { click: () => chooseOverlay(name) },
        },
        canvas,
        el("span", { text: label }),
      );
    });
    return [el("h3", { text: t("surface.classical") }), el("div", { class: "thumb-row" }, ...buttons)];
  }

  function chooseOverlay(name: string): void {
    const { overlay } = store.get();
    // Their pictures are those of the typical row, so the network's beside them has to be the same one.
    store.set(overlay === name && context !== null ? NO_OVERLAY : { overlay: name, rest: "typical" });
  }

  function showLegend(): void {
    legend.replaceChildren(...legendParts(page));
  }

  function layout(): void {
    const width = root.clientWidth;
    if (width === 0) return;
    const isTwo = !besideFigure.hidden;
    // Two pictures stand side by side where they stay large enough, else one below the other.
    const margin = 44;
    const isBeside = isTwo && width >= 540;
    const size = Math.min(460, isBeside ? Math.floor((width - 2 * margin - 10) / 2) : width - margin);
    pair.classList.toggle("stacked", !isBeside);
    main.layout(size);
    if (isTwo) beside.layout(size);
  }

  store.watch(["x", "y"], ({ x, y }) => {
    axisX.set(String(x));
    axisY.set(String(y));
  });
  store.watch(["x", "y", "overlay", "output", "dark"], showClassical);
  store.watch(["output", "dark"], ({ output }) => {
    showLegend();
    if (plane !== null) main.show(plane, output);
  });
  store.watch(["dark", "output", ...SHOWN], requestPoints);
  if (context !== null) {
    store.watch(["cells", ...SHOWN], markRow);
    store.watch(["pointed", "x", "y", "cells", "rest", "member", ...SHOWN], () => showPointed(context));
    const nWeights = context.model.arrays.reduce((sum, { values }) => sum + values.length, 0);
    watchPlane(
      context,
      { kind: "surface", sizes: nWeights < 2000 ? [64] : nWeights < 8000 ? [32, 64] : [16, 40, 72], outputs: true, units: () => [] },
      showMain,
    );
  }
  new ResizeObserver(layout).observe(root);
  layout();
}

/** The most probable class with its probability, or the predicted value. */
function predictionLine(data: PageData, outputs: ArrayLike<number>): string {
  if (data.task === "classification" && data.coding !== "multilabel") {
    let best = 0;
    for (let k = 1; k < outputs.length; k++) if (outputs[k] > outputs[best]) best = k;
    return `${data.outputs[best]} ${predictionText(data, outputs[best])}`;
  }
  return data.outputs.map((name, k) => (data.outputs.length === 1 ? "" : `${name} `) + predictionText(data, outputs[k])).join(", ");
}

function outputChoice({ data, store, t }: PageContext): HTMLElement | string {
  if (data.outputs.length < 2 || data.coding === "binary") return "";
  const isClasses = data.task === "classification" && data.coding !== "multilabel";
  const options = data.outputs.map((label, k) => ({ value: String(k), label }));
  if (isClasses) options.unshift({ value: "all", label: t("surface.all_classes") });
  const value = (output: number | null): string => (output === null ? "all" : String(output));
  const choice = select(t("surface.output"), options, value(store.get().output), (chosen) =>
    store.set({ output: chosen === "all" ? null : Number(chosen) }),
  );
  store.watch(["output"], ({ output }) => choice.set(value(output)));
  choice.root.firstElementChild?.classList.add("hidden");
  return choice.root;
}

function restChoice({ data, store, t }: PageContext): HTMLElement {
  const choice = segmented<"row" | "typical">(
    t("surface.rest"),
    [
      { value: "row", label: t("surface.rest_row") },
      { value: "typical", label: t(isFromTable(data) ? "surface.rest_typical" : "surface.rest_start") },
    ],
    store.get().rest,
    (rest) => store.set(rest === "row" ? { rest, overlay: null } : { rest }),
  );
  store.watch(["rest"], ({ rest }) => choice.set(rest));
  return el("div", { class: "rest" }, el("span", { class: "note", text: t("surface.rest") }), choice.root);
}

function legendParts({ data, store, t }: PageContext): HTMLElement[] {
  const { output } = store.get();
  const parts: HTMLElement[] = [];
  if (data.task === "classification" && (output === null || data.coding === "binary")) {
    parts.push(
      el(
        "ul",
        { class: "classes" },
        ...data.outputs.map((name, k) => {
          // As its points: their shapes tell classes of similar colours.
          const shape = data.outputs.length > N_CLASS_COLOURS ? `shape-${classRound(k) % 4}` : "";
          return el("li", {}, el("i", { class: shape, style: `background: ${css(outputColours(data, k).full)}` }), el("span", { text: name }));
        }),
      ),
    );
  } else {
    const { low, high } = rangeOf(data, output ?? 0);
    const stops = [0, 0.25, 0.5, 0.75, 1].map((share) => css(colourOf(data, output ?? 0, low + share * (high - low))));
    parts.push(
      el(
        "span",
        { class: "scale" },
        el("span", { text: predictionText(data, low) }),
        el("i", { style: `background: linear-gradient(to right, ${stops.join(", ")})` }),
        el("span", { text: predictionText(data, high) }),
      ),
    );
  }
  if (data.rows !== null) parts.push(el("span", { class: "ring" }, el("i"), t(data.task === "regression" ? "surface.error_regression" : "surface.error")));
  return parts;
}

/** Colour of each embedded row, and whether the shown model is wrong about it. */
function pointStyles(data: PageData, context: Context): (PointStyle | null)[] {
  const { rows } = data;
  if (rows === null) return [];
  const cells = Array.from({ length: rows.n }, (_, row) => rows.cells.map((column) => column[row]));
  const model = shownModel(context);
  const outputs = model.outputs(cellsOf(cells), rows.n);
  const { output } = context.store.get();
  if (data.task === "classification" && data.coding !== "multilabel") {
    return cells.map((_, row) => {
      const target = rows.target[0][row];
      let best = 0;
      for (let k = 1; k < model.nOutputs; k++) if (outputs[row * model.nOutputs + k] > outputs[row * model.nOutputs + best]) best = k;
      return { colour: pointColour(target), shape: classRound(target), isError: best !== target };
    });
  }
  const shown = output ?? 0;
  const predicted = (row: number): number => outputs[row * model.nOutputs + shown];
  const target = rows.target[shown];
  if (data.coding === "multilabel") {
    return cells.map((_, row) => ({ colour: colourOf(data, shown, target[row]), isError: predicted(row) >= 0.5 !== target[row] >= 0.5 }));
  }
  const mean = target.reduce((sum, value, row) => sum + Math.abs(value - predicted(row)), 0) / rows.n;
  return cells.map((_, row) => ({ colour: colourOf(data, shown, target[row]), isError: Math.abs(target[row] - predicted(row)) > 2 * mean }));
}

interface ClassicalPicture {
  name: string;
  label: string;
  plane: Plane;
}

function columnsOfPairs(data: PageData): number[] {
  return [...new Set(data.surfaces?.pairs.flat() ?? [])];
}

/** Pictures of the classical models over a pair of columns, turned where Python computed them with the axes the other way. */
function picturesOfPair(data: PageData, surfaces: Surfaces, x: number, y: number): ClassicalPicture[] {
  const position = surfaces.pairs.findIndex(([a, b]) => (a === x && b === y) || (a === y && b === x));
  if (position < 0) return [];
  const isTurned = surfaces.pairs[position][0] !== x;
  const nx = surfaces.axes[String(x)].length;
  const ny = x === y ? 1 : surfaces.axes[String(y)].length; // of a table of one column
  return surfaces.models.map(({ name, label, values }) => {
    const view = new DataView(bytesOfBase64(values[position]).buffer);
    const [largest, whole] = surfaces.bits === 16 ? [65535, (k: number) => view.getUint16(2 * k, true)] : [255, (k: number) => view.getUint8(k)];
    const outputs = data.outputs.map((_, output) =>
      Float32Array.from({ length: nx * ny }, (_, point) => {
        const [i, j] = [point % nx, Math.floor(point / nx)];
        const number = whole(output * nx * ny + (isTurned ? i * ny + j : point));
        return surfaces.low + (number / largest) * (surfaces.high - surfaces.low);
      }),
    );
    return { name, label, plane: { x: axisOf(data, x), y: axisOf(data, y), nx, ny, outputs, units: [] } };
  });
}
