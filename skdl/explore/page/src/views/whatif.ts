/** What if: a form of the columns, the prediction for what stands in it, and what each column adds to that. */

import { type Context, isUsed, SHOWN, shownModel } from "../context";
import { el, newId, svg } from "../dom";
import type { Cell, Column } from "../format";
import { cellsOf } from "../model";
import { contributions, type Contributions } from "../shapley";
import { formatCell } from "../strings";
import { Prediction, signed } from "./prediction";
import { rowChoice } from "./rows";
import { whenSeen } from "./seen";

/** Columns that are shown at once, the most important ones; all others stand below, folded. */
const N_SHOWN = 10;
/** Multiplications that may go into the contributions while the reader drags: some milliseconds. */
const MOST_PRODUCTS = 1e7;
const PREDICTIONS = { least: 64, most: 2048 };

export function mountWhatIf(root: HTMLElement, context: Context): void {
  const { data, store, t } = context;
  const order = Array.from(data.columns.keys()).sort((a, b) => data.columns[b].importance - data.columns[a].importance);
  const fields = new Map(order.map((column) => [column, field(context, column)]));
  const more = order.slice(N_SHOWN);

  const base = cellsOf([data.columns.map((column) => column.typical)]);
  const prediction = new Prediction(context);
  root.append(
    rowChoice(context),
    prediction.root,
    el("div", { class: "fields" }, ...order.slice(0, N_SHOWN).map((column) => fields.get(column)!.root)),
  );
  if (more.length > 0) {
    const list = el("div", { class: "fields" }, ...more.map((column) => fields.get(column)!.root));
    root.append(el("details", { class: "less-important" }, el("summary", { text: t("whatif.more", { n: more.length }) }), list));
  }

  store.watch(["cells"], ({ cells }) => {
    for (const [column, { show }] of fields) show(cells[column]);
  });
  const update = whenSeen(root, () => {
    const shown = prediction.show();
    const explained = explain(context, base, shown.row, shown.chosen);
    prediction.compare(explained, shown.chosen);
    const largest = niceAbove(Math.max(...explained.values.map(Math.abs)));
    for (const [column, { explain }] of fields) explain(explained.values[column], largest);
  });
  store.watch([...SHOWN, "cells", "output", "dark"], update);
}

/** The least of 1, 2 and 5 times a power of ten that is not below a value: a scale that stays as the value changes a little. */
function niceAbove(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5].find((factor) => factor * power >= value) ?? 10);
}

/** A change of one cell, after which the form no longer shows a row of the table. */
function setCell({ store }: Context, column: number, cell: Cell): void {
  store.set({ cells: store.get().cells.map((old, other) => (other === column ? cell : old)), row: null });
}

/** What each column adds to an output, in as many predictions as take some milliseconds. */
function explain(context: Context, base: Float64Array, row: Float64Array, output: number): Contributions {
  const model = shownModel(context);
  const products = model.arrays.reduce((sum, { values }) => sum + values.length, 0);
  const budget = Math.min(Math.max(MOST_PRODUCTS / products, PREDICTIONS.least), PREDICTIONS.most);
  const predict = (cells: Float64Array, n: number): Float64Array => {
    const outputs = model.outputs(cells, n);
    return Float64Array.from({ length: n }, (_, k) => outputs[k * model.nOutputs + output]);
  };
  return contributions(predict, row, base, budget);
}

interface Field {
  root: HTMLElement;
  show(cell: Cell): void;
  explain(contribution: number, largest: number): void;
}

/** A column of the form, and below it what its value adds. */
function field(context: Context, index: number): Field {
  const { data, t } = context;
  const column = data.columns[index];
  const id = newId("column");
  const control = controlOf(context, index, id);
  const bar = el("i");
  const amount = el("span", { class: "amount" });
  const adds = isUsed(data, index) && column.kind !== "fixed";
  const effect = el("div", { class: "effect", hidden: !adds }, el("span", { class: "track", "aria-hidden": "true" }, bar), amount);
  let lastCell: Cell = column.typical;

  let absent: HTMLInputElement | null = null;
  // A category is missing by its list.
  if (adds && column.missing && column.kind === "number") {
    absent = el("input", {
      type: "checkbox",
      "aria-label": t("whatif.missing_label", { column: column.name }),
      on: { change: () => setCell(context, index, absent!.checked ? null : (lastCell ?? column.minimum ?? 0)) },
    });
    effect.prepend(el("label", { class: "absent" }, absent, t("whatif.missing")));
  }
  const head = el("div", { class: "head" }, el("label", { for: id, title: column.preprocessing, text: column.name }), control.beside);
  const root = el("div", { class: `column ${column.kind}` }, head, control.below, effect);
  return {
    root,
    show(cell) {
      if (cell !== null) lastCell = cell;
      if (absent !== null) absent.checked = cell === null;
      root.classList.toggle("is-missing", cell === null);
      control.show(cell);
    },
    explain(contribution, largest) {
      // A transform moves no other element, so that the browser computes no layout while the reader drags.
      bar.className = contribution < 0 ? "negative" : "positive";
      bar.style.transform = `scaleX(${Math.min(1, Math.max(-1, contribution / largest))})`;
      const text = signed(data, contribution);
      if (text === amount.textContent) return;
      amount.textContent = text;
      amount.setAttribute("aria-label", t("whatif.adds", { column: column.name, amount: text }));
    },
  };
}

interface Control {
  /** What stands beside the name, and what below it. */
  beside: HTMLElement;
  below: Element | null;
  show(cell: Cell): void;
}

function controlOf(context: Context, index: number, id: string): Control {
  const column = context.data.columns[index];
  if (column.kind === "fixed" || !isUsed(context.data, index)) return fixed(context, index, id);
  return column.kind === "number" ? numberControl(context, index, id) : categoryControl(context, index, id);
}

/** A column whose preprocessing the page cannot compute, or that the model does not use. */
function fixed({ data, t }: Context, index: number, id: string): Control {
  const column = data.columns[index];
  const value = el("output", { id, class: "note" });
  return {
    beside: value,
    below: el("p", { class: "note", text: t(isUsed(data, index) ? "whatif.fixed" : "whatif.unused") }),
    show: (cell) => {
      value.textContent = formatCell(column, cell, t("whatif.missing"));
    },
  };
}

function categoryControl(context: Context, index: number, id: string): Control {
  const column = context.data.columns[index];
  const control = el(
    "select",
    { id, on: { change: () => setCell(context, index, control.value === "" ? null : Number(control.value)) } },
    ...column.categories.map((category, k) => el("option", { value: k, text: category })),
    column.missing ? el("option", { value: "", text: context.t("whatif.missing") }) : null,
  );
  return {
    beside: control,
    below: null,
    show: (cell) => {
      control.value = cell === null ? "" : String(cell);
    },
  };
}

/** A slider over the range of the training rows, their distribution, and a field for any number. */
function numberControl(context: Context, index: number, id: string): Control {
  const { data, t } = context;
  const column = data.columns[index];
  const [low, high] = [column.minimum ?? 0, column.maximum ?? 1];
  const step = column.whole ? 1 : 10 ** Math.floor(Math.log10((high - low || 1) / 150));
  const set = (value: number): void => {
    // Steps of the slider in full digits: 0.1 + 0.2 is not 0.3.
    if (!Number.isNaN(value)) setCell(context, index, column.whole ? Math.round(value) : value);
  };
  const number = el("input", {
    type: "number",
    id,
    step: "any",
    on: {
      input: () => set(number.valueAsNumber),
      change: () => {
        // Left empty: the value that still counts.
        const cell = context.store.get().cells[index];
        if (Number.isNaN(number.valueAsNumber) && cell !== null) number.value = short(cell);
      },
    },
  });
  const slider = el("input", {
    type: "range",
    min: low,
    max: high,
    // The typical value and the rows' need not lie on the steps.
    step: "any",
    "aria-label": t("whatif.slider", { column: column.name }),
    on: {
      input: () => {
        const steps = Math.round((slider.valueAsNumber - low) / step);
        const value = Number((low + steps * step).toPrecision(12));
        set(Math.min(Math.max(value, low), high));
      },
      keydown: (event) => {
        // A slider without steps has none for the keys.
        const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        const value = Number((slider.valueAsNumber + by * step).toPrecision(12));
        set(Math.min(Math.max(value, low), high));
      },
    },
  });
  const outside = el("p", { class: "note outside", text: t("whatif.outside"), hidden: true });
  return {
    beside: number,
    below: el("div", { class: "range" }, histogram(column), slider, outside),
    show(cell) {
      // The reader is typing there: "1." must not become "1".
      if (document.activeElement !== number || number.valueAsNumber !== cell) {
        number.value = cell === null ? "" : short(cell);
      }
      slider.value = String(cell ?? column.typical ?? low);
      slider.setAttribute("aria-valuetext", formatCell(column, cell, t("whatif.missing")));
      // Without a known range the slider has one of its own.
      outside.hidden = cell === null || column.minimum === null || (cell >= low && cell <= high);
    },
  };
}

/** Four digits, and all of a whole number: what the field has room for. */
function short(value: number): string {
  return String(Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4)));
}

/** How the training rows are spread over the slider. */
function histogram({ histogram: shares }: Column): SVGSVGElement | null {
  if (shares.length === 0) return null;
  const most = Math.max(...shares);
  // Square roots, so that a bin of few rows is seen beside one of nearly all.
  const bars = shares.map((share, k) => {
    const height = Math.sqrt(share / most);
    return svg("rect", { x: k + 0.08, y: 1 - height, width: 0.84, height });
  });
  return svg("svg", { class: "histogram", viewBox: `0 0 ${shares.length} 1`, preserveAspectRatio: "none", "aria-hidden": "true" }, ...bars);
}
