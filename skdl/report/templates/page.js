"use strict";

// Tables of class "sortable" are sorted by a click on a heading: by the number in data-sort, or by the text.
for (const table of document.querySelectorAll("table.sortable")) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const upwards = heading.getAttribute("aria-sort") !== "ascending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", upwards ? "ascending" : "descending");
      sortRows(table.tBodies[0], column, upwards);
    });
  });
}

function sortRows(body, column, upwards) {
  const keyed = [...body.rows].map((row) => [sortKey(row.cells[column]), row]);
  keyed.sort(([a], [b]) => {
    if (a === null || b === null) return (a === null) - (b === null); // what has no value comes last either way
    const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
    return upwards ? order : -order;
  });
  body.append(...keyed.map(([, row]) => row));
}

function sortKey(cell) {
  const text = cell.dataset.sort ?? cell.textContent.trim();
  if (text === "" || text === "\u2013") return null;
  const number = Number(text.replace(/[,\s%]/g, "").replace("\u2212", "-"));
  return Number.isNaN(number) ? text : number;
}

// Sections are folded. A link to one opens it, paper shows all of them.
const folds = [...document.querySelectorAll("details")];

function openLinked() {
  const fold = document.getElementById(location.hash.slice(1))?.querySelector("details.fold");
  if (fold) fold.open = true;
}
document.querySelectorAll("nav a").forEach((link) => link.addEventListener("click", () => setTimeout(openLinked)));
addEventListener("hashchange", openLinked);
openLinked();
document.getElementById("open-all").addEventListener("click", () => folds.forEach((fold) => { fold.open = true; }));

let closed = [];
addEventListener("beforeprint", () => {
  closed = folds.filter((fold) => !fold.open);
  closed.forEach((fold) => { fold.open = true; });
});
addEventListener("afterprint", () => closed.forEach((fold) => { fold.open = false; }));

// The table of contents marks the section that is being read.
const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
const sections = [...document.querySelectorAll("main > section")];

function follow() {
  const line = innerHeight / 3;
  const passed = sections.filter((section) => section.getBoundingClientRect().top <= line);
  const ended = innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
  const current = ended ? sections.at(-1) : passed.at(-1) ?? sections[0];
  for (const [name, link] of links) {
    if (name !== current.id) link.removeAttribute("aria-current");
    else if (!link.hasAttribute("aria-current")) {
      link.setAttribute("aria-current", "true");
      const list = link.closest("ul");
      list.scrollTo({ left: link.offsetLeft - list.clientWidth / 2, behavior: "instant" });
    }
  }
}
addEventListener("scroll", follow, { passive: true });
addEventListener("resize", follow, { passive: true });
follow();
