/** Elements, and the controls that all views share. Texts become text nodes, never markup. */

type Attribute = string | number | boolean | null | undefined;
type Listeners = { [name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[name]) => void };
export type Child = Node | string | null;

export interface Properties {
  class?: string;
  text?: string;
  on?: Listeners;
  /** Attributes as in HTML; true stands for an empty one, false, null and undefined for none. */
  [attribute: string]: Attribute | Listeners;
}

function fill(element: Element, properties: Properties, children: readonly Child[]): void {
  for (const [name, value] of Object.entries(properties)) {
    if (name === "text") element.textContent = String(value);
    else if (name === "on") {
      for (const [event, listener] of Object.entries(value as Listeners))
        element.addEventListener(event, listener as EventListener);
    } else setAttribute(element, name, value as Attribute);
  }
  for (const child of children) if (child !== null) element.append(child);
}

export function setAttribute(element: Element, name: string, value: Attribute): void {
  if (value === false || value === null || value === undefined) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  fill(element, properties, children);
  return element;
}

export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: Child[]
): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  fill(element, properties, children);
  return element;
}

/** Calls `draw` once in the next frame, however often it is asked for before that. */
export function onFrame(draw: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}

let lastId = 0;
export function newId(prefix: string): string {
  lastId += 1;
  return `${prefix}-${lastId}`;
}

export interface Option<Value extends string> {
  value: Value;
  label: string;
}

/** A select with its label before it. `change` hears the chosen value. */
export function select<Value extends string>(
  label: string,
  options: readonly Option<Value>[],
  value: Value,
  change: (value: Value) => void,
): { root: HTMLLabelElement; set(value: Value): void } {
  const control = el(
    "select",
    { on: { change: () => change(control.value as Value) } },
    ...options.map((option) => el("option", { value: option.value, text: option.label })),
  );
  control.value = value;
  const root = el("label", { class: "field" }, el("span", { text: label }), control);
  return {
    root,
    set(chosen) {
      control.value = chosen;
    },
  };
}

/** A choice among few, all of them seen: radio buttons drawn as one bar. */
export function segmented<Value extends string>(
  label: string,
  options: readonly Option<Value>[],
  value: Value,
  change: (value: Value) => void,
): { root: HTMLFieldSetElement; set(value: Value): void } {
  const name = newId("choice");
  const controls = options.map((option) =>
    el("input", {
      type: "radio",
      name,
      value: option.value,
      checked: option.value === value,
      on: { change: () => change(option.value) },
    }),
  );
  const root = el(
    "fieldset",
    { class: "segmented" },
    el("legend", { class: "hidden", text: label }),
    ...options.map((option, k) => el("label", {}, controls[k], el("span", { text: option.label }))),
  );
  return {
    root,
    set(chosen) {
      for (const control of controls) control.checked = control.value === chosen;
    },
  };
}

export function button(label: string, click: () => void, properties: Properties = {}): HTMLButtonElement {
  return el("button", { type: "button", class: "button", text: label, on: { click }, ...properties });
}

/** Asking a canvas for its context costs more than small pictures do. */
const contexts = new WeakMap<HTMLCanvasElement, CanvasRenderingContext2D>();

/** A canvas of `width` x `height` CSS pixels, sharp on dense screens, with its context scaled so that one unit is one such pixel. */
export function sizeCanvas(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const density = Math.min(3, window.devicePixelRatio || 1);
  const [w, h] = [Math.max(1, Math.round(width * density)), Math.max(1, Math.round(height * density))];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  let context = contexts.get(canvas);
  if (context === undefined) {
    const made = canvas.getContext("2d");
    if (made === null) throw new Error("dom: the browser gives no canvas");
    contexts.set(canvas, (context = made));
  }
  context.setTransform(density, 0, 0, density, 0, 0);
  return context;
}
