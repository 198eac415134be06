/** The trainer beside the page: it trains as long as the page asks for more, so that no queue of results can grow. */

import { type Report, type Request, TrainingSession } from "./training-session";

interface Scope {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(report: Report): void;
}

const scope = self as unknown as Scope;
const session = new TrainingSession();
scope.onmessage = ({ data: request }) => {
  const report = session.answer(request);
  if (report !== null) scope.postMessage(report);
};
