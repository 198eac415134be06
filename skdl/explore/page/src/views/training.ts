/** Training replayed: a slider over the kept snapshots of the weights, with the learning curve and its diagnosis. */

import type { Context } from "../context";
import { button, el, select, svg } from "../dom";
import type { Training } from "../format";
import { formatNumber } from "../strings";
import { createCurve, legend, type Series } from "./curve";

/** Time between two snapshots while playing; slow enough to see each, and for the surface to follow. */
const FRAME_MS = 350;

export function mountTraining(root: HTMLElement, context: Context): void {
  const { data, store, t } = context;
  const { snapshots, training } = data;
  const names = training === null ? [] : curveNames(training);
  const epochs = snapshots?.epochs ?? [];
  let name = names[0] ?? null;

  /** Position of the shown weights among the snapshots; that of the kept ones, where those are shown. */
  const position = (): number => store.get().snapshot ?? snapshots?.kept ?? 0;
  const show = (index: number): void => {
    if (snapshots === null) return;
    const within = Math.min(Math.max(index, 0), epochs.length - 1);
    // The kept weights themselves are in the page, whereas snapshots are rounded.
    store.set({ snapshot: within === snapshots.kept ? null : within, network: null });
  };

  let timer: number | null = null;
  const play = button(t("training.play"), () => (timer === null ? start() : stop()), { class: "button play" });
  /** Where playing was paused, from where it goes on. */
  let paused: number | null = null;
  const stop = (): void => {
    paused = timer === null ? null : position();
    if (timer !== null) window.clearInterval(timer);
    timer = null;
    play.textContent = t("training.play");
    play.classList.remove("playing");
    now.setAttribute("aria-live", "polite");
  };
  const start = (): void => {
    // The page opens with the kept weights, after which there is little to see.
    const isKept = store.get().snapshot === null && paused !== position();
    if (isKept || position() === epochs.length - 1) show(0);
    timer = window.setInterval(() => {
      if (position() >= epochs.length - 1) stop();
      else show(position() + 1);
    }, FRAME_MS);
    play.textContent = t("training.pause");
    play.classList.add("playing");
    // A screen reader that reads each epoch would never come to the last one.
    now.setAttribute("aria-live", "off");
  };
  const step = (by: number): void => {
    stop();
    show(position() + by);
  };

  const slider = el("input", {
    type: "range",
    min: 0,
    max: Math.max(0, epochs.length - 1),
    step: 1,
    "aria-label": t("training.slider"),
    on: {
      input: () => {
        stop();
        show(Number(slider.value));
      },
    },
  });
  const kept = button(t("training.show_kept"), () => {
    stop();
    if (snapshots !== null) show(snapshots.kept);
  });
  const now = el("p", { class: "now", role: "status" });
  const picture = el("div", { class: "curve-box" });
  const drawCurve = createCurve(picture, snapshots === null ? null : (epoch) => {
    stop();
    show(nearest(epochs, epoch));
  });

  // Two groups, which stand side by side where there is room.
  const curveSide = el("div", { class: "curve-side" });
  const replaySide = el("div", { class: "replay-side" });
  root.append(curveSide, replaySide);
  if (training !== null) curveSide.append(legend(context, Object.keys(training.history).some((key) => key.startsWith("val_"))));
  if (names.length > 1) {
    const choice = select(t("training.measure"), names.map((value) => ({ value, label: measure(context, value) })), name!, (chosen) => {
      name = chosen;
      update();
    });
    curveSide.append(choice.root);
  }
  if (training !== null) curveSide.append(picture);
  if (training?.kept_epoch === null) curveSide.append(el("p", { class: "note", text: t("training.mean", { n: training.n_networks ?? 1 }) }));
  if (snapshots !== null) {
    replaySide.append(
      el(
        "div",
        { class: "replay" },
        el(
          "div",
          { class: "buttons", role: "group", "aria-label": t("training.replay") },
          stepButton("M16 3v14L6 10zM4 3h2v14H4z", t("training.back"), () => step(-1)),
          play,
          stepButton("M4 3v14l10-7zM14 3h2v14h-2z", t("training.forward"), () => step(1)),
          kept,
        ),
        slider,
        now,
      ),
    );
  } else {
    replaySide.append(el("p", { class: "note", text: t("training.no_snapshots") }));
  }
  if (training !== null) {
    if (training.diagnosis.length > 0) replaySide.append(diagnosis(training));
    replaySide.append(parameters(context, training));
  }

  function update(): void {
    const { network } = store.get();
    const index = position();
    // The page's own training says nothing about a network that was trained in the page.
    const epoch = network === null && snapshots !== null ? epochs[index] : null;
    const isKept = snapshots !== null && index === snapshots.kept;
    slider.value = String(index);
    slider.disabled = epochs.length < 2;
    kept.disabled = network === null && isKept;
    if (epoch !== null) {
      const key = isKept ? "now_kept" : epoch === 0 ? "now_untrained" : "now";
      const text = t(`training.${key}`, { epoch, last: epochs.at(-1)! });
      const values = training === null ? "" : valuesAt(context, training, name, epoch);
      slider.setAttribute("aria-valuetext", text);
      now.replaceChildren(el("strong", { text }), ` ${values}`);
    } else if (network !== null) {
      now.textContent = t("training.now_tried");
    }
    if (training === null || name === null) return;
    drawCurve({
      label: t(training.kept_epoch === null ? "training.picture_mean" : "training.picture", {
        measure: measure(context, name),
        n: training.history[name].length,
        kept: training.kept_epoch ?? 0,
      }),
      xLabel: t("training.epoch"),
      yLabel: measure(context, name),
      series: seriesOf(training, name),
      shown: epoch,
      kept: training.kept_epoch === null ? null : { epoch: training.kept_epoch, label: t("training.kept") },
    });
  }
  store.watch(["snapshot", "network"], (state, before) => {
    // Another view has set the weights.
    if (state.network !== null && before.network === null) stop();
    update();
  });
}

function stepButton(path: string, label: string, click: () => void): HTMLButtonElement {
  const control = button("", click, { class: "button icon", "aria-label": label, title: label });
  control.append(svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, svg("path", { d: path })));
  return control;
}

/** Names of what was measured in training, without those of the validation set; the loss first. */
function curveNames({ history }: Training): string[] {
  const names = Object.keys(history).filter((name) => !name.startsWith("val_") && name !== "learning_rate");
  return names.sort((one, other) => Number(other === "loss") - Number(one === "loss"));
}

function seriesOf({ history }: Training, name: string): Series[] {
  const series: Series[] = [{ kind: "training", values: history[name], first: 1 }];
  const validation = history[`val_${name}`];
  if (validation !== undefined) series.push({ kind: "validation", values: validation, first: 1 });
  return series;
}

function measure({ t }: Context, name: string): string {
  return name === "loss" ? t("training.loss") : name;
}

function valuesAt({ t }: Context, training: Training, name: string | null, epoch: number): string {
  if (name === null || epoch === 0) return "";
  const value = training.history[name]?.[epoch - 1];
  const validation = training.history[`val_${name}`]?.[epoch - 1];
  const parts = [];
  if (value !== undefined) parts.push(t("training.value_training", { value: formatNumber(value) }));
  if (validation !== undefined) parts.push(t("training.value_validation", { value: formatNumber(validation) }));
  return parts.join(", ");
}

function diagnosis({ diagnosis }: Training): HTMLElement {
  return el(
    "ul",
    { class: "diagnosis" },
    ...diagnosis.map(({ title, text, level }) =>
      el("li", {}, el("span", { class: `badge ${level}`, text: title }), el("span", { class: "note", text })),
    ),
  );
}

function parameters({ t }: Context, { parameters }: Training): HTMLElement {
  const entries = Object.entries(parameters);
  return el(
    "details",
    { class: "parameters" },
    el("summary", { text: t("training.parameters") }),
    el("dl", {}, ...entries.flatMap(([name, value]) => [el("dt", {}, el("code", { text: name })), el("dd", { text: value })])),
  );
}

/** Position of the value nearest to `wanted`. */
function nearest(values: readonly number[], wanted: number): number {
  let best = 0;
  values.forEach((value, index) => {
    if (Math.abs(value - wanted) < Math.abs(values[best] - wanted)) best = index;
  });
  return best;
}
