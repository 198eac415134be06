/** Training in the page: the shown network trained further, or another one from the start, on the rows in the page. */

import { type Context, shownModel } from "../context";
import { button, type Child, el, select } from "../dom";
import { examplesOf, networkData, plainNetwork } from "../plain-network";
import { randomNumbers, shuffle } from "../random";
import { formatNumber } from "../strings";
import { drawNetwork, type Examples, type Head, type PlainNetwork, type Settings, TRAINABLE_ACTIVATIONS } from "../trainer";
import { startTrainer } from "../trainer-client";
import type { Report, Request } from "../training-session";
import { createCurve, legend, type Series } from "./curve";

const LEARNING_RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1];
const BATCH_SIZES = [8, 16, 32, 64, 128, 256];
const PENALTIES = [0, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1];
const MOST_LAYERS = 4;
const MOST_UNITS = 64;
/** Share of the rows that only the loss is computed of, and from how many rows on it says something. */
const VALIDATION_SHARE = 0.2;
const FEWEST_ROWS = 20;
/** Longest training between two pictures. */
const FRAME_MS = 40;
/** Epochs between two pictures: one at first, where weights change most, then this share of those before. */
const EPOCHS_SHARE = 0.05;

export function mountTryIt(root: HTMLElement, context: Context): void {
  const { data, t } = context;
  const own = data.network === null ? null : plainNetwork(data.network, context.model.arrays);
  const { rows } = data;
  // Without rows nobody can say whether it would be trained; with them Python does.
  if (own === null || (rows !== null && data.try_it === null)) {
    root.append(el("p", { class: "note", text: t("tryit.not_plain") }));
    return;
  }
  if (rows === null || rows.n < 2) {
    root.append(el("p", { class: "note" }, ...withCode(t("tryit.no_rows"))));
    return;
  }
  new TryIt(root, context, own, rows.n);
}

/** A text whose parts between backticks are code, which is not broken into lines. */
function withCode(text: string): Child[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? el("code", { text: part }) : part));
}

/** The rows in the page, divided once for all trainings, so that their losses can be compared. */
function divide(context: Context, nRows: number): { train: Examples; validation: Examples } {
  const { data, model } = context;
  const cells = new Float64Array(nRows * data.columns.length);
  data.columns.forEach((_, column) => {
    for (let row = 0; row < nRows; row++) cells[row * data.columns.length + column] = data.rows?.cells[column][row] ?? NaN;
  });
  const inputs = model.inputs(cells, nRows);
  const order = Array.from(shuffle(Int32Array.from({ length: nRows }, (_, row) => row), randomNumbers(0)));
  const nValidation = nRows < FEWEST_ROWS ? 0 : Math.round(nRows * VALIDATION_SHARE);
  const nInputs = inputs.length / nRows;
  return {
    train: examplesOf(inputs, nInputs, data, order.slice(nValidation)),
    validation: examplesOf(inputs, nInputs, data, order.slice(0, nValidation)),
  };
}

class TryIt {
  private readonly send: (request: Request) => void;
  private readonly train: Examples;
  private readonly validation: Examples;
  private readonly head: Head;
  private readonly drawCurve: ReturnType<typeof createCurve>;
  private readonly status = el("p", { class: "now", role: "status" });
  private readonly run = button("", () => (this.running ? this.pause() : this.resume()), { class: "button play" });
  private readonly back: HTMLButtonElement;
  /** What there is of a training: its status and its learning curve. */
  private readonly results = el("div");
  private setActivation: (name: string) => void = () => undefined;
  private readonly layers = el("div", { class: "layer-units" });
  private showCount: () => void = () => undefined;
  private settings: Settings;
  private sizes: number[];
  private activation: string;
  private seed = 0;
  /** Whether epoch follows on epoch, and whether the trainer has a network to train. */
  private running = false;
  private started = false;
  /** Number of the training; reports of an earlier one are not heard. */
  private training = 0;
  /** Whether a report of this training is awaited. */
  private awaiting = false;
  /** Whether one epoch is to be trained that the reader asked for. */
  private wantsEpoch = false;
  private loss: number[] = [];
  private validationLoss: number[] = [];

  constructor(
    root: HTMLElement,
    private readonly context: Context,
    private readonly own: PlainNetwork,
    nRows: number,
  ) {
    const { data, store, t } = context;
    const given = data.try_it!;
    this.settings = { learningRate: given.learning_rate, batchSize: given.batch_size, l2: given.l2 };
    this.sizes = own.layers.slice(0, -1).map(({ nOut }) => nOut);
    this.activation = firstActivation(own) ?? given.activation;
    this.head = own.head;
    ({ train: this.train, validation: this.validation } = divide(context, nRows));
    this.send = startTrainer((report) => this.hear(report));

    const loss = t(`tryit.loss_${this.head}`);
    const counts = { train: this.train.n, validation: this.validation.n, loss };
    this.back = button(t("tryit.back"), () => this.reset());
    const picture = el("div", { class: "curve-box" });
    this.drawCurve = createCurve(picture, null);
    root.append(
      el("p", { class: "note", text: t("tryit.intro", counts) }),
      el(
        "div",
        { class: "buttons", role: "group", "aria-label": t("tryit.title") },
        this.run,
        button(t("tryit.one_epoch"), () => this.oneEpoch()),
        button(t("tryit.random"), () => this.drawRandomWeights(this.seed + 1)),
        this.back,
      ),
      el(
        "div",
        { class: "settings" },
        this.choice("learning_rate", LEARNING_RATES, given.learning_rate, (value) => this.change({ learningRate: value })),
        this.choice("batch_size", BATCH_SIZES, given.batch_size, (value) => this.change({ batchSize: value })),
        this.choice("l2", PENALTIES, given.l2, (value) => this.change({ l2: value })),
        this.activationChoice(),
      ),
      el("div", { class: "layers" }, this.layerCount(), this.layers),
      this.status,
      this.results,
    );
    this.results.append(legend(context, this.validation.n > 0), picture);
    this.showLayers();
    this.showState();
    // The reader went back to the page's own weights, by the slider of the replay say: the next training starts there.
    store.watch(["network", "snapshot"], ({ network }) => {
      if (network === null && this.started) this.giveUp();
    });
  }

  private choice(name: string, values: readonly number[], given: number, change: (value: number) => void): HTMLElement {
    const all = [...new Set([...values, given])].sort((one, other) => one - other);
    const options = all.map((value) => ({ value: String(value), label: formatNumber(value) }));
    return select(this.context.t(`tryit.${name}`), options, String(given), (value) => change(Number(value))).root;
  }

  private activationChoice(): HTMLElement {
    const names = [...new Set([...TRAINABLE_ACTIVATIONS, this.activation])];
    const options = names.map((name) => ({ value: name, label: name }));
    const { root, set } = select(this.context.t("tryit.activation"), options, this.activation, (value) => {
      this.activation = value;
      this.drawRandomWeights(this.seed);
    });
    this.setActivation = (name) => {
      this.activation = name;
      set(name);
    };
    return root;
  }

  /** Buttons to add and remove a hidden layer. */
  private layerCount(): HTMLElement {
    const { t } = this.context;
    const step = (text: string, key: string, sizes: () => number[]): HTMLButtonElement => {
      const click = (): void => {
        this.sizes = sizes();
        this.showLayers();
        this.drawRandomWeights(this.seed);
      };
      return button(text, click, { class: "button icon", "aria-label": t(key), title: t(key) });
    };
    const remove = step("\u2212", "tryit.remove_layer", () => this.sizes.slice(0, -1));
    const add = step("+", "tryit.add_layer", () => [...this.sizes, this.sizes.at(-1) ?? 8]);
    const count = el("output");
    this.showCount = () => {
      count.textContent = String(this.sizes.length);
      add.disabled = this.sizes.length >= MOST_LAYERS;
      remove.disabled = this.sizes.length === 0;
    };
    const label = t("tryit.layers");
    return el("div", { class: "field", role: "group", "aria-label": label }, el("span", { text: label }), remove, count, add);
  }

  /** The number of units of each hidden layer, to change. */
  private showLayers(): void {
    this.showCount();
    this.layers.replaceChildren(
      ...this.sizes.map((units, index) => {
        const input = el("input", { type: "number", min: 1, max: Math.max(MOST_UNITS, units), value: units });
        input.addEventListener("change", () => {
          const asked = Math.round(input.valueAsNumber);
          const within = Number.isNaN(asked) ? this.sizes[index] : Math.min(Math.max(asked, 1), Number(input.max));
          input.value = String(within);
          if (within === this.sizes[index]) return;
          this.sizes = this.sizes.map((size, other) => (other === index ? within : size));
          this.drawRandomWeights(this.seed);
        });
        return el("label", { class: "field" }, el("span", { text: this.context.t("tryit.units", { layer: index + 1 }) }), input);
      }),
    );
  }

  private change(settings: Partial<Settings>): void {
    this.settings = { ...this.settings, ...settings };
    this.send({ type: "settings", settings: this.settings });
  }

  /** Give the trainer a network to start from. */
  private begin(network: PlainNetwork): void {
    this.training += 1;
    this.started = true;
    this.awaiting = true;
    this.loss = [];
    this.validationLoss = [];
    const { training, train, validation, settings, seed } = this;
    this.send({ type: "start", training, network, train, validation, settings, seed });
  }

  /** Start from the weights that the page shows. */
  private beginShown(): void {
    const { network, arrays } = shownModel(this.context);
    this.begin(plainNetwork(network, arrays)!);
  }

  /** Take a new network of random weights, of the chosen layers; training goes on where it runs. */
  private drawRandomWeights(seed: number): void {
    this.seed = seed;
    const nInputs = this.train.inputs.length / this.train.n;
    const nOut = this.train.targets.length / this.train.n;
    this.begin(drawNetwork([nInputs, ...this.sizes, nOut], this.activation, this.head, seed));
  }

  private resume(): void {
    this.running = true;
    this.showState();
    if (this.started) this.next();
    else this.beginShown();
  }

  private pause(): void {
    this.running = false;
    this.showState();
  }

  private oneEpoch(): void {
    this.pause();
    this.wantsEpoch = true;
    if (this.started) this.next();
    else this.beginShown();
  }

  /** Ask for more epochs, where the reader wants more and none are on the way. */
  private next(): void {
    if (this.awaiting || !(this.running || this.wantsEpoch)) return;
    this.awaiting = true;
    const epochs = this.running ? Math.max(1, Math.round(this.loss.length * EPOCHS_SHARE)) : 1;
    this.wantsEpoch = false;
    this.send({ type: "train", epochs, mostMs: FRAME_MS });
  }

  private hear(report: Report): void {
    if (report.training !== this.training) return;
    this.awaiting = false;
    this.loss.push(...report.loss);
    this.validationLoss.push(...report.validation);
    this.context.store.set({ network: networkData(report.network, report.statistics, this.context.model.network) });
    this.showState();
    // After the picture, so that training never outruns it, and rests where the page is not seen.
    requestAnimationFrame(() => this.next());
  }

  /** Back to the page's own network and its settings. */
  private reset(): void {
    this.giveUp();
    this.context.store.set({ network: null });
  }

  private giveUp(): void {
    this.training += 1;
    this.running = this.started = this.awaiting = this.wantsEpoch = false;
    this.loss = [];
    this.validationLoss = [];
    this.sizes = this.own.layers.slice(0, -1).map(({ nOut }) => nOut);
    this.setActivation(firstActivation(this.own) ?? this.activation);
    this.showLayers();
    this.showState();
  }

  private showState(): void {
    const { t } = this.context;
    this.run.textContent = t(this.running ? "tryit.pause" : "tryit.train");
    this.run.classList.toggle("playing", this.running);
    // A screen reader hears the result, not each of many epochs a second.
    this.status.setAttribute("aria-live", this.running ? "off" : "polite");
    this.back.disabled = !this.started;
    const epoch = this.loss.length - 1;
    this.results.hidden = epoch < 0;
    if (epoch < 0) {
      this.status.textContent = t("tryit.not_started");
      return;
    }
    const values = { epoch, loss: formatNumber(this.loss[epoch]), validation: formatNumber(this.validationLoss[epoch]) };
    const both = this.validation.n > 0;
    const text = t(both ? "tryit.now" : "tryit.now_training", values);
    this.status.textContent = text;
    const series: Series[] = [{ kind: "training", values: this.loss, first: 0 }];
    if (both) series.push({ kind: "validation", values: this.validationLoss, first: 0 });
    this.drawCurve({ label: text, xLabel: t("training.epoch"), yLabel: t("training.loss"), series, shown: null, kept: null });
  }
}

function firstActivation({ layers }: PlainNetwork): string | null {
  return layers.length > 1 ? layers[0].activation : null;
}
