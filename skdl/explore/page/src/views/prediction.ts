/** The prediction for the row that the page shows. */

import { type Context, isFromTable, shownModel } from "../context";
import { el } from "../dom";
import type { PageData } from "../format";
import { cellsOf } from "../model";
import type { Contributions } from "../shapley";
import { formatNumber, formatShare } from "../strings";
import { classColour, css } from "../theme";

/** How long the reader must rest before a screen reader hears the prediction. */
const REST_MS = 600;

export interface ShownPrediction {
  /** The cells of the row. */
  row: Float64Array;
  /** The output that is looked at: the chosen one; without a choice the likeliest class. */
  chosen: number;
}

export class Prediction {
  readonly root = el("div", { class: "prediction" });
  private readonly outputs: { value: HTMLElement; option: HTMLButtonElement | null; bar: HTMLElement | null }[];
  private readonly comparison = el("p", { class: "note", hidden: true });
  private readonly spoken = el("p", { class: "hidden", role: "status" });
  /** Scrolls where there are many outputs. */
  private readonly list = el("div", { class: "predictions" });
  private seen = -1;
  private readonly isClass: boolean;
  /** Whether just one of the outputs is true of a row. */
  private readonly isExclusive: boolean;
  private timer = 0;

  constructor(private readonly context: Context) {
    const { data } = context;
    this.isClass = data.task === "classification";
    this.isExclusive = this.isClass && data.coding !== "multilabel";
    if (data.outputs.length === 1) {
      const value = el("strong", { class: "value" });
      this.outputs = [{ value, option: null, bar: null }];
      this.root.append(el("p", { class: "single" }, el("span", { class: "soft", text: data.outputs[0] }), value));
    } else {
      this.outputs = data.outputs.map((name, index) => this.option(name, index));
      this.list.append(...this.outputs.flatMap(({ option }) => option ?? []));
      this.root.append(this.list);
    }
    this.root.append(this.comparison, this.spoken);
  }

  /** One of several outputs, to be chosen for the contributions and the large picture. */
  private option(name: string, index: number): { value: HTMLElement; option: HTMLButtonElement; bar: HTMLElement | null } {
    const { data, store, t } = this.context;
    const value = el("span", { class: "value" });
    // Targets have units of their own, and no common length.
    const bar = this.isClass ? el("i") : null;
    const click = (): void => {
      const isChosen = store.get().output === index;
      // Of many classes all can be shown at once; of two, and of targets, always one.
      store.set({ output: isChosen && data.coding === "one_hot" ? null : index });
    };
    const option = el(
      "button",
      { type: "button", class: "predicted", title: t("whatif.choose_output"), on: { click } },
      el("span", { class: "name", text: name }),
      bar === null ? null : el("span", { class: "track", "aria-hidden": "true" }, bar),
      value,
    );
    return { value, option, bar };
  }

  /** Show the prediction for the row of the state. */
  show(): ShownPrediction {
    const { store, data, t } = this.context;
    const state = store.get();
    const row = cellsOf([state.cells]);
    const predicted = shownModel(this.context).outputs(row, 1);
    const likeliest = predicted.indexOf(Math.max(...predicted));
    const chosen = state.output ?? (this.isClass ? likeliest : 0);

    this.outputs.forEach(({ value, option, bar }, index) => {
      value.textContent = this.format(predicted[index]);
      option?.setAttribute("aria-pressed", String(state.output === index));
      option?.classList.toggle("chosen", index === chosen);
      option?.classList.toggle("likeliest", this.isExclusive && index === likeliest);
      if (bar === null) return;
      bar.style.transform = `scaleX(${predicted[index]})`;
      bar.style.background = css(classColour(index));
    });

    if (this.isExclusive && likeliest !== this.seen) {
      this.seen = likeliest;
      requestAnimationFrame(() => this.reveal(likeliest)); // once the panels are in their columns
    }
    const named = this.isExclusive ? likeliest : chosen;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.spoken.textContent = t("whatif.spoken", { output: data.outputs[named], value: this.format(predicted[named]) });
    }, REST_MS);
    return { row, chosen };
  }

  /** Scroll the list, and not the page, to an output. */
  private reveal(output: number): void {
    const option = this.outputs[output]?.option;
    if (!option) return;
    const top = option.offsetTop - this.list.offsetTop;
    if (top >= this.list.scrollTop && top + option.offsetHeight <= this.list.scrollTop + this.list.clientHeight) return;
    this.list.scrollTop = top - (this.list.clientHeight - option.offsetHeight) / 2;
  }

  /** Say how far it is from the prediction for the typical row; contributions are the parts of that difference. */
  compare({ base, prediction, exact, isBase }: Contributions, output: number): void {
    const { data, t } = this.context;
    this.comparison.hidden = false;
    if (isBase) {
      this.comparison.textContent = t(isFromTable(data) ? "whatif.is_typical" : "whatif.is_start");
      return;
    }
    const value = signed(data, prediction - base);
    this.comparison.textContent = t(exact ? "whatif.comparison" : "whatif.comparison_sampled", {
      output: data.outputs[output],
      start: t(isFromTable(data) ? "whatif.typical_row" : "whatif.start_row"),
      typical: this.format(base),
      difference: this.isClass ? t("whatif.points", { value }) : value,
    });
  }

  private format(value: number): string {
    return this.isClass ? formatShare(value) : formatNumber(value, 4);
  }
}

/** A difference with its sign: percentage points of probabilities. */
export function signed(data: PageData, difference: number): string {
  const value = data.task === "classification" ? 100 * difference : difference;
  const text = formatNumber(Math.abs(value), Math.abs(value) >= 100 ? 3 : 2);
  return text === "0" ? "0" : `${value < 0 ? "\u2212" : "+"}${text}`;
}

