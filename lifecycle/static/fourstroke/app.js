// Improves what already works without it: the theme switch, the chart reader, the sum of a week, and shortcuts.

const root = document.documentElement;

function remember(theme) {
  try {
    if (theme) localStorage.setItem("theme", theme);
    else localStorage.removeItem("theme");
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
}

function showTheme() {
  for (const button of document.querySelectorAll("[data-theme-choice]"))
    button.setAttribute("aria-pressed", String((root.dataset.theme ?? "") === button.dataset.themeChoice));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-choice]");
  if (!button) return;
  const theme = button.dataset.themeChoice;
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  remember(theme);
  showTheme();
});
showTheme();

// The chart reader: a slider over the drawing that reads the rows of the table below it.

const SVG = "http://www.w3.org/2000/svg";
const DAY = 86_400_000;
const day = (text) => Date.parse(text) / DAY;

function element(parent, name, attributes) {
  const made = parent.appendChild(document.createElementNS(SVG, name));
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function readRows(figure) {
  const heads = [...figure.querySelectorAll("thead th")].map((head) => head.textContent);
  return [...figure.querySelectorAll("tr[data-at]")].map((row) => {
    const cells = [...row.cells].map((cell) => cell.textContent);
    return {
      at: day(row.dataset.at),
      until: day(row.dataset.until),
      title: `${heads[0]} ${cells[0]}`,
      facts: heads.slice(1).map((head, index) => [head, cells[index + 1]]).filter(([, cell]) => cell),
    };
  });
}

function makeReader(figure, svg, rows, tip) {
  const [left, right] = svg.dataset.x.split(" ").map(Number);
  const [top, bottom] = svg.dataset.y.split(" ").map(Number);
  const [from, to] = [day(svg.dataset.from), day(svg.dataset.to)];
  const line = element(svg, "path", { class: "reader-line" });
  const pad = element(svg, "rect", {
    class: "reader", x: left, y: top, width: right - left, height: bottom - top, tabindex: 0, role: "slider",
    "aria-label": "Read the chart step by step", "aria-valuemin": 1, "aria-valuemax": rows.length, "aria-valuenow": 1,
    "aria-valuetext": "Use the arrow keys",
  });
  // Under links and marked points, which keep their own clicks.
  svg.querySelector("a, g[tabindex]")?.before(line, pad);
  let current = rows.length - 1;

  const hide = () => { tip.hidden = true; svg.classList.remove("reader-on"); };
  const show = (index) => {
    current = Math.max(0, Math.min(rows.length - 1, index));
    const row = rows[current];
    const x = left + (((row.at + row.until) / 2 - from) / (to - from)) * (right - left);
    line.setAttribute("d", `M${x},${top}V${bottom}`);
    svg.classList.add("reader-on");
    pad.setAttribute("aria-valuenow", current + 1);
    pad.setAttribute("aria-valuetext", [row.title, ...row.facts.map((fact) => fact.join(" "))].join(", "));
    fill(tip, row);
    const scale = svg.clientWidth / svg.viewBox.baseVal.width;
    const box = svg.getBoundingClientRect(), frame = figure.getBoundingClientRect();
    const px = box.left - frame.left + x * scale;
    const leftward = px + tip.offsetWidth + 16 > frame.width;
    tip.style.translate = `${Math.max(0, leftward ? px - tip.offsetWidth - 12 : px + 12)}px ${box.top - frame.top + top * scale + 8}px`;
  };

  const nearest = (event) => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    const when = from + ((x - left) / (right - left)) * (to - from);
    const index = rows.findIndex((row) => when < row.until);
    return index < 0 ? rows.length - 1 : index;
  };
  const moves = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 10, PageDown: -10 };
  pad.addEventListener("pointermove", (event) => show(nearest(event)));
  pad.addEventListener("pointerdown", (event) => show(nearest(event)));
  pad.addEventListener("pointerleave", () => { if (document.activeElement !== pad) hide(); });
  pad.addEventListener("focus", () => show(current));
  pad.addEventListener("blur", hide);
  pad.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
    const target = { Home: 0, End: rows.length - 1 }[event.key] ?? (moves[event.key] ? current + moves[event.key] : null);
    if (target === null) return;
    event.preventDefault();
    show(target);
  });
}

function fill(tip, row) {
  const title = document.createElement("strong");
  title.textContent = row.title;
  const list = document.createElement("dl");
  for (const [name, value] of row.facts) {
    const term = list.appendChild(document.createElement("dt"));
    term.textContent = name;
    list.appendChild(document.createElement("dd")).textContent = value;
  }
  tip.replaceChildren(title, list);
  tip.hidden = false;
}

function readFigures(within) {
  for (const figure of within.querySelectorAll("[data-figure]:not([data-read])")) {
    figure.dataset.read = "";
    const rows = readRows(figure);
    if (!rows.length) continue;
    const tip = figure.appendChild(document.createElement("div"));
    tip.className = "tip";
    tip.hidden = true;
    tip.setAttribute("aria-hidden", "true");
    for (const svg of figure.querySelectorAll("svg[data-x]")) makeReader(figure, svg, rows, tip);
  }
}
readFigures(document);
document.addEventListener("htmx:load", (event) => readFigures(event.target.parentElement ?? document));

// Shortcuts: `/` goes to the search; a letter goes to what carries it in data-key, and with data-press presses that.
// All can be switched off.

const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");

function shortcutsOff() {
  try {
    return localStorage.getItem("shortcuts") === "off";
  } catch {
    return false;
  }
}

for (const box of document.querySelectorAll("[data-shortcuts]")) {
  box.checked = !shortcutsOff();
  box.addEventListener("change", () => {
    try {
      localStorage.setItem("shortcuts", box.checked ? "on" : "off");
    } catch {
      // Storage is switched off: shortcuts stay on.
    }
  });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || shortcutsOff()) return;
  const key = event.key.toLowerCase();
  const target = key === "/" ? document.querySelector("[data-search]") : document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!target) return;
  event.preventDefault();
  if ("press" in target.dataset) target.click();
  else target.focus();
});

// The shares of a week: what is left of 100, while somebody types. What it books is told once it is saved.
for (const form of document.querySelectorAll("[data-shares]")) {
  const left = form.querySelector("[data-left]"), bar = form.querySelector("progress");
  form.addEventListener("input", () => {
    const typed = [...form.querySelectorAll("[data-share]")].map((box) => Number(box.value.replace("%", "").replace(",", ".")) || 0);
    const sum = Math.round(typed.reduce((all, share) => all + share, 0) * 100) / 100;
    const rest = Math.round((100 - sum) * 100) / 100;
    bar.value = Math.min(100, sum);
    left.textContent = rest < 0 ? `${sum}%: ${-rest}% too much` : `${sum}% allocated, ${rest}% left`;
    left.classList.toggle("bad", rest < 0);
    form.querySelector("[data-unsaved]").hidden = false;
  });
}

// A review by keyboard: J and K walk over the features, 1 2 3 open an answer, Ctrl+Enter sends it, Escape leaves it,
// ? shows the keys. After an answer the next feature that waits has its turn.
const items = document.querySelector("#items");

if (items) {
  const rows = () => [...items.querySelectorAll("[data-item]")];
  const waiting = (from) => rows().slice(from).find((item) => "undecided" in item.dataset);
  const stand = (item) => {
    if (!item) return;
    item.rows[0].focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest" });
  };
  const here = () => document.activeElement?.closest?.("[data-item]");
  const step = (by) => {
    const all = rows(), at = all.indexOf(here());
    stand(at < 0 ? waiting(0) ?? all[0] : all[Math.max(0, Math.min(all.length - 1, at + by))]);
  };
  const steps = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };

  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("[data-answering]");
    if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    } else if (form && event.key === "Escape") {
      event.preventDefault();
      form.querySelector("[data-leave]").click();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || shortcutsOff()) return;
    const arrow = event.key.startsWith("Arrow");
    if (event.key in steps && !(arrow && !event.target.matches?.("[data-item] > tr"))) {
      event.preventDefault();
      step(steps[event.key]);
    } else if (/^[123]$/.test(event.key)) {
      const link = (here() ?? waiting(0))?.querySelector(`[data-answer="${event.key}"]`);
      if (link) { event.preventDefault(); link.click(); }
    } else if (event.key === "?") {
      const keys = document.querySelector("[data-keys]");
      if (keys) { event.preventDefault(); keys.open = !keys.open; }
    }
  });

  // What was refused is shown where it was typed, with what was typed.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target } = event.detail;
    if (target.matches?.("[data-item]") && xhr.status >= 400 && xhr.responseText.includes("data-item")) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const { requestConfig, target } = event.detail;
    const item = requestConfig && target?.id && document.getElementById(target.id);
    if (!item?.matches("[data-item]") || item.querySelector("[data-answering]")) return;
    const sent = requestConfig.verb === "post" && !item.querySelector(".item-told");
    stand(sent ? waiting(rows().indexOf(item) + 1) ?? waiting(0) ?? item : item);
  });
}

// A choice in a form of filters is asked at once; without JavaScript its button does it.
document.addEventListener("change", (event) => {
  const form = event.target.matches("select") && event.target.closest("form[data-submits]");
  if (form) form.requestSubmit();
});

// A menu closes with Escape and when something else is chosen.
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector(".menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
