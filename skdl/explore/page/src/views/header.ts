/** Title of the page, and what it holds. */

import type { PageContext } from "../context";
import { el } from "../dom";

export function mountHeader(root: HTMLElement, { data, t }: PageContext): void {
  const facts = [
    t(`page.task_${data.task === "regression" ? "regression" : data.coding || "one_hot"}`, { target: data.target || data.outputs.join(", ") }),
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
