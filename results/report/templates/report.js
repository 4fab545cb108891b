"use strict";
(() => {
  let figures, trials, alternatives, dark, efforts, plots;
  const night = matchMedia("(prefers-color-scheme: dark)");
  const touch = matchMedia("(pointer: coarse)");
  const hidden = new Set();
  const chosen = new Map(); // which of its figures a picture shows, by its name
  const state = { against: "epochs", training: false, pinned: null, sorted: null };

  /** Take in what the page holds. */
  function read() {
    figures = document.getElementById("figures").textContent;
    ({ trials, alternatives, dark, efforts } = JSON.parse(document.getElementById("data").textContent));
    plots = [...document.querySelectorAll("[data-figure]")];
  }

  /** The figures in the colours of the ground that the page stands on. */
  function coloured() {
    const text = night.matches ? figures.replace(/#[0-9a-f]{6}/g, (light) => dark[light] || light) : figures;
    return JSON.parse(text);
  }

  const accent = () => getComputedStyle(document.documentElement).getPropertyValue("--accent").trim();

  /** A trace for the trial that is pinned, taken from the others' points. */
  function pinnedTraces(data) {
    if (state.pinned === null) return [];
    return data.filter((trace) => trace.customdata).flatMap((trace) => {
      const places = trace.customdata.flatMap((row, place) => (row === state.pinned ? [place] : []));
      if (!places.length || (trace.meta && trace.meta[0] === "highlight")) return [];
      const pick = (values) => places.map((place) => values[place]);
      const dotted = Array.isArray(trace.meta) && trace.meta[1] === "training";
      const look = trace.mode === "lines"
        ? { mode: "lines+markers", line: { color: accent(), width: 2, dash: dotted ? "dot" : "solid" }, marker: { color: accent(), size: 4 } }
        : { mode: "markers", marker: { symbol: "circle-open", size: 17, color: accent(), line: { width: 3 } } };
      return [{ x: pick(trace.x), y: pick(trace.y), hoverinfo: "skip", showlegend: false, ...look }];
    });
  }

  function arranged(name, figure) {
    const data = figure.data.map((trace, place) => {
      if (name !== "curves") return trace;
      const x = alternatives.curves[state.against][place];
      const [status, loss] = trace.meta;
      const recommended = status === "highlight";
      const wanted = recommended || (!hidden.has(status) && (loss === "validation" || state.training));
      return { ...trace, x, visible: wanted, showlegend: recommended };
    });
    for (const trace of data) if (trace.customdata) { trace.hoverinfo = "none"; delete trace.hovertemplate; }
    const layout = { ...figure.layout, autosize: true, dragmode: touch.matches ? false : "zoom" };
    if (name === "curves") {
      layout.xaxis = { ...layout.xaxis, title: { ...layout.xaxis.title, text: efforts[state.against] } };
      layout.uirevision = state.against;
    } else layout.uirevision = name;
    return { data: [...data, ...pinnedTraces(data)], layout };
  }

  const settings = { responsive: true, displaylogo: false, modeBarButtons: [["toImage", "resetScale2d"]] };

  async function draw(plot, all) {
    const menu = document.querySelector(`select[data-of="${plot.dataset.figure}"]`);
    const name = menu ? menu.value : plot.dataset.figure;
    const { data, layout } = arranged(name, all[name]);
    await Plotly.react(plot, data, layout, settings);
    if (plot.dataset.live) return;
    plot.dataset.live = "true";
    plot.on("plotly_hover", ({ points, event }) => showTip(points[0], event));
    plot.on("plotly_unhover", () => { tip.hidden = true; });
    plot.on("plotly_click", ({ points }) => { if (trials[points[0].customdata]) pin(points[0].customdata); });
  }

  async function drawAll(names) {
    const all = coloured();
    for (const plot of plots) {
      if (names && !names.includes(plot.dataset.figure)) continue;
      await draw(plot, all);
      await new Promise((next) => setTimeout(next));
    }
    document.documentElement.dataset.drawn = String(plots.length);
  }

  const tip = document.getElementById("tip");
  const panel = document.getElementById("pinned");

  function tell(box, trial) {
    box.querySelector("b").textContent = trial.id;
    box.querySelector(".config-text").textContent = trial.config;
    box.querySelector(".result-text").textContent = trial.result;
  }

  function showTip(point, event) {
    const trial = trials[point.customdata];
    if (!trial) return;
    tell(tip, trial);
    tip.hidden = false;
    const left = Math.min(event.clientX + 16, innerWidth - tip.offsetWidth - 8);
    const top = event.clientY + 18 + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 12 : event.clientY + 18;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${Math.max(8, top)}px`;
  }

  /** Mark one trial everywhere; the same again, or null, unmarks. */
  function pin(place) {
    state.pinned = place === state.pinned ? null : place;
    showPinned();
    drawAll();
  }

  function showPinned() {
    panel.hidden = state.pinned === null;
    if (state.pinned !== null) tell(panel, trials[state.pinned]);
    for (const button of document.querySelectorAll("[data-trial]")) {
      const pressed = Number(button.dataset.trial) === state.pinned;
      button.setAttribute("aria-pressed", pressed);
      button.closest("tr").classList.toggle("pinned", pressed);
    }
  }

  function sortBy(heading, falling) {
    state.sorted = { name: heading.textContent, falling };
    const body = document.querySelector("tbody");
    const place = [...heading.parentElement.children].indexOf(heading);
    const numeric = heading.classList.contains("number");
    const key = (row) => {
      const cell = row.children[place];
      if (!numeric) return cell.textContent.trim() || null;
      return cell.dataset.key === undefined ? null : Number(cell.dataset.key);
    };
    const order = (a, b) => (numeric ? a - b : a.localeCompare(b, "en", { numeric: true })) * (falling ? -1 : 1);
    const rows = [...body.rows].map((row) => [key(row), row]);
    rows.sort(([a], [b]) => (a === null || b === null ? (a === null) - (b === null) : order(a, b)));
    body.append(...rows.map(([, row]) => row));
    for (const other of heading.parentElement.children) other.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
  }

  function filter(status, shown) {
    if (shown) hidden.delete(status); else hidden.add(status);
    showFiltered();
    drawAll(["curves"]);
  }

  function showFiltered() {
    for (const box of document.querySelectorAll("input[data-status]")) box.checked = !hidden.has(box.dataset.status);
    for (const row of document.querySelectorAll("tbody tr")) row.hidden = hidden.has(row.dataset.status);
  }

  /** Show what is new in the page the way the reader has arranged it. */
  function renew() {
    const { id } = trials[state.pinned] || {};
    read();
    const place = trials.findIndex((trial) => trial.id === id);
    state.pinned = place < 0 ? null : place;
    tip.hidden = true;
    const heading = [...document.querySelectorAll("thead th")].find((th) => state.sorted && th.textContent === state.sorted.name);
    if (heading) sortBy(heading, state.sorted.falling);
    showFiltered();
    showPinned();
    showChosen();
    drawAll();
  }

  /** What was chosen where the page has it, and else what comes first. */
  function showChosen() {
    for (const menu of document.querySelectorAll("select[data-of]")) {
      const places = [...menu.options].map((option) => option.value);
      menu.selectedIndex = Math.max(0, places.indexOf(chosen.get(menu.dataset.of)));
    }
  }

  document.addEventListener("change", ({ target }) => {
    if (target.dataset.of) { chosen.set(target.dataset.of, target.value); drawAll([target.dataset.of]); }
    else if (target.dataset.status) filter(target.dataset.status, target.checked);
    else if (target.name === "against") { state.against = target.value; drawAll(["curves"]); }
    else if (target.id === "training") { state.training = target.checked; drawAll(["curves"]); }
  });
  document.addEventListener("click", ({ target }) => {
    const heading = target.closest("thead th");
    const trial = target.closest("[data-trial]");
    if (heading) sortBy(heading, heading.getAttribute("aria-sort") === "ascending");
    else if (trial) pin(Number(trial.dataset.trial));
    else if (target.closest("#pinned button")) pin(null);
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && state.pinned !== null) pin(null);
  });
  document.addEventListener("renewed", renew); // by live.js
  night.addEventListener("change", () => drawAll());
  read();
  drawAll();
})();
