/** Pictures computed one after the other, where of each kind only the newest request counts. */

import { computePictures, type PictureRequest, type Pictures } from "./grid";
import type { Column, NetworkData } from "./format";
import type { Model } from "./model";

/** Where the pictures of a request go; `isFinal` for those of the last size. */
export type Deliver = (pictures: Pictures, isFinal: boolean) => void;

interface Job {
  request: PictureRequest;
  deliver: Deliver;
  /** Which of the request's sizes is next. */
  next: number;
}

/**
 * A queue of requests. A newer request of a kind takes the place of the older one. The first size of a request that was begun
 * is finished all the same, so that pictures keep coming while requests arrive faster than they can be computed; larger sizes
 * are given up.
 */
export class PictureQueue {
  private readonly waiting = new Map<string, Job>(); // in the order of arrival
  private isRunning = false;
  private trained: { network: NetworkData; model: Model } | null = null;

  constructor(
    private readonly model: Model,
    private readonly columns: readonly Column[],
  ) {}

  add(kind: string, request: PictureRequest, deliver: Deliver): void {
    this.waiting.delete(kind);
    this.waiting.set(kind, { request, deliver, next: 0 });
    if (!this.isRunning) void this.run();
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    try {
      for (let [next] = this.waiting; next !== undefined; [next] = this.waiting) await this.compute(...next);
    } finally {
      this.isRunning = false;
    }
  }

  private async compute(kind: string, job: Job): Promise<void> {
    this.waiting.delete(kind);
    const isFirst = job.next === 0;
    const { request } = job;
    const pictures = await computePictures(this.modelOf(request), this.columns, request, request.sizes[job.next], async () => {
      await breathe();
      return isFirst || ![...this.waiting.values()].some(({ next }) => next === 0);
    });
    const isReplaced = this.waiting.has(kind);
    if (pictures === null) {
      if (!isReplaced) this.waiting.set(kind, job); // begun again when the newer pictures of other kinds are there
      return;
    }
    const isFinal = job.next === request.sizes.length - 1;
    job.deliver(pictures, isFinal);
    if (!isFinal && !isReplaced) this.waiting.set(kind, { ...job, next: job.next + 1 });
  }

  private modelOf({ network, snapshot }: PictureRequest): Model {
    if (network === null) return this.model.withSnapshot(snapshot);
    if (this.trained?.network !== network) this.trained = { network, model: this.model.withNetwork(network) };
    return this.trained.model;
  }
}

const breathing = new MessageChannel();
const resumes: (() => void)[] = [];
breathing.port1.onmessage = () => resumes.shift()?.();

/** Let messages and events that arrived in the meantime be handled. Timers would wait 4 ms each. */
function breathe(): Promise<void> {
  return new Promise((resume) => {
    resumes.push(resume);
    breathing.port2.postMessage(null);
  });
}
