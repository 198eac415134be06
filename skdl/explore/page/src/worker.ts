/** Entry of the worker that computes pictures beside the page; `pictures.ts` starts it. */

import type { Column, NetworkData, PageData } from "./format";
import type { PictureRequest, Pictures } from "./grid";
import { PictureQueue } from "./jobs";
import { createModel } from "./model";

export type ToWorker =
  | { type: "data"; data: PageData }
  /** A network that was trained in the page, for the requests that follow; its data are large, so they come once. */
  | { type: "network"; network: NetworkData | null }
  | { type: "request"; kind: string; number: number; request: PictureRequest };

export interface FromWorker {
  kind: string;
  number: number;
  pictures: Pictures;
  isFinal: boolean;
}

/** What of a worker's global scope is used here; TypeScript's own types of it contradict those of a page. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker, transfer: Transferable[]): void;
}
const scope = self as unknown as WorkerScope;

let queue: Promise<PictureQueue> | null = null;
let network: NetworkData | null = null;

scope.onmessage = ({ data: message }) => {
  if (message.type === "data") queue = start(message.data);
  else if (message.type === "network") network = message.network;
  else {
    const { kind, number } = message;
    const request = { ...message.request, network };
    void queue?.then((ready) =>
      ready.add(kind, request, (pictures, isFinal) => {
        const { xs, ys, outputs, units } = pictures;
        const buffers = [xs, ys, ...outputs, ...units].map((values) => values.buffer);
        scope.postMessage({ kind, number, pictures, isFinal }, buffers);
      }),
    );
  }
};

async function start(data: PageData): Promise<PictureQueue> {
  const model = await createModel(data);
  if (model === null) throw new Error("worker: the page has no network");
  const columns: readonly Column[] = data.columns;
  return new PictureQueue(model, columns);
}
