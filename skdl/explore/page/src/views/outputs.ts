/** The right end of the drawing: what the network predicts, with its picture over the plane. */

import type { Context } from "../context";
import { el, sizeCanvas } from "../dom";
import type { Member } from "../format";
import { outputColours, paintValues, predictionText, shareOfBar } from "../paint";
import type { Plane } from "../plane";
import { css, currentTheme } from "../theme";
import { type EndEvents, LETTER } from "./inputs";

export interface OutputList {
  root: HTMLElement;
  layout(width: number, height: number, isNarrow: boolean): number;
  port(index: number, origin: DOMRect): { x: number; y: number } | null;
  /** The prediction for the shown row. */
  show(prediction: Float64Array): void;
  showPlane(plane: Plane): void;
  repaint(): void;
}

/** With more classes, those with the highest probability. */
const LISTED = 24;

interface OutputRow {
  output: number;
  root: HTMLElement;
  canvas: HTMLCanvasElement | null;
  value: HTMLElement;
  bar: HTMLElement;
}

export function createOutputs(context: Context, member: Member, events: EndEvents): OutputList {
  const { data, t } = context;
  const stage = member.stages.length - 1;
  const isBinary = data.coding === "binary";
  // Of two classes the network has one output, the second one's probability: it has the picture and the lines.
  const order = isBinary ? [1, 0] : Array.from(data.outputs.keys()).slice(0, LISTED);
  const rows: OutputRow[] = order.map((output) => {
    const hasPicture = data.image === null && !(isBinary && output === 0);
    const canvas = hasPicture ? el("canvas", { class: "picture", "aria-hidden": "true" }) : null;
    const value = el("span", { class: "value" });
    const bar = el("i");
    const unit = { stage, index: isBinary ? 0 : output };
    const root = el(
      "div",
      {
        class: "result",
        on: { pointerenter: () => events.point(unit), pointerleave: () => events.point(null) },
      },
      canvas,
      el("span", { class: "text" }, data.outputs.length === 1 ? null : el("span", { class: "name", text: data.outputs[output], title: data.outputs[output] }), value, el("span", { class: "bar" }, bar)),
    );
    return { output, root, canvas, value, bar };
  });
  const title = el("div", { class: "stage-title" }, el("strong", { text: t("network.prediction") }));
  title.append(el("span", { text: data.target }));
  const more = data.outputs.length - order.length;
  const root = el(
    "div",
    { class: "stage ends results" },
    title,
    el("div", { class: "columns" }, ...rows.map((row) => row.root), more > 0 ? el("span", { class: "note", text: t("network.more_outputs", { n: more }) }) : null),
  );
  const longest = Math.max(...order.map((output) => data.outputs[output].length));
  let size = 44;
  let plane: Plane | null = null;
  let prediction: Float64Array | null = null;

  const paint = (): void => {
    if (prediction === null) return;
    const best = prediction.indexOf(Math.max(...prediction));
    for (const { output, canvas, value, bar, root: row } of rows) {
      value.textContent = predictionText(data, prediction[output]);
      bar.style.width = `${100 * shareOfBar(data, prediction[output], output)}%`;
      bar.style.background = css(data.task === "regression" ? currentTheme().positive : outputColours(data, output).full);
      row.classList.toggle("best", data.task === "classification" && data.coding !== "multilabel" && output === best);
      if (canvas === null) continue;
      const target = sizeCanvas(canvas, size, size);
      canvas.style.width = canvas.style.height = `${size}px`;
      if (plane !== null && plane.outputs.length > output) paintValues(target, data, plane, output, size, size);
    }
  };
  return {
    root,
    layout(width, height, isNarrow) {
      const text = Math.max(56, longest * LETTER);
      const own = isNarrow ? 78 : Math.min(width < 640 ? 124 : rows.length > 9 ? 176 : 140, text + (data.image === null ? (rows.length > 9 ? 100 : 54) : 64));
      root.style.width = `${own}px`;
      size = Math.max(14, Math.min(isNarrow ? 32 : 44, height / rows.length - 10));
      root.classList.toggle("tight", height / rows.length < 46);
      paint();
      return own;
    },
    port(index, origin) {
      const row = isBinary ? rows[0] : rows.find(({ output }) => output === index);
      if (row === undefined) return null;
      const box = (row.canvas ?? row.root).getBoundingClientRect();
      return { x: box.left - origin.left - (row.canvas === null ? 6 : 1), y: box.top + box.height / 2 - origin.top };
    },
    show(values) {
      prediction = values;
      paint();
    },
    showPlane(shown) {
      plane = shown;
      paint();
    },
    repaint: paint,
  };
}
