/** The trainer as the page asks it: in a worker, or in the page where the browser refuses workers. */

import { type Report, type Request, TrainingSession } from "./training-session";
import source from "worker:./trainer-worker";

type Hear = (report: Report) => void;
type Send = (request: Request) => void;

/** Start a trainer, whose reports `hear` gets; return how to ask it. */
export function startTrainer(hear: Hear): Send {
  // Requests without an answer, which are asked again where the worker turns out not to run.
  let unanswered: Request[] = [];
  let send: Send;
  const fail = (): void => {
    send = inPage(hear);
    unanswered.forEach(send);
  };
  try {
    const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    worker.onmessage = ({ data: report }: MessageEvent<Report>) => {
      unanswered = [];
      hear(report);
    };
    worker.onerror = fail;
    send = (request) => {
      unanswered.push(request);
      worker.postMessage(request);
    };
  } catch {
    send = inPage(hear);
  }
  return (request) => send(request);
}

function inPage(hear: Hear): Send {
  const session = new TrainingSession();
  return (request) => {
    // Later, as from a worker.
    setTimeout(() => {
      const report = session.answer(request);
      if (report !== null) hear(report);
    });
  };
}
