// A function that finds text and graphics with too little contrast to what is behind them.
//
// It takes a selector of the elements to look into, and whether to look at them as they are or at
// what each kind of them has while it has the focus. What is behind is composited as the browser
// does: each ancestor's background colour over that of its own ancestors, and each one's opacity
// over what is behind it. Images are not looked at.
({ selector, focus }) => {
  const TEXT = 4.5;
  const LARGE_TEXT = 3;
  const GRAPHICS = 3;
  const CONTROLS = "input, select, textarea";
  const FOCUSABLE = `a[href], button, input:not([type="hidden"]), select, textarea, summary,
    [tabindex="0"]`;

  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const colours = new Map();

  // Any colour that CSS can compute, as red, green, blue (0 to 255) and alpha (0 to 1).
  function colour(css) {
    if (!colours.has(css)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = css;
      pen.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
      colours.set(css, [red, green, blue, alpha / 255]);
    }
    return colours.get(css);
  }

  function over(above, below) {
    const alpha = above[3] + below[3] * (1 - above[3]);
    if (alpha === 0) return [0, 0, 0, 0];
    const mixed = [0, 1, 2].map(
      (i) => (above[i] * above[3] + below[i] * below[3] * (1 - above[3])) / alpha,
    );
    return [...mixed, alpha];
  }

  const layers = new Map();
  function layer(element) {
    if (!layers.has(element)) {
      const style = getComputedStyle(element);
      layers.set(element, [colour(style.backgroundColor), Number(style.opacity)]);
    }
    return layers.get(element);
  }

  // What the browser paints where nothing else is: it depends on the colour scheme of the root.
  function paper() {
    const root = document.documentElement;
    const probe = document.createElement("i");
    probe.style.color = "Canvas";
    root.append(probe);
    const found = colour(getComputedStyle(probe).color);
    probe.remove();
    return found;
  }
  const PAPER = paper();

  // The colour as it looks on the element, and that of what is behind it.
  function composited(above, element) {
    let below = [0, 0, 0, 0];
    for (let each = element; each; each = each.parentElement) {
      const [background, opacity] = layer(each);
      above = over(above, background);
      below = over(below, background);
      above = [...above.slice(0, 3), above[3] * opacity];
      below = [...below.slice(0, 3), below[3] * opacity];
    }
    return [over(above, PAPER), over(below, PAPER)];
  }

  function luminance([red, green, blue]) {
    const [r, g, b] = [red, green, blue].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function ratio(one, other) {
    const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (lighter + 0.05) / (darker + 0.05);
  }

  function hex(parts) {
    const digits = parts.slice(0, 3).map((part) => Math.round(part).toString(16).padStart(2, "0"));
    return `#${digits.join("")}`;
  }

  function named(element) {
    const names = [];
    for (let each = element; each && names.length < 4; each = each.parentElement) {
      const classes = [...each.classList].filter((name) => /^[\w-]+$/.test(name)).slice(0, 4);
      names.unshift([each.localName, ...classes].join("."));
      if (each.id && each !== element) break;
    }
    return names.join(" > ");
  }

  const found = [];
  let looked = 0;
  function judge(above, element, text, needed, what = "") {
    looked += 1;
    const [front, back] = composited(above, element);
    const measured = ratio(front, back);
    if (measured < needed) {
      report(element, what, text, measured, needed, `${hex(front)} on ${hex(back)}`);
    }
  }

  function report(element, what, text, measured, needed, colours) {
    found.push({
      selector: named(element) + what,
      text: text.trim().replace(/\s+/g, " ").slice(0, 50),
      ratio: Math.floor(measured * 100) / 100,
      needed,
      colours,
    });
  }

  function needed(style) {
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    return isLarge ? LARGE_TEXT : TEXT;
  }

  function isSeen(rects) {
    return [...rects].some((rect) => rect.width > 1 && rect.height > 1 && rect.right > 0);
  }

  function look(element) {
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return;
    if (element.closest(":disabled, option, script, style")) return;
    const style = getComputedStyle(element);
    const own = [...element.childNodes].filter((node) => {
      if (node.nodeType !== Node.TEXT_NODE || !node.data.trim()) return false;
      const range = document.createRange();
      range.selectNodeContents(node);
      return isSeen(range.getClientRects());
    });
    const text = own.map((node) => node.data).join(" ");
    if (text) judge(colour(style.color), element, text, needed(style));
    if (element.matches(CONTROLS) && isSeen(element.getClientRects())) {
      const isButton = ["button", "reset", "submit"].includes(element.type);
      if (element.value || isButton) {
        judge(colour(style.color), element, element.value, needed(style));
      }
      if (element.placeholder) {
        const hint = getComputedStyle(element, "::placeholder");
        judge(colour(hint.color), element, element.placeholder, needed(hint), "::placeholder");
      }
    }
    if (element.matches(".tavus-alert")) {
      // It lies between the card and what is around that.
      const border = colour(style.borderInlineStartColor);
      judge(border, element, "", GRAPHICS, " (border, to the card)");
      judge(border, element.parentElement, "", GRAPHICS, " (border of the alert in it)");
    }
    const marker = getComputedStyle(element, "::before");
    if (element.matches("summary") && marker.content !== "none") {
      judge(colour(marker.borderInlineStartColor), element, text, GRAPHICS, "::before");
    }
  }

  // Colours that still change have not arrived yet.
  function settle() {
    document.body.offsetWidth;
    for (const each of document.getAnimations()) each.finish();
  }

  // The colours that an element has around it while it has the focus, and not without.
  function rings(element) {
    const { borderTopColor, boxShadow } = getComputedStyle(element);
    element.focus({ preventScroll: true });
    settle();
    const style = getComputedStyle(element);
    const found = [];
    if (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) {
      found.push(style.outlineColor);
    }
    if (style.boxShadow !== boxShadow) found.push(style.boxShadow.match(/^[\w-]+\(.*?\)/)?.[0]);
    const isBordered = parseFloat(style.borderTopWidth) >= 1;
    if (isBordered && style.borderTopColor !== borderTopColor) found.push(style.borderTopColor);
    return found.filter(Boolean);
  }

  // One of these colours has to stand out from what is around the element. The browser's own ring
  // has two of them, one of which always does; and what only now comes into view needs none.
  const kinds = new Set();
  function lookWithFocus(element) {
    if (!element.matches(FOCUSABLE) || element.matches(":disabled")) return;
    if (!element.checkVisibility({ visibilityProperty: true })) return;
    const { parentElement } = element;
    const kind = [element, parentElement].map((it) => [it.localName, it.type, it.className]).join();
    if (kinds.has(kind)) return;
    kinds.add(kind);
    const wasAway = !isSeen(element.getClientRects());
    const colours = rings(element);
    if (wasAway && isSeen(element.getClientRects())) look(element);
    else if (getComputedStyle(element).outlineStyle !== "auto") {
      looked += 1;
      const shown = colours.map((css) => composited(colour(css), parentElement));
      const [best] = shown.sort((one, other) => ratio(...other) - ratio(...one));
      const measured = best ? ratio(...best) : 1;
      const pair = best ? `${hex(best[0])} on ${hex(best[1])}` : "nothing shows it";
      if (measured < GRAPHICS) {
        report(element, " (with focus)", element.textContent, measured, GRAPHICS, pair);
      }
    }
    element.blur();
  }

  document.activeElement?.blur();
  settle();
  const all = new Set();
  for (const root of document.querySelectorAll(selector)) {
    all.add(root);
    for (const each of root.querySelectorAll("*")) all.add(each);
  }
  all.forEach(focus ? lookWithFocus : look);
  return { looked, found };
};
