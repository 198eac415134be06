/** A learning curve: loss or score by epoch, with the epochs that matter marked. */

import { scaleLinear, scaleLog } from "d3-scale";
import { line } from "d3-shape";

import type { PageContext } from "../context";
import { el, onFrame, svg } from "../dom";
import { formatNumber } from "../strings";

export interface Series {
  /** Which of the two colours it has. */
  kind: "training" | "validation";
  /** Value after each epoch, from the epoch `first` on. */
  values: ArrayLike<number>;
  first: number;
}

export interface Curve {
  /** What a screen reader says of the picture. */
  label: string;
  xLabel: string;
  yLabel: string;
  series: Series[];
  /** The epoch whose weights are shown, and the one whose weights the model keeps. */
  shown: number | null;
  kept: { epoch: number; label: string } | null;
}

/** Which colour is which. */
export function legend({ t }: Pick<PageContext, "t">, hasValidation: boolean): HTMLElement {
  const entry = (kind: Series["kind"]): HTMLElement =>
    el("span", { class: `key ${kind}` }, el("i", { "aria-hidden": "true" }), t(`training.${kind}`));
  return el("p", { class: "curve-key" }, entry("training"), hasValidation ? entry("validation") : null);
}

const HEIGHT = 190;
const MARGIN = { top: 18, right: 12, bottom: 38, left: 46 };
/** From which ratio of the largest to the smallest value on the axis is logarithmic: else all but the start is flat. */
const WIDE_RANGE = 30;

/**
 * Make the picture in `root`, as wide as `root` is.
 *
 * `pick` hears the epoch under the pointer as the reader presses or drags; a slider beside it serves the keyboard.
 */
export function createCurve(root: HTMLElement, pick: ((epoch: number) => void) | null): (curve: Curve) => void {
  const picture = svg("svg", { class: "curve", role: "img", height: HEIGHT });
  root.append(picture);
  let curve: Curve | null = null;
  let epochAt: ((x: number) => number) | null = null;

  const draw = onFrame(() => {
    const width = root.clientWidth;
    if (curve === null || width === 0) return;
    epochAt = drawCurve(picture, width, curve);
  });
  new ResizeObserver(draw).observe(root);

  if (pick !== null) {
    picture.classList.add("picks");
    const follow = (event: PointerEvent): void => {
      if (epochAt !== null) pick(epochAt(event.clientX - picture.getBoundingClientRect().left));
    };
    picture.addEventListener("pointerdown", (event) => {
      picture.setPointerCapture(event.pointerId);
      follow(event);
    });
    picture.addEventListener("pointermove", (event) => {
      if (picture.hasPointerCapture(event.pointerId)) follow(event);
    });
  }
  return (next) => {
    curve = next;
    draw();
  };
}

/** Draw again; return the function from a position in the picture to an epoch. */
function drawCurve(picture: SVGSVGElement, width: number, curve: Curve): (x: number) => number {
  picture.replaceChildren();
  picture.setAttribute("width", String(width));
  picture.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
  picture.setAttribute("aria-label", curve.label);
  const inner = { right: width - MARGIN.right, bottom: HEIGHT - MARGIN.bottom };

  const values = curve.series.flatMap(({ values }) => Array.from(values)).filter(Number.isFinite);
  const last = Math.max(1, ...curve.series.map(({ values, first }) => first + values.length - 1));
  const start = Math.min(1, curve.shown ?? 1, ...curve.series.map(({ first }) => first));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = scaleLinear([start, Math.max(last, start + 1)], [MARGIN.left, inner.right]);
  const logarithmic = low > 0 && high / low > WIDE_RANGE;
  const span = high - low || Math.abs(high) || 1;
  const y = logarithmic
    ? scaleLog([low, high], [inner.bottom, MARGIN.top])
    : scaleLinear([low - 0.04 * span, high + 0.04 * span], [inner.bottom, MARGIN.top]);

  // Axes: few lines, numbers at their ends.
  for (const tick of valueTicks(y, logarithmic)) {
    picture.append(
      svg("line", { class: "grid", x1: MARGIN.left, x2: inner.right, y1: y(tick), y2: y(tick) }),
      svg("text", { class: "tick", x: MARGIN.left - 6, y: y(tick), dy: "0.32em", "text-anchor": "end", text: formatNumber(tick) }),
    );
  }
  const nTicks = Math.max(2, Math.floor((width - MARGIN.left) / 70));
  for (const tick of x.ticks(nTicks).filter(Number.isInteger)) {
    picture.append(svg("text", { class: "tick", x: x(tick), y: inner.bottom + 15, "text-anchor": "middle", text: String(tick) }));
  }
  picture.append(
    svg("text", { class: "axis", x: inner.right, y: HEIGHT - 5, "text-anchor": "end", text: curve.xLabel }),
    svg("text", { class: "axis", x: 2, y: 10, text: curve.yLabel }),
  );

  if (curve.kept !== null) {
    const at = x(curve.kept.epoch);
    const left = at > width / 2;
    picture.append(
      svg("line", { class: "kept", x1: at, x2: at, y1: MARGIN.top, y2: inner.bottom }),
      svg("text", {
        class: "kept",
        x: left ? at - 5 : at + 5,
        y: MARGIN.top + 9,
        "text-anchor": left ? "end" : "start",
        text: curve.kept.label,
      }),
    );
  }
  const path = line<[number, number]>()
    .defined(([, value]) => Number.isFinite(value) && (!logarithmic || value > 0))
    .x(([epoch]) => x(epoch))
    .y(([, value]) => y(value));
  for (const { kind, values, first } of curve.series) {
    const points = Array.from(values, (value, index): [number, number] => [first + index, value]);
    picture.append(svg("path", { class: `line ${kind}`, d: path(points) ?? "" }));
  }
  if (curve.shown !== null) {
    const at = x(curve.shown);
    picture.append(svg("line", { class: "shown", x1: at, x2: at, y1: MARGIN.top, y2: inner.bottom }));
    for (const { kind, values, first } of curve.series) {
      const value = values[curve.shown - first];
      if (value !== undefined && Number.isFinite(value)) {
        picture.append(svg("circle", { class: `dot ${kind}`, cx: at, cy: y(value), r: 4 }));
      }
    }
  }
  return (position) => Math.round(x.invert(Math.min(Math.max(position, MARGIN.left), inner.right)));
}

interface ValueScale {
  (value: number): number;
  ticks(count?: number): number[];
}

function valueTicks(y: ValueScale, logarithmic: boolean): number[] {
  const ticks = y.ticks(4);
  if (!logarithmic) return ticks;
  // A logarithmic axis has up to nine ticks a power of ten: its powers, or every third tick of a short axis.
  const powers = ticks.filter((tick) => Number.isInteger(Math.round(Math.log10(tick) * 1e6) / 1e6));
  return powers.length > 1 ? powers : ticks.filter((_, index) => index % 3 === 0);
}
