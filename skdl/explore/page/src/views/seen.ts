/** Pictures and values that are out of sight need not follow each movement. */

import { onFrame } from "../dom";

/** How long nothing must be asked for until also what is out of sight is drawn: it may be printed, or read aloud. */
const REST_MS = 500;

/**
 * Call `draw` once in the next frame, however often it is asked for before that; while `element` is out of sight, once
 * it comes near, or all else rests.
 */
export function whenSeen(element: Element, draw: () => void): () => void {
  let isSeen = true; // until the observer says otherwise
  let isWaiting = false;
  let timer = 0;
  const inFrame = onFrame(draw);
  const drawWaiting = (): void => {
    window.clearTimeout(timer);
    if (isWaiting) inFrame();
    isWaiting = false;
  };
  new IntersectionObserver(
    (entries) => {
      isSeen = entries.at(-1)?.isIntersecting ?? true;
      if (isSeen) drawWaiting();
    },
    { rootMargin: "25%" },
  ).observe(element);
  return () => {
    if (isSeen) {
      inFrame();
      return;
    }
    isWaiting = true;
    window.clearTimeout(timer);
    timer = window.setTimeout(drawWaiting, REST_MS);
  };
}
