// A function that measures how the page fits into the window.
() => {
  const root = document.scrollingElement;

  // Which element is the widest, for the message of a test that fails.
  function widest() {
    let found = null;
    for (const each of document.body.querySelectorAll("*")) {
      const right = each.getBoundingClientRect().right;
      if (!found || right > found.right) found = { right, each };
    }
    if (!found) return "";
    const { localName, classList } = found.each;
    return [localName, ...classList].join(".") + ` ends at ${Math.round(found.right)}`;
  }

  // Elements of ours that end where nobody can scroll to. An inline one may end in a space that
  // hangs over the end of its line.
  function cut() {
    const found = new Set();
    for (const each of document.querySelectorAll('[class*="tavus-"]')) {
      if (getComputedStyle(each).display === "inline") continue;
      const { right, width } = each.getBoundingClientRect();
      for (let around = each.parentElement; width && around; around = around.parentElement) {
        const { clipPath, overflowX } = getComputedStyle(around);
        if (clipPath !== "none" || ["auto", "scroll"].includes(overflowX)) break;
        const isEnd = around === root || overflowX !== "visible";
        if (isEnd && right > around.getBoundingClientRect().right + 1) {
          found.add([each.localName, ...each.classList].join(".") + ` ends at ${Math.round(right)}`);
        }
      }
    }
    return [...found];
  }

  // Texts whose middle is below the end of those before them are on a further line.
  function lines(row) {
    const rects = [];
    const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      if (!walker.currentNode.data.trim()) continue;
      const range = document.createRange();
      range.selectNodeContents(walker.currentNode);
      rects.push(...[...range.getClientRects()].filter((it) => it.width > 1 && it.height > 1));
    }
    rects.sort((one, other) => one.top - other.top);
    let number = 0;
    let end = -Infinity;
    for (const rect of rects) {
      if ((rect.top + rect.bottom) / 2 >= end) {
        number += 1;
        end = rect.bottom;
      }
    }
    return number;
  }

  function text(element) {
    return element.textContent.trim().replace(/\s+/g, " ").slice(0, 60);
  }

  const rows = document.querySelectorAll("#result_list tbody tr, main .tavus-rows tbody tr");
  const hidden = [];
  let shown = 0;
  for (const table of document.querySelectorAll("#result_list, main .tavus-rows > table")) {
    // Those that a narrow list leaves out are the last.
    const isShown = (header) => getComputedStyle(header).display !== "none";
    const headers = [...table.querySelectorAll("thead th")].filter(isShown);
    shown += headers.length;
    const places = headers.map((header) => [header, header.getBoundingClientRect()]);
    for (const [header, { left, right }] of places) {
      if (right <= left || left < 0 || right > innerWidth) hidden.push(`${text(header)} is away`);
    }
    for (let each = table; each !== root; each = each.parentElement) {
      const isCut = getComputedStyle(each).overflowX !== "visible";
      if (isCut && each.scrollWidth > each.clientWidth) {
        const widths = places.map(([header, { width }]) => `${text(header)} ${Math.round(width)}`);
        hidden.push(`${each.scrollWidth} in ${each.clientWidth}: ${widths.join(", ")}`);
      }
    }
  }
  return {
    over: root.scrollWidth - innerWidth,
    widest: root.scrollWidth > innerWidth ? widest() : "",
    cut: cut(),
    rows: [...rows].map((row) => [lines(row), text(row)]),
    hidden,
    columns: document.querySelectorAll("#result_list thead th, main .tavus-rows thead th").length,
    shown: shown,
  };
};
