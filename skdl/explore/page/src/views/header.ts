/** Title of the page, and what it holds. */

import type { PageContext } from "../context";
import { el } from "../dom";
import type { PageData } from "../format";

export function mountHeader(root: HTMLElement, { data, t }: PageContext): void {
  const facts = [
    t(`page.task_${taskOf(data)}`, { target: data.target || data.outputs.join(", ") }),
    t(data.columns.length === 1 ? "page.column" : "page.columns", { n: data.columns.length }),
  ];
  root.append(
    el(
      "header",
      { class: "top" },
      el("p", { class: "kicker", text: t("page.kicker", { model: data.model }) }),
      el("h1", { text: t(data.network === null ? "page.heading_other" : "page.heading", { title: data.title }) }),
      el("p", { class: "facts-line" }, ...facts.map((fact) => el("span", { text: fact }))),
      el("div", { class: "notes" }, ...data.notes.map((note) => el("p", { text: note }))),
    ),
  );
}

function taskOf({ task, coding, outputs }: PageData): "regression" | "binary" | "multilabel" | "one_hot" {
  if (task === "regression") return "regression";
  if (coding === "multilabel") return "multilabel";
  return outputs.length === 2 ? "binary" : "one_hot";
}
