// What a page must hold to at every width and in every colour scheme; each function gives a list of faults in words.
(() => {
  const say = (node) => `${node.parentElement?.closest("[id]")?.id}: "${node.textContent.trim().slice(0, 40)}"`;

  const visible = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (style.display === "none" || style.visibility === "hidden" || Number(style.opacity) === 0) return false;
      if (style.clipPath !== "none" || one.classList.contains("skip")) return false;
    }
    return !element.closest("details:not([open]) > :not(summary)");
  };

  const scrolls = (element) => {
    for (let one = element; one && one !== document.body; one = one.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(one).overflowX)) return true;
    }
    return false;
  };

  function texts(root = document.body) {
    const found = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (!node.textContent.trim() || ["SCRIPT", "STYLE"].includes(node.parentElement.tagName)) continue;
      if (visible(node.parentElement)) found.push(node);
    }
    return found;
  }

  function boxes(node) {
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()].filter((box) => box.width > 0.5 && box.height > 0.5);
  }

  // Text that leaves the page, or is cut off by its container.
  function cut() {
    const faults = [];
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width) faults.push(`the page is ${document.documentElement.scrollWidth} wide`);
    for (const node of texts()) {
      const element = node.parentElement;
      if (scrolls(element)) continue;
      for (const box of boxes(node)) {
        if (box.right > width + 1 || box.left < -1) faults.push(`outside the page: ${say(node)}`);
      }
      const svg = element.closest("svg");
      if (svg) {
        const frame = svg.getBoundingClientRect();
        for (const box of boxes(node)) {
          if (box.right > frame.right + 3 || box.left < frame.left - 3) faults.push(`outside its picture: ${say(node)}`);
        }
      } else if (element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX === "hidden") {
        faults.push(`cut: ${say(node)}`);
      }
    }
    return faults;
  }

  // Pieces of text that lie on each other.
  function overlaps() {
    const faults = [];
    for (const root of document.querySelectorAll("main > section, nav, footer")) {
      const placed = texts(root).flatMap((node) => boxes(node).map((box) => [node, box]));
      placed.sort((one, other) => one[1].top - other[1].top);
      placed.forEach(([node, box], place) => {
        for (const [other, next] of placed.slice(place + 1)) {
          if (next.top >= box.bottom) break;
          const wide = Math.min(box.right, next.right) - Math.max(box.left, next.left);
          const high = Math.min(box.bottom, next.bottom) - Math.max(box.top, next.top);
          const apart = node === other || (scrolls(node.parentElement) && scrolls(other.parentElement));
          if (!apart && wide > 2 && high > 0.4 * Math.min(box.height, next.height)) {
            faults.push(`${say(node)} lies on ${say(other)}`);
          }
        }
      });
    }
    return faults;
  }

  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

  function rgba(colour) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  }

  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));

  function background(element) {
    const layers = [];
    for (let one = element; one; one = one.parentElement) layers.unshift(rgba(getComputedStyle(one).backgroundColor));
    return layers.reduce((below, layer) => over(layer, below), [255, 255, 255]);
  }

  function luminance(colour) {
    const [red, green, blue] = colour.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  // Text that is too faint to be read: below 4.5:1, as WCAG's level AA asks.
  function faint() {
    const faults = [];
    for (const node of texts()) {
      const element = node.parentElement;
      const below = background(element);
      const drawn = element.closest("svg") ? getComputedStyle(element).fill : getComputedStyle(element).color;
      const [light, dark] = [over(rgba(drawn), below), below].map(luminance).sort((one, other) => other - one);
      const contrast = (light + 0.05) / (dark + 0.05);
      if (contrast < 4.5) faults.push(`${contrast.toFixed(2)}: ${say(node)}`);
    }
    return faults;
  }

  // What a screen reader needs: a name a picture, headings in order, a label a region and a scope a heading of a table.
  function unnamed() {
    const faults = [];
    for (const svg of document.querySelectorAll("svg")) {
      if (!svg.getAttribute("aria-label")) faults.push(`a picture without a name in ${svg.closest("[id]")?.id}`);
    }
    for (const image of document.querySelectorAll("img:not([alt])")) faults.push(`no alt text: ${image.src.slice(0, 40)}`);
    for (const heading of document.querySelectorAll("th:not([scope])")) faults.push(`no scope: ${heading.textContent}`);
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    for (const id of new Set(ids.filter((one, place) => ids.indexOf(one) !== place))) faults.push(`the id ${id} twice`);
    let level = 1;
    for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5")) {
      const next = Number(heading.tagName[1]);
      if (next > level + 1) faults.push(`h${next} after h${level}: ${heading.textContent}`);
      level = next;
    }
    for (const region of document.querySelectorAll("[tabindex='0']")) {
      if (!region.getAttribute("aria-label") && !region.getAttribute("aria-labelledby")) faults.push("a region without a name");
    }
    for (const named of document.querySelectorAll("[aria-labelledby]")) {
      const id = named.getAttribute("aria-labelledby");
      if (!document.getElementById(id)) faults.push(`no element ${id}`);
    }
    return faults;
  }

  window.checks = { cut, overlaps, faint, unnamed };
})();
