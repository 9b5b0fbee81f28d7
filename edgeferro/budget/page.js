// Works a budget out anew where its sliders stand, from the counts and prices that the
// page carries; the arithmetic is that of edgeferro/product (powers.py, limits.py).
"use strict";
(() => {
  const model = JSON.parse(document.getElementById("model").textContent);
  const [LOW, VALUE, HIGH] = [0, 1, 2];
  const ENDS = [LOW, VALUE, HIGH];
  const FOR_EVER = 1e6; // days
  const SLIDERS = {
    period: { setting: "sample_period_s", low: 1e-2, high: 3600, log: true },
    duty: { setting: "duty_cycle", low: 0, high: 1, log: false },
    updates: { setting: "updates_per_day", low: 1, high: 1e6, log: true },
  };
  const STEPS = 1000;

  // ---- the day

  const rates = (usage) => {
    const updates = usage.updates_per_day;
    const setups = usage.calibrations_per_year / model.year_days;
    const asked = (model.day_s * usage.duty_cycle) / usage.sample_period_s;
    const inference = Math.max(asked, updates); // each update begins with one
    return {
      inference, wake: inference, update: updates,
      calibration: setups, programming: setups, day: 1,
    };
  };

  const chipDay = (rate, end) => {
    let joules = model.leaks_j[end], pulses = 0;
    for (const [name, one] of Object.entries(model.operations)) {
      joules += rate[name] * one.j[end];
      pulses += rate[name] * one.pulses_j[end];
    }
    return { joules, pulses };
  };

  // Between two points in the load's logarithm; beyond the first and last as there.
  const efficiency = (points, loadUw, end) => {
    if (loadUw <= points[0].load_uw) return points[0].part[end];
    for (let k = 1; k < points.length; k++) {
      const [below, above] = [points[k - 1], points[k]];
      if (loadUw > above.load_uw) continue;
      const whole = Math.log(above.load_uw / below.load_uw);
      const share = Math.log(loadUw / below.load_uw) / whole;
      return below.part[end] + share * (above.part[end] - below.part[end]);
    }
    return points[points.length - 1].part[end];
  };

  const railDay = (rate, end) => {
    const chip = chipDay(rate, end);
    let joules = chip.joules;
    for (const load of model.loads) if (load.rail) joules += rate[load.per] * load.j[end];
    if (model.pump) {
      const starts = rate.update + rate.calibration + rate.programming;
      joules += starts * model.pump.start_j[end];
      joules += chip.pulses * (1 / model.pump.efficiency[HIGH - end] - 1);
    }
    return joules;
  };

  const productDay = (rate) => {
    const rail = ENDS.map((end) => railDay(rate, end));
    const regulator = model.regulator;
    return ENDS.map((end) => {
      let joules = rail[end];
      if (regulator) {
        const loadUw = (rail[VALUE] / model.day_s) * 1e6;
        joules /= efficiency(regulator.efficiency, loadUw, HIGH - end);
        joules += regulator.quiescent_w[end] * model.day_s;
      }
      for (const load of model.loads) if (!load.rail) joules += rate[load.per] * load.j[end];
      return joules;
    });
  };

  // ---- the battery

  const usable = (battery, pulseMa, end) => {
    const points = battery.under_pulses;
    if (!points.length || pulseMa < points[0].current_ma) return 1;
    for (let k = 1; k < points.length; k++) {
      const [below, above] = [points[k - 1], points[k]];
      if (pulseMa > above.current_ma) continue;
      const share = (pulseMa - below.current_ma) / (above.current_ma - below.current_ma);
      return below.part[end] + share * (above.part[end] - below.part[end]);
    }
    return points[points.length - 1].part[end];
  };

  // A short life goes with much power: the shortest is at the low end of a cell.
  const lifeDays = (battery, watts) => ENDS.map((end) => {
    const load = watts[HIGH - end];
    if (battery.power_uw) return load <= battery.power_uw[end] * 1e-6 ? FOR_EVER : 0;
    if (load <= 0) return FOR_EVER;
    const part = usable(battery, model.pulse_ma[HIGH - end], end);
    const joules = battery.capacity_mah[end] * 3.6 * part * battery.voltage_v[end];
    const loss = battery.self_discharge[HIGH - end] / (model.day_s * model.year_days);
    const seconds = loss ? Math.log1p((loss * joules) / load) / loss : joules / load;
    const charge = Math.min(seconds / model.day_s, FOR_EVER);
    return Math.min(charge, battery.shelf_years[end] * model.year_days);
  });

  const workOut = (state) => {
    const rate = rates(state.usage);
    const chip = ENDS.map((end) => chipDay(rate, end).joules);
    const day = productDay(rate);
    const watts = day.map((joules) => joules / model.day_s);
    const battery = model.batteries.find((one) => one.name === state.battery);
    const busy = Object.entries(model.operations)
      .reduce((sum, [name, one]) => sum + rate[name] * one.seconds, 0);
    const sample = ["inference", "update"]
      .reduce((sum, name) => sum + (model.operations[name]?.seconds ?? 0), 0);
    return {
      inference: model.operations.inference?.j, update: model.operations.update?.j,
      chip_day: chip, product_day: day, watts,
      chip_watts: chip.map((joules) => joules / model.day_s),
      chip_share: ENDS.map((end) => chip[end] / day[end]),
      life: battery && lifeDays(battery, watts),
      rise: model.warm && watts.map((w, end) => w * model.warm.k_per_w[end]),
      slow: sample > state.usage.sample_period_s || busy > model.day_s,
    };
  };

  // What fails with typical numbers, and with those that are the worst for it.
  const judge = (state, found) => {
    const battery = model.batteries.find((one) => one.name === state.battery);
    const fails = (end) => {
      const names = [];
      if (found.slow) names.push("speed");
      const watts = found.watts[end];
      if (battery?.power_uw && watts > battery.power_uw[HIGH - end] * 1e-6)
        names.push("harvest");
      if (model.wanted_days && found.life && !battery.power_uw
        && found.life[HIGH - end] < model.wanted_days) names.push("life");
      if (model.warm && found.rise[end] > model.warm.limit_k[HIGH - end])
        names.push("temperature");
      return names;
    };
    return { typical: fails(VALUE), worst: fails(HIGH) };
  };

  // ---- words

  const digits = (value) => {
    if (value === 0) return "0";
    const rounded = Number(value.toPrecision(3));
    const places = 2 - Math.floor(Math.log10(Math.abs(rounded)) + 1e-12);
    const shown = Math.min(Math.max(0, places), 15);
    const form = { minimumFractionDigits: shown, maximumFractionDigits: shown };
    return rounded.toLocaleString("en-US", form);
  };
  const PREFIXES = [
    [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""], [1e-3, "m"], [1e-6, "\u00b5"],
    [1e-9, "n"], [1e-12, "p"], [1e-15, "f"], [1e-18, "a"],
  ];
  const ranged = (ends, unit) => {
    const size = PREFIXES.find(([p]) => Math.abs(ends[VALUE]) >= 0.9995 * p) ?? PREFIXES[9];
    const range = ` (${digits(ends[LOW] / size[0])}..${digits(ends[HIGH] / size[0])})`;
    const same = ends[LOW] === ends[HIGH];
    return `${digits(ends[VALUE] / size[0])} ${size[1]}${unit}${same ? "" : range}`;
  };
  const percent = (ends) => {
    const share = ends[VALUE];
    if (share > 0 && share < 1e-5) return "< 0.001 %";
    return share >= 0.1 ? `${Math.round(100 * share)} %` : `${Number((100 * share).toPrecision(2))} %`;
  };
  const life = (ends) => {
    if (ends[VALUE] === 0) return "can't be fed";
    if (ends[LOW] >= FOR_EVER) return "for ever";
    const scale = ends[VALUE] < 1 ? [1 / 24, "hours"]
      : ends[VALUE] < 1000 ? [1, "days"] : [model.year_days, "years"];
    const one = (days) => (days >= FOR_EVER ? "for ever" : digits(days / scale[0]));
    return `${one(ends[VALUE])} ${scale[1]} (${one(ends[LOW])}..${one(ends[HIGH])})`;
  };
  const WORDS = {
    inference: (e) => ranged(e, "J"), update: (e) => ranged(e, "J"),
    chip_day: (e) => ranged(e, "J"), product_day: (e) => ranged(e, "J"),
    watts: (e) => ranged(e, "W"), chip_watts: (e) => ranged(e, "W"),
    chip_share: percent, life, rise: (e) => ranged(e, "K"),
  };

  // ---- sliders, and the link that keeps them

  const own = () => ({
    usage: { ...model.usage },
    battery: model.batteries[0]?.name ?? "none",
    corner: VALUE,
  });
  let state = own();

  const toPosition = (slider, value) => {
    if (!slider.log) return STEPS * (value - slider.low) / (slider.high - slider.low);
    if (value < slider.low) return 0; // as where there is none of it
    return STEPS * Math.log(value / slider.low) / Math.log(slider.high / slider.low);
  };
  const toValue = (name, position) => {
    const slider = SLIDERS[name];
    if (name === "updates" && position === 0) return 0;
    const share = position / STEPS;
    const value = slider.log
      ? slider.low * (slider.high / slider.low) ** share
      : slider.low + share * (slider.high - slider.low);
    return Number(value.toPrecision(3));
  };
  const NAMES = { period: "a sample every", duty: "part of the day", updates: "updates a day" };
  const UNITS = { period: (v) => `${digits(v)} s`, duty: (v) => digits(v), updates: digits };

  // All three ends at the corner that is chosen: what a low price would make of it.
  const atCorner = (key, ends) => {
    if (state.corner === VALUE) return ends;
    const end = key === "life" ? HIGH - state.corner : state.corner;
    return ENDS.map(() => ends[end]);
  };

  // The verdict as the sliders stand, in place of the one that the command gave.
  const verdict = document.getElementById("verdict");
  const made = verdict.className;
  const showVerdict = (found, moved) => {
    document.getElementById("made").hidden = moved;
    document.getElementById("now").hidden = !moved;
    const { typical, worst } = judge(state, found);
    const kind = typical.length ? "fails" : worst.length ? "unsure" : "fits";
    verdict.className = moved ? `verdict ${kind}` : made;
    const word = { fails: "FAILS", unsure: "fits at typical prices only", fits: "fits" };
    document.getElementById("now-word").textContent =
      typical.length ? `FAILS: ${typical.join(", ")}` : word[kind];
    const parts = [`the chip takes ${percent(found.chip_share)} of the power`];
    if (found.life) parts.unshift(`${life(found.life)} on ${state.battery}`);
    document.getElementById("now-text").textContent = `${parts.join("; ")}.`;
    const usage = Object.entries(SLIDERS).map(([name, slider]) =>
      `${NAMES[name]} ${UNITS[name](state.usage[slider.setting])}`);
    const corner = `prices and loads ${["low", "typical", "high"][state.corner]}`;
    document.getElementById("now-state").textContent =
      `With ${[...usage, corner].join(", ")}.`;
  };

  const show = () => {
    const found = workOut(state);
    for (const output of document.querySelectorAll("[data-key]")) {
      const ends = found[output.dataset.key];
      if (!ends) continue;
      const at = atCorner(output.dataset.key, ends);
      output.textContent = WORDS[output.dataset.key](at);
      output.dataset.low = ends[LOW];
      output.dataset.value = ends[VALUE];
      output.dataset.high = ends[HIGH];
    }
    for (const [name, slider] of Object.entries(SLIDERS)) {
      const value = state.usage[slider.setting];
      const input = document.getElementById(`slide-${name}`);
      input.value = toPosition(slider, value);
      input.setAttribute("aria-valuetext", UNITS[name](value));
      const text = document.getElementById(`slid-${name}`);
      text.textContent = UNITS[name](value);
      text.dataset.value = value;
    }
    const select = document.getElementById("slide-battery");
    if (select) select.value = state.battery;
    for (const radio of document.querySelectorAll("[name=corner]"))
      radio.checked = Number(radio.value) === state.corner;
    const lasts = document.getElementById("lasts");
    if (found.life) lasts.textContent = state.battery;
    const moved = JSON.stringify(state) !== JSON.stringify(own());
    document.getElementById("moved").hidden = !moved;
    showVerdict(found, moved);
    return moved;
  };

  const toLink = () => {
    const words = new URLSearchParams();
    for (const [name, slider] of Object.entries(SLIDERS))
      words.set(name, state.usage[slider.setting]);
    words.set("battery", state.battery);
    words.set("corner", state.corner);
    history.replaceState(null, "", `#${words}`);
  };
  const fromLink = () => {
    state = own();
    const words = new URLSearchParams(location.hash.slice(1));
    for (const [name, slider] of Object.entries(SLIDERS)) {
      const value = Number(words.get(name) ?? NaN);
      const least = name === "updates" ? 0 : slider.low;
      const within = value >= least && value <= slider.high;
      if (words.has(name) && words.get(name) !== "" && within)
        state.usage[slider.setting] = value;
    }
    if (model.batteries.some((one) => one.name === words.get("battery")))
      state.battery = words.get("battery");
    if (["0", "1", "2"].includes(words.get("corner")))
      state.corner = Number(words.get("corner"));
  };
  const changed = () => {
    if (show()) toLink();
    else history.replaceState(null, "", location.pathname + location.search);
  };

  for (const [name, slider] of Object.entries(SLIDERS))
    document.getElementById(`slide-${name}`).addEventListener("input", (event) => {
      state.usage[slider.setting] = toValue(name, Number(event.target.value));
      changed();
    });
  document.getElementById("slide-battery")?.addEventListener("change", (event) => {
    state.battery = event.target.value;
    changed();
  });
  for (const radio of document.querySelectorAll("[name=corner]"))
    radio.addEventListener("change", () => {
      state.corner = Number(radio.value);
      changed();
    });
  document.getElementById("back").addEventListener("click", () => {
    state = own();
    changed();
  });
  window.addEventListener("hashchange", () => {
    if (/^#[a-z]+[0-9]*$/.test(location.hash)) return; // a place on the page
    fromLink();
    show();
  });
  fromLink();
  show();
  document.getElementById("sliders").hidden = false;
})();
