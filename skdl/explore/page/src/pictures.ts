/** Pictures of the model, computed in a worker, so that dragging stays smooth. */

import type { NetworkData, PageData } from "./format";
import type { PictureRequest } from "./grid";
import { type Deliver, PictureQueue } from "./jobs";
import type { Model } from "./model";
import type { FromWorker, ToWorker } from "./worker";
import source from "worker:./worker";

export interface Painter {
  /**
   * Ask for pictures; `deliver` is called for each of the request's sizes, unless pictures of a newer request of the same kind
   * are there before. Kinds ("surface", "units") do not replace one another.
   */
  request(kind: string, request: PictureRequest, deliver: Deliver): void;
}

export function createPainter(data: PageData, model: Model): Painter {
  return new PacedPainter(data, model);
}

/** Computes the pictures of a numbered request, and hands them to the function that it was made with. */
type Backend = (kind: string, number: number, request: PictureRequest) => void;
type Receive = (message: FromWorker) => void;

/** Start the worker; `fail` is called where the browser does not let it run. */
function inWorker(data: PageData, receive: Receive, fail: () => void): Backend {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.onmessage = ({ data: message }: MessageEvent<FromWorker>) => receive(message);
  worker.onerror = fail;
  const post = (message: ToWorker): void => worker.postMessage(message);
  // Rows and texts are nothing to the worker, and may be large.
  post({ type: "data", data: { ...data, rows: null, surfaces: null, strings: {} } });
  let network: NetworkData | null = null;
  return (kind, number, request) => {
    if (request.network !== network) {
      network = request.network;
      post({ type: "network", network });
    }
    post({ type: "request", kind, number, request: { ...request, network: null } });
  };
}

/** Compute in the page, a few milliseconds at a time. */
function inPage(data: PageData, model: Model, receive: Receive): Backend {
  const queue = new PictureQueue(model, data.columns);
  return (kind, number, request) =>
    queue.add(kind, request, (pictures, isFinal) => receive({ kind, number, pictures, isFinal }));
}

/** A request whose pictures are on their way. */
interface Asked {
  kind: string;
  request: PictureRequest;
  deliver: Deliver;
}

/** After pictures were drawn, this many times as long nothing is drawn: two thirds of the time are left for all else. */
const PAUSE = 2;

class PacedPainter implements Painter {
  private backend: Backend;
  private readonly asked = new Map<number, Asked>();
  private number = 0;
  /** Pictures that have arrived and are not drawn; the newest of each kind. */
  private readonly arrived = new Map<string, FromWorker>();
  private isWaiting = false;
  private restsUntil = 0;

  constructor(data: PageData, model: Model) {
    const receive: Receive = (message) => {
      this.arrived.set(message.kind, message);
      this.wait();
    };
    try {
      this.backend = inWorker(data, receive, () => {
        this.backend = inPage(data, model, receive);
        for (const [number, { kind, request }] of this.asked) this.backend(kind, number, request);
      });
    } catch {
      this.backend = inPage(data, model, receive);
    }
  }

  request(kind: string, request: PictureRequest, deliver: Deliver): void {
    // While something is dragged, requests arrive faster than they are computed: what was begun for an older one is shown
    // as long as it has the same axes.
    for (const [older, asked] of this.asked) {
      if (asked.kind === kind && !hasSameLayout(asked.request, request)) this.asked.delete(older);
    }
    const number = ++this.number;
    this.asked.set(number, { kind, request, deliver });
    this.backend(kind, number, request);
  }

  private wait(): void {
    if (this.isWaiting) return;
    this.isWaiting = true;
    requestAnimationFrame(() => {
      this.isWaiting = false;
      this.drawNext();
    });
  }

  /** One kind a frame: drawing hundreds of units takes longer than computing them, and must not stop what is dragged. */
  private drawNext(): void {
    const [next] = this.arrived.values();
    const start = performance.now();
    if (next !== undefined && start >= this.restsUntil) {
      this.arrived.delete(next.kind);
      this.deliver(next);
      const end = performance.now();
      this.restsUntil = end + PAUSE * (end - start);
    }
    if (this.arrived.size > 0) this.wait();
  }

  private deliver({ kind, number, pictures, isFinal }: FromWorker): void {
    const found = this.asked.get(number);
    for (const [other, asked] of this.asked) {
      if (asked.kind === kind && (other < number || (other === number && isFinal))) this.asked.delete(other);
    }
    found?.deliver(pictures, isFinal);
  }
}

/** Whether the pictures of two requests stand at the same place: only the row or the weights differ. */
function hasSameLayout(a: PictureRequest, b: PictureRequest): boolean {
  return (
    a.x === b.x &&
    a.y === b.y &&
    a.member === b.member &&
    a.outputs === b.outputs &&
    a.units.length === b.units.length &&
    a.units.every(({ stage, index }, k) => stage === b.units[k].stage && index === b.units[k].index)
  );
}
