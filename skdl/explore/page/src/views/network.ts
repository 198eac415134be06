/**
 * The network as a drawing: columns with their inputs, layers of units, outputs, and the weights between them as lines.
 *
 * HTML holds the parts, so that text wraps and every unit can have the focus; two canvases below and above them hold the
 * lines: all of them, and those of the unit under the pointer.
 */

import { axisOf, shareOf } from "../axes";
import { type Context, SHOWN, shownModel } from "../context";
import { button, el, onFrame, segmented, select, sizeCanvas } from "../dom";
import type { Member, NetworkData } from "../format";
import { embeddedFrom, linksInto, type Links, strongest } from "../links";
import { cellsOf } from "../model";
import { type Plane, watchPlane } from "../plane";
import type { Unit } from "../store";
import { formatNumber } from "../strings";
import { type Colour, css, currentTheme } from "../theme";
import { fitGrid, gridOf, READABLE, Tiles, type UnitPictures, type UnitState } from "../tiles";
import { fullColourOf, isSameUnit, stageName } from "../units";
import { createInputs, type InputList } from "./inputs";
import { createOutputs, type OutputList } from "./outputs";
import { createUnitDetail } from "./unit";

/** Width below which the ends of the drawing are made as narrow as can be. */
const NARROW = 440;
/** Lines between two layers; weaker ones would only make a grey veil. */
const MOST_LINES = 420;
const MOST_LINES_OF_A_UNIT = 60;
const SHEET_TILE = 52;
const NO_BANDS = { x: false, y: false };

/** A layer between inputs and outputs. */
interface LayerView {
  stage: number;
  root: HTMLElement;
  tiles: Tiles;
}

export function mountNetwork(root: HTMLElement, unitRoot: HTMLElement, context: Context): void {
  const { data, store, t } = context;
  const below = el("canvas", { class: "links", "aria-hidden": "true" });
  const above = el("canvas", { class: "links above", "aria-hidden": "true" });
  const stages = el("div", { class: "stages" });
  const diagram = el("div", { class: "diagram" }, below, stages, above);
  const sheet = el("div", { class: "units", hidden: true });
  const detail = createUnitDetail(unitRoot, context);
  root.append(...memberChoice(context), el("div", { class: "diagram-box" }, diagram), createLegend(context), sheet);

  let member: Member = shownModel(context).network.members[0];
  let links: (Links | null)[] = [];
  let largest: number[] = [];
  let inputs: InputList;
  let outputs: OutputList;
  let layers: LayerView[] = [];
  let pictures: UnitPictures[] = [];
  let sheetView: { stage: number; tiles: Tiles } | null = null;

  const network = (): NetworkData => shownModel(context).network;

  // Structure: built again for another member, or for a network of another shape that was trained in the page.
  let built = "";
  function build(): void {
    const state = store.get();
    member = network().members[Math.min(state.member, network().members.length - 1)];
    const shape = JSON.stringify([state.member, member.stages.map(({ kind, n_units, activation }) => [kind, n_units, activation])]);
    if (shape === built) return;
    built = shape;
    closeSheet();
    pictures = [];
    // A network of other layers, trained in the page, may have no such unit.
    const { unit } = state;
    const isThere = unit === null || unit.stage < 0 || unit.index < (member.stages[unit.stage]?.n_units ?? 0);
    store.set({ pointed: null, unit: isThere ? unit : null });
    inputs = createInputs(context, { point, choose });
    outputs = createOutputs(context, member, { point, choose });
    layers = member.stages.flatMap((stage, position) => (stage.kind === "output" ? [] : [createLayer(position)]));
    stages.replaceChildren(inputs.root, ...layers.map((layer) => layer.root), outputs.root);
    layout();
  }

  function createLayer(stage: number): LayerView {
    const { n_units: nUnits, activation } = member.stages[stage];
    const name = stageName(context, member, stage);
    const tiles = new Tiles(nUnits, name, {
      point: (index) => point(index === null ? null : { stage, index }),
      choose: (index) => choose({ stage, index }),
      label: (index) => unitLabel(stage, index),
    });
    const open = button(t("network.open"), () => openSheet(stage), {
      class: "open",
      "aria-label": t("network.open_label", { layer: name }),
    });
    const title = el("div", { class: "stage-title" }, el("strong", { text: name }));
    title.append(el("span", { text: activation === "" ? String(nUnits) : `${nUnits} \u00b7 ${activation}` }), open);
    return { stage, tiles, root: el("div", { class: "stage layer" }, title, tiles.root) };
  }

  function unitLabel(stage: number, index: number): string {
    const state = member.stages[stage].state[index] ?? "";
    const value = formatNumber(activations[stage]?.[index] ?? NaN);
    const label = t("network.unit_label", { layer: stageName(context, member, stage), unit: index + 1, value });
    return state === "" ? label : `${label}, ${t(`network.${state}`)}`;
  }

  function openSheet(stage: number): void {
    closeSheet();
    const { n_units: nUnits } = member.stages[stage];
    const name = stageName(context, member, stage);
    const tiles = new Tiles(nUnits, name, {
      point: (index) => point(index === null ? null : { stage, index }),
      choose: (index) => choose({ stage, index }),
      label: (index) => unitLabel(stage, index),
    });
    sheet.replaceChildren(
      el("div", { class: "units-head" }, el("h3", { text: t("network.sheet", { layer: name, n: nUnits }) }), button(t("network.close"), closeSheet)),
      tiles.root,
    );
    sheet.hidden = false;
    sheetView = { stage, tiles };
    layoutSheet();
    showSheet();
  }

  function closeSheet(): void {
    sheet.hidden = true;
    sheet.replaceChildren();
    sheetView = null;
  }

  function layoutSheet(): void {
    if (sheetView === null) return;
    const nUnits = member.stages[sheetView.stage].n_units;
    const nAcross = Math.max(1, Math.floor((sheet.clientWidth + 6) / (SHEET_TILE + 6)));
    sheetView.tiles.layout(gridOf(nUnits, SHEET_TILE, Math.min(nAcross, nUnits), 6));
  }

  function showSheet(): void {
    if (sheetView === null) return;
    const shown = pictures[sheetView.stage];
    if (shown !== undefined) sheetView.tiles.show(shown, statesOf(sheetView.stage));
    sheetView.tiles.setMark(mark());
  }

  // Layout: tiles as large as fit, then the lines from where things stand.
  function layout(): void {
    const width = diagram.parentElement?.clientWidth ?? 0;
    if (width === 0) return;
    // Deep networks need the room between their ends.
    const isNarrow = width < NARROW + 70 * Math.max(0, layers.length - 2);
    const height = width >= 900 ? 470 : width < NARROW ? 390 : 430;
    const largestTile = data.image === null ? 52 : 72;
    diagram.classList.toggle("narrow", isNarrow);
    const ends = inputs.layout(width, isNarrow) + outputs.layout(width, height, isNarrow);
    const gap = isNarrow ? 24 : Math.max(layers.length > 2 ? 32 : 40, Math.min(120, (width - ends) / (layers.length * (data.image === null ? 2 : 3) + 2)));
    const room = (width - ends - gap * (layers.length + 1)) / Math.max(1, layers.length);
    const smallest = 34;
    diagram.classList.toggle("deep", room < 62);
    for (const { stage, tiles, root: layer } of layers) {
      const grid = fitGrid(member.stages[stage].n_units, Math.min(230, Math.max(smallest, room)), height, stage === 0 ? largestTile : 52);
      tiles.layout(grid);
      layer.classList.toggle("small", grid.size < READABLE);
    }
    const least = ends + layers.reduce((sum, { tiles }) => sum + tiles.grid.width, 0) + (isNarrow ? 15 : 22) * (layers.length + 1);
    diagram.style.minWidth = least > width ? `${Math.ceil(least)}px` : "";
    layoutSheet();
    drawLinks();
  }

  // Lines.
  function readLinks(): void {
    const model = shownModel(context);
    links = member.stages.map((_, stage) => linksInto(member, stage, model.arrays));
    // Weights of all snapshots have the width that they have beside the kept ones, so that they are seen to grow.
    const kept = context.model.network.members[store.get().member];
    const isSame = store.get().network === null && kept !== undefined;
    largest = links.map((own, stage) => (isSame ? linksInto(kept, stage, context.model.arrays)?.largest : own?.largest) || 1);
  }

  interface Point {
    x: number;
    y: number;
  }

  /** Where lines leave a unit (right) and arrive at it (left); for a unit of a layer in several columns at the layer's edge. */
  function anchor(stage: number, index: number, side: "left" | "right", atTile: boolean): Point | null {
    const origin = stages.getBoundingClientRect();
    if (stage < 0) return inputs.port(index, origin);
    if (member.stages[stage].kind === "output") return outputs.port(index, origin);
    const layer = layers.find((one) => one.stage === stage);
    if (layer === undefined) return null;
    const box = layer.tiles.root.getBoundingClientRect();
    const corner = layer.tiles.corner(index);
    const { size, width, nAcross, nDown } = layer.tiles.grid;
    const left = box.left - origin.left;
    const y = box.top - origin.top + corner.y + size / 2;
    if (side === "left") return { x: left + (atTile ? corner.x : 0) - 1, y };
    // The last line of tiles may be shorter than the others.
    const end = Math.floor(index / nAcross) === nDown - 1 ? layer.tiles.corner(layer.tiles.nUnits - 1).x + size : width;
    return { x: left + (atTile ? corner.x + size : end) + 1, y };
  }

  function strokeLink(target: CanvasRenderingContext2D, from: Point, to: Point, size: number, colour: Colour, emphasis: number): void {
    const bend = (to.x - from.x) * 0.45;
    target.beginPath();
    target.moveTo(from.x, from.y);
    target.bezierCurveTo(from.x + bend, from.y, to.x - bend, to.y, to.x, to.y);
    target.lineWidth = (0.35 + 3.4 * size) * (emphasis > 1 ? 1.15 : 1);
    target.strokeStyle = css(colour, Math.min(1, (0.06 + 0.74 * size ** 1.1) * emphasis));
    target.stroke();
  }

  function canvasOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
    const box = stages.getBoundingClientRect();
    canvas.style.width = `${box.width}px`;
    canvas.style.height = `${box.height}px`;
    const target = sizeCanvas(canvas, box.width, box.height);
    target.clearRect(0, 0, box.width, box.height);
    return target;
  }

  const drawLinks = onFrame(() => {
    const target = canvasOf(below);
    const { negative, positive } = currentTheme();
    links.forEach((own, stage) => {
      if (data.image !== null && stage === 0) return drawImageLinks(target);
      if (own === null) return drawEmbeddingLinks(target, stage);
      const fromPoints = Array.from({ length: own.nIn }, (_, k) => anchor(stage - 1, k, "right", false));
      const toPoints = Array.from({ length: own.nOut }, (_, k) => anchor(stage, k, "left", false));
      // Many lines are drawn thinner, so that the drawing stays as light.
      const crowd = Math.min(1, Math.max(0.35, 14 / Math.sqrt(own.nIn * own.nOut)));
      for (const k of strongest(own, MOST_LINES)) {
        const from = fromPoints[Math.floor(k / own.nOut)];
        const to = toPoints[k % own.nOut];
        const weight = own.weights[k];
        const size = Math.min(1.3, Math.abs(weight) / largest[stage]);
        if (from && to) strokeLink(target, from, to, size * (0.4 + 0.6 * crowd), weight < 0 ? negative : positive, crowd);
      }
    });
    drawPointed();
  });

  /** Of an image each unit has a weight for every pixel: lines stand for all of them together. */
  function drawImageLinks(target: CanvasRenderingContext2D): void {
    const box = stages.getBoundingClientRect();
    const { n_units: nUnits } = member.stages[0];
    const { soft } = currentTheme();
    for (let unit = 0; unit < nUnits; unit++) {
      const from = inputs.port(nUnits === 1 ? 0.5 : unit / (nUnits - 1), box);
      const to = anchor(0, unit, "left", false);
      if (from && to) strokeLink(target, from, to, 0.12, soft, 1);
    }
  }

  /** An embedding has no weights between a column and its values, only which values are whose. */
  function drawEmbeddingLinks(target: CanvasRenderingContext2D, stage: number): void {
    const { soft } = currentTheme();
    embeddedFrom(member, stage, shownModel(context).arrays).forEach((input, unit) => {
      const from = anchor(stage - 1, input, "right", false);
      const to = anchor(stage, unit, "left", false);
      if (from && to) strokeLink(target, from, to, 0.2, soft, 1);
    });
  }

  const drawPointed = onFrame(() => {
    const target = canvasOf(above);
    const { pointed } = store.get();
    diagram.classList.toggle("pointed", pointed !== null);
    if (pointed === null) return;
    const { negative, positive } = currentTheme();
    const { stage, index } = pointed;
    const lines: { from: Point | null; to: Point | null; weight: number; size: number }[] = [];
    const into = stage >= 0 ? links[stage] : null;
    if (into && !(data.image !== null && stage === 0)) {
      for (let k = 0; k < into.nIn; k++) {
        const weight = into.weights[k * into.nOut + index];
        lines.push({ from: anchor(stage - 1, k, "right", true), to: anchor(stage, index, "left", true), weight, size: Math.abs(weight) / largest[stage] });
      }
    }
    const out = links[stage + 1];
    if (out && index < out.nIn) {
      for (let k = 0; k < out.nOut; k++) {
        const weight = out.weights[index * out.nOut + k];
        lines.push({ from: anchor(stage, index, "right", true), to: anchor(stage + 1, k, "left", true), weight, size: Math.abs(weight) / largest[stage + 1] });
      }
    }
    lines.sort((a, b) => b.size - a.size);
    for (const { from, to, weight, size } of lines.slice(0, MOST_LINES_OF_A_UNIT).reverse()) {
      if (from && to) strokeLink(target, from, to, Math.min(1.3, size), weight < 0 ? negative : positive, 1.5);
    }
  });

  function point(unit: Unit | null): void {
    store.set({ pointed: unit });
  }

  function choose(unit: Unit): void {
    const { unit: chosen } = store.get();
    store.set({ unit: isSameUnit(chosen, unit) ? null : unit });
  }

  // Values of the shown row.
  let activations: Float32Array[] = [];
  function readRow(): void {
    const state = store.get();
    const model = shownModel(context);
    const computed = model.compute(cellsOf([state.cells]), 1, Math.min(state.member, model.network.members.length - 1));
    activations = computed.stages;
    inputs.show(computed.inputs);
    outputs.show(computed.outputs);
    if (data.image !== null) showImagePictures();
    for (const { tiles } of layers) tiles.setMark(mark());
    sheetView?.tiles.setMark(mark());
    showDetail();
  }

  /** Where the row stands in the pictures of units; none in those of an image's weights. */
  function mark(): Point | null {
    const state = store.get();
    if (data.image !== null || state.rest !== "row") return null;
    const x = shareOf(axisOf(data, state.x), state.cells[state.x]);
    const y = shareOf(axisOf(data, state.y), state.cells[state.y]);
    return x === null || y === null || x < 0 || x > 1 || y < 0 || y > 1 ? null : { x, y };
  }

  function statesOf(stage: number): readonly UnitState[] {
    // What Python found holds for the kept weights alone.
    return store.get().network === null && store.get().snapshot === null ? member.stages[stage].state : [];
  }

  function showPictures(stage: number, shown: UnitPictures): void {
    pictures[stage] = shown;
    const layer = layers.find((one) => one.stage === stage);
    layer?.tiles.show(pictures[stage], statesOf(stage));
    if (sheetView?.stage === stage) showSheet();
  }

  function showPlane(plane: Plane): void {
    let first = 0;
    member.stages.forEach(({ n_units: nUnits }, stage) => {
      const values = plane.units.slice(first, first + nUnits);
      first += nUnits;
      if (values.length !== nUnits) return; // of another member, which was shown when they were asked for
      const bands = { x: plane.x.categories !== null, y: plane.y.categories !== null };
      showPictures(stage, { nx: plane.nx, ny: plane.ny, values, scales: scalesOf(stage, values), topDown: false, bands });
    });
    outputs.showPlane(plane);
    showDetail();
  }

  function scalesOf(stage: number, values: readonly Float32Array[]): number[] {
    const isTrainedHere = store.get().network !== null;
    return values.map((own, index) => fullColourOf(member, { stage, index }, own, isTrainedHere));
  }

  /** Of images: units of the first layer as their weights of the pixels, later ones as their value for the drawn image. */
  function showImagePictures(): void {
    if (data.image === null) return;
    const { height, width } = data.image;
    member.stages.forEach(({ kind, n_units: nUnits }, stage) => {
      if (kind === "output") return;
      const own = links[stage];
      if (stage === 0 && own !== null && own !== undefined && own.nIn === data.inputs.length) {
        if (pictures[stage] !== undefined && !imageIsStale) return;
        const values = Array.from({ length: nUnits }, (_, unit) => {
          const pixels = new Float32Array(height * width); // pixels that the pipeline leaves out keep 0
          data.inputs.forEach(({ column }, input) => (pixels[column] = own.weights[input * nUnits + unit]));
          return pixels;
        });
        showPictures(stage, { nx: width, ny: height, values, scales: values.map(spreadOf), topDown: true, bands: NO_BANDS });
      } else {
        const values = Array.from(activations[stage], (value) => Float32Array.of(value));
        showPictures(stage, { nx: 1, ny: 1, values, scales: scalesOf(stage, values), topDown: true, bands: { x: true, y: true } });
      }
    });
    imageIsStale = false;
  }
  let imageIsStale = true;

  function showDetail(): void {
    const state = store.get();
    const unit = state.pointed ?? state.unit;
    detail.show(unit, member, links, activations, pictures);
  }

  store.watch(["member", ...SHOWN], () => {
    build();
    readLinks();
    imageIsStale = true;
    readRow();
    drawLinks();
  });
  store.watch(["cells", "x", "y", "rest"], readRow);
  store.set({ unit: mostTelling(member, links) });
  store.watch(["unit"], ({ unit }) => {
    for (const { stage, tiles } of layers) tiles.choose(unit?.stage === stage ? unit.index : null);
    showDetail();
  });
  store.watch(["pointed"], () => {
    drawPointed();
    showDetail();
  });
  store.watch(["dark"], () => {
    for (const { stage, tiles } of layers) if (pictures[stage] !== undefined) tiles.show(pictures[stage], statesOf(stage));
    showSheet();
    outputs.repaint();
    drawLinks();
    showDetail();
  });
  if (data.image === null) {
    const nWeights = context.model.arrays.reduce((sum, { values }) => sum + values.length, 0);
    watchPlane(
      context,
      {
        kind: "units",
        sizes: nWeights > 8000 ? [12, 24] : [24],
        outputs: true,
        units: () => member.stages.flatMap(({ n_units: n }, stage) => Array.from({ length: n }, (_, index) => ({ stage, index }))),
      },
      showPlane,
    );
  }
  new ResizeObserver(layout).observe(root);
}

/** The unit of the last hidden layer on which the outputs depend most: the one that is shown large at first. */
function mostTelling(member: Member, links: readonly (Links | null)[]): Unit | null {
  const stage = member.stages.map(({ kind }) => kind).lastIndexOf("hidden");
  const out = links[stage + 1];
  if (stage < 0 || !out) return null;
  const { minimum, maximum } = member.stages[stage];
  let [best, most] = [0, -1];
  for (let unit = 0; unit < out.nIn; unit++) {
    let size = 0;
    for (let k = 0; k < out.nOut; k++) size = Math.max(size, Math.abs(out.weights[unit * out.nOut + k]));
    const effect = size * ((maximum[unit] ?? 1) - (minimum[unit] ?? 0));
    if (effect > most) [best, most] = [unit, effect];
  }
  return { stage, index: best };
}

/** The size of nearly all weights of a unit: a few large ones must not make all others pale. */
function spreadOf(weights: Float32Array): number {
  const sizes = Float32Array.from(weights, Math.abs).sort();
  return sizes[Math.floor(0.99 * (sizes.length - 1))] || 1;
}

function memberChoice(context: Context): HTMLElement[] {
  const { store, t } = context;
  const n = context.model.network.members.length;
  if (n === 1) return [];
  const options = Array.from({ length: n }, (_, k) => ({ value: String(k), label: String(k + 1) }));
  const change = (value: string): void => store.set({ member: Number(value), unit: null });
  const choice =
    n <= 10
      ? segmented(t("network.member"), options, "0", change)
      : select(t("network.member"), options, "0", change);
  return [el("div", { class: "members" }, el("span", { class: "note", text: t("network.members", { n }) }), choice.root)];
}

function createLegend({ data, t }: Context): HTMLElement {
  const states = new Set(data.network?.members.flatMap(({ stages }) => stages.flatMap(({ state }) => state)) ?? []);
  return el(
    "div",
    { class: "legend" },
    el("span", { text: t("network.scale") }),
    el("span", { class: "scale" }, el("span", { text: t("network.negative") }), el("i", { class: "ramp" }), el("span", { text: t("network.positive") })),
    states.has("dead") ? el("span", {}, el("i", { class: "glyph dead" }), t("network.dead_legend")) : null,
    states.has("saturated") ? el("span", {}, el("i", { class: "glyph saturated" }), t("network.saturated_legend")) : null,
  );
}
