/** Draw an image and see it classified while it is drawn. */

import { type Context, SHOWN } from "../context";
import { button, el, onFrame, sizeCanvas } from "../dom";
import type { Cell, PageData } from "../format";
import { type Box, centred, inkBox, type Stroke } from "../pixels";
import { Prediction } from "./prediction";
import { rowChoice } from "./rows";
import { whenSeen } from "./seen";

/** Largest side of the sheet, in CSS pixels. */
const SIDE = 280;
/** Width of the pen, and its step by a key, as a share of the sheet. */
const PEN = 0.075;
const KEY_STEP = 1 / 24;

export function mountDraw(root: HTMLElement, context: Context): void {
  const { data, store, t } = context;
  const { image } = data;
  if (image === null) return;
  const box = inkBox(image);
  const sheet = new Sheet(context, image, (strokes) => store.set({ cells: pixelsOf(strokes, image, box), row: null }));
  const preview = el("canvas", { class: "pixels", role: "img", width: image.width, height: image.height, "aria-label": t("draw.preview") });
  const prediction = new Prediction(context);

  const caption = t("draw.seen", { width: image.width, height: image.height });
  root.append(
    el(
      "div",
      { class: "drawing" },
      el("div", { class: "by-hand" }, sheet.canvas, sheet.buttons, el("p", { class: "note", text: t("draw.keys") })),
      el(
        "div",
        { class: "seen" },
        el("figure", {}, preview, el("figcaption", { class: "note", text: caption })),
        prediction.root,
        data.rows === null ? null : rowChoice(context),
      ),
    ),
  );

  const update = whenSeen(root, () => {
    prediction.show();
    paint(preview, store.get().cells, image);
  });
  store.watch([...SHOWN, "cells", "output", "dark"], update);
  // Another row than the drawn one is shown: the sheet no longer says what it is.
  store.watch(["row"], ({ row }) => {
    if (row !== null) sheet.forget();
  });
}

function pixelsOf(strokes: readonly Stroke[], image: NonNullable<PageData["image"]>, box: Box): Cell[] {
  const isWhole = image.ink > 1;
  return Array.from(centred(strokes, image, box), (share) => (isWhole ? Math.round(share * image.ink) : share * image.ink));
}

/** The image that the network is given, in ink of the page's colour. */
function paint(canvas: HTMLCanvasElement, cells: readonly Cell[], image: NonNullable<PageData["image"]>): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const pixels = context.createImageData(image.width, image.height);
  cells.forEach((cell, k) => {
    const dark = Math.round(255 * Math.min(1, Math.max(0, (cell ?? 0) / image.ink)));
    pixels.data.set([dark, dark, dark, 255], 4 * k);
  });
  context.putImageData(pixels, 0, 0);
}

/** The area to draw on: with a mouse, a finger, a pen or the arrow keys. */
class Sheet {
  readonly canvas: HTMLCanvasElement;
  readonly buttons: HTMLElement;
  private strokes: [number, number][][] = [];
  /** Where the keys draw next; null until one is pressed. */
  private cursor: [number, number] | null = null;
  private isPenDown = false;
  private readonly width: number;
  private readonly height: number;
  private readonly draw = onFrame(() => this.paint());
  private readonly tell = onFrame(() => this.changed(this.strokes));

  constructor(
    private readonly context: Context,
    image: NonNullable<PageData["image"]>,
    private readonly changed: (strokes: readonly Stroke[]) => void,
  ) {
    const { store, t } = context;
    const scale = SIDE / Math.max(image.width, image.height);
    this.width = Math.round(image.width * scale);
    this.height = Math.round(image.height * scale);
    this.canvas = el("canvas", {
      class: "paper",
      tabindex: 0,
      role: "application",
      "aria-label": t("draw.sheet"),
      "aria-description": t("draw.keys"),
      style: `width: ${this.width}px; aspect-ratio: ${image.width} / ${image.height}`,
      on: {
        pointerdown: (event) => this.start(event),
        pointermove: (event) => this.follow(event),
        keydown: (event) => this.press(event),
        focus: () => this.draw(),
        blur: () => this.draw(),
      },
    });
    this.buttons = el(
      "div",
      { class: "buttons" },
      button(t("draw.undo"), () => this.undo()),
      button(t("draw.clear"), () => this.clear()),
    );
    store.watch(["dark"], () => this.draw());
  }

  /** Remove the drawing, but leave the row that the page shows. */
  forget(): void {
    this.strokes = [];
    this.isPenDown = false;
    this.draw();
  }

  private clear(): void {
    this.forget();
    this.tell();
  }

  private undo(): void {
    this.strokes.pop();
    this.isPenDown = false;
    this.show();
  }

  private show(): void {
    this.draw();
    this.tell();
  }

  private start(event: PointerEvent): void {
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.cursor = null;
    this.isPenDown = false;
    this.strokes.push([this.pointOf(event)]);
    this.show();
  }

  private follow(event: PointerEvent): void {
    if (!this.canvas.hasPointerCapture(event.pointerId)) return;
    // A fast movement has more points than there are events.
    for (const one of event.getCoalescedEvents?.() ?? [event]) this.strokes.at(-1)?.push(this.pointOf(one));
    this.show();
  }

  /** A point in shares of the longer side of the image. */
  private pointOf(event: PointerEvent): [number, number] {
    const frame = this.canvas.getBoundingClientRect();
    const scale = 1 / Math.max(frame.width, frame.height);
    return [(event.clientX - frame.left) * scale, (event.clientY - frame.top) * scale];
  }

  private press(event: KeyboardEvent): void {
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const move = moves[event.key];
    const [right, bottom] = [this.width / SIDE, this.height / SIDE];
    this.cursor ??= [right / 2, bottom / 2];
    if (move !== undefined) {
      const within = (value: number, most: number): number => Math.min(Math.max(value, PEN / 2), most - PEN / 2);
      this.cursor = [
        within(this.cursor[0] + move[0] * KEY_STEP, right),
        within(this.cursor[1] + move[1] * KEY_STEP, bottom),
      ];
      if (this.isPenDown) {
        this.strokes.at(-1)?.push(this.cursor);
        this.show();
      }
    } else if (event.key === " ") {
      this.isPenDown = !this.isPenDown;
      if (this.isPenDown) this.strokes.push([this.cursor]);
      this.show();
    } else if (event.key === "Backspace") this.undo();
    else if (event.key === "Delete" || event.key === "Escape") this.clear();
    else return;
    event.preventDefault();
    this.draw();
  }

  private paint(): void {
    const context = sizeCanvas(this.canvas, this.width, this.height);
    const style = getComputedStyle(this.canvas);
    context.clearRect(0, 0, this.width, this.height);
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = PEN * SIDE;
    context.strokeStyle = style.color;
    for (const stroke of this.strokes) {
      context.beginPath();
      // A line of no length is a dot.
      context.moveTo(stroke[0][0] * SIDE, stroke[0][1] * SIDE);
      for (const [x, y] of stroke) context.lineTo(x * SIDE, y * SIDE);
      context.stroke();
    }
    if (this.strokes.length === 0 && this.cursor === null) {
      context.fillStyle = style.getPropertyValue("--soft");
      context.font = `0.9rem ${style.fontFamily}`;
      context.textAlign = "center";
      context.fillText(this.context.t("draw.here"), this.width / 2, this.height / 2);
    }
    if (this.cursor !== null && document.activeElement === this.canvas) {
      context.beginPath();
      context.arc(this.cursor[0] * SIDE, this.cursor[1] * SIDE, (PEN * SIDE) / 2 + 3, 0, 2 * Math.PI);
      context.lineWidth = 2;
      context.strokeStyle = style.getPropertyValue("--accent");
      context.setLineDash(this.isPenDown ? [] : [3, 3]);
      context.stroke();
      context.setLineDash([]);
    }
  }
}
