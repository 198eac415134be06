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

/** Start the worker; where the browser allows none, pictures are computed here, a few milliseconds at a time. */
export function createPainter(data: PageData, model: Model): Painter {
  try {
    return new WorkerPainter(data);
  } catch {
    const queue = new PictureQueue(model, data.columns);
    return { request: (kind, request, deliver) => queue.add(kind, request, deliver) };
  }
}

/** A request whose pictures are on their way. */
interface Asked {
  kind: string;
  request: PictureRequest;
  deliver: Deliver;
}

/** After pictures were drawn, this many times as long nothing is drawn: two thirds of the time are left for all else. */
const PAUSE = 2;

class WorkerPainter implements Painter {
  private readonly worker: Worker;
  private readonly asked = new Map<number, Asked>();
  private number = 0;
  private network: NetworkData | null = null;
  /** Pictures that have arrived and are not drawn; the newest of each kind. */
  private readonly arrived = new Map<string, FromWorker>();
  private isWaiting = false;
  private restsUntil = 0;

  constructor(data: PageData) {
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    this.worker = new Worker(url);
    this.worker.onmessage = ({ data: message }: MessageEvent<FromWorker>) => {
      this.arrived.set(message.kind, message);
      this.wait();
    };
    // Rows and texts are nothing to the worker, and may be large.
    this.post({ type: "data", data: { ...data, rows: null, surfaces: null, strings: {} } });
  }

  request(kind: string, request: PictureRequest, deliver: Deliver): void {
    const number = ++this.number;
    // While something is dragged, requests arrive faster than they are computed: what was begun for an older one is shown
    // as long as it has the same axes.
    for (const [older, asked] of this.asked) {
      if (asked.kind === kind && !hasSameLayout(asked.request, request)) this.asked.delete(older);
    }
    this.asked.set(number, { kind, request, deliver });
    if (request.network !== this.network) {
      this.network = request.network;
      this.post({ type: "network", network: request.network });
    }
    this.post({ type: "request", kind, number, request: { ...request, network: null } });
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

  private post(message: ToWorker): void {
    this.worker.postMessage(message);
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
