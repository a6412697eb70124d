"use strict";
// What the rooms share: requests, rooms, choices, work in progress, results, recipes.

class Answered extends Error {
  constructor(text, isFinal) { super(text); this.isFinal = isFinal; }
}

async function post(path, body) {
  let answer, found;
  try {
    answer = await fetch(path, {method: "POST", headers: {"X-Kneepose-Token": data.token},
      body: body instanceof Blob ? body : JSON.stringify(body)});
    found = await answer.json();
  } catch {
    throw new Answered(t("kneepose does not answer: it was ended, or is starting. Look at the window in which it runs."), true);
  }
  if (!answer.ok) throw new Answered(sentence(found.error), Boolean(found.is_final));
  return found;
}

const fileUrl = (number, save = false) => `/file?id=${number}&token=${encodeURIComponent(data.token)}${save ? "&save=1" : ""}`;

// Rooms

const TITLES = {mirror: t("Mirror"), clip: t("Clip"), compare: t("Compare"), weeks: t("Weeks")};

function enter(room) {
  for (const name of Object.keys(TITLES)) at(name).hidden = name !== room;
  for (const link of at("rooms").children) {
    if (link.dataset.room === room) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${TITLES[room]} – kneepose`;
  document.body.dataset.room = room;
}
function enterByAddress() {
  const wanted = location.hash.slice(1);
  enter(data.rooms.includes(wanted) ? wanted : data.rooms[0]);
}
for (const name of data.rooms) at("rooms").append(make("a", {href: `#${name}`, text: TITLES[name], "data-room": name}));
at("rooms").hidden = data.rooms.length < 2;
addEventListener("hashchange", () => { if (data.rooms.includes(location.hash.slice(1))) { enterByAddress(); scrollTo(0, 0); } });
at("limits").textContent = data.limits;
for (const sign of data.stop_signs) at("stop-signs").append(make("li", {text: sign}));
at("ask-first").textContent = data.ask_first;

// Choices

const exerciseOf = name => data.exercises.find(one => one.name === name);

function fillSides(select, leg) {
  const chosen = select.value || "left";
  select.replaceChildren(...["left", "right"].map(side => make("option", {value: side, text: leg ? `${SIDES[side]} (${leg})` : SIDES[side]})));
  select.value = chosen;
}

function fillExercises(room, changed) {
  const select = at(`${room}-exercise`), side = at(`${room}-side`), field = at(`${room}-side-field`), setUp = at(`${room}-set-up`);
  select.append(...data.exercises.map(one => make("option", {value: one.name, text: one.title})));
  select.value = data.exercise;
  const follow = () => {
    const row = exerciseOf(select.value);
    if (side) fillSides(side, row.leg);
    if (field) field.hidden = row.two_legs;
    if (setUp) setUp.textContent = row.set_up;
    changed();
  };
  select.addEventListener("change", follow);
  if (side) side.addEventListener("change", changed);
  follow();
}

function chosen(room) {
  const name = at(`${room}-exercise`).value;
  return {exercise: name, side: exerciseOf(name).two_legs ? null : at(`${room}-side`).value};
}

// Work in progress

function showError(box, text) {
  box.replaceChildren(make("div", {class: "error", role: "alert", text: sentence(text)}));
}

/** Show work until it ends; returns its result, or null if it failed or was cancelled. */
async function follow(work, box) {
  const what = make("span", {class: "what", role: "status"}), bar = make("progress", {"aria-label": t("Progress")});
  const stop = make("button", {type: "button", class: "plain", text: t("Cancel")});
  stop.onclick = () => { stop.disabled = true; post("/work/cancel", {work: work.number}).catch(() => {}); };
  box.replaceChildren(make("div", {class: "work"}, what, bar, stop));
  for (;;) {
    if (work.state === "done") { box.replaceChildren(); return work.result; }
    if (work.state === "failed") { showError(box, work.error); return null; }
    if (work.state === "cancelled") { box.replaceChildren(make("p", {class: "note", role: "status", text: t("Cancelled. Nothing was kept.")})); return null; }
    const text = work.state === "waiting" ? t("waiting for other work") : work.what;
    const counted = work.total > 1 ? `: ${t("{done} of {total}", work)}` : "";
    what.textContent = sentence(text) + counted + (work.total > 1 ? "" : " …");
    if (work.total > 1) { bar.max = work.total; bar.value = work.done; } else bar.removeAttribute("value");
    await new Promise(done => setTimeout(done, 300));
    try { work = await post("/work/state", {work: work.number}); }
    catch (error) { showError(box, error.message); return null; }
  }
}

// Results

function reportOf(found) {
  if (found.report === null) {
    return [make("p", {class: "note", text: `${t("The report needs two more packages")}: pip install "kneepose[report]"`})];
  }
  return [make("h2", {text: t("Report")}), make("iframe", {src: fileUrl(found.report), title: t("Report"), sandbox: "", loading: "lazy"})];
}

function linksOf(found) {
  const of = (number, text, save) => number === null || number === undefined ? null :
    make("a", {class: "button plain", href: fileUrl(number, save), text, target: save ? null : "_blank", rel: "noopener", download: save});
  return make("div", {class: "links"},
    of(found.report, t("Open the report"), false), of(found.report, t("Save the report"), true),
    of(found.film, t("Save the film"), true), of(found.keypoints, t("Save the landmarks"), true));
}

const filmOf = number => make("video", {src: fileUrl(number), controls: true, playsinline: true, preload: "auto", "aria-label": t("Film")});

const COUNTED = {left: t("left leg: {count} counted"), right: t("right leg: {count} counted")};

function showComparison(found, box) {
  box.replaceChildren(make("div", {class: "result", tabindex: "-1"},
    ...found.summary.map(text => make("p", {text})),
    ...found.why.map(text => make("p", {class: "note", text})),
    make("p", {class: "quiet", text: sentence(found.counts.map(one => t(COUNTED[one.side], one)).join(", ") + ".")}),
    found.film === null ? make("p", {class: "note", text: t("There is no film: {why}", {why: found.no_film})}) : filmOf(found.film),
    linksOf(found),
    found.folder ? make("p", {class: "quiet", text: t("Kept in {folder}, if kneepose was started with --save.", found)}) : null,
    ...reportOf(found)));
  box.firstChild.focus({preventScroll: true});
  box.scrollIntoView({block: "nearest"});
}

// Recipes: the command and the Python that do the same

function copied(button, text) {
  navigator.clipboard.writeText(text).then(() => { button.textContent = t("Copied"); setTimeout(() => { button.textContent = t("Copy"); }, 1500); },
    () => { button.textContent = t("Select it and copy"); });
}

const asked = {};

async function showRecipe(room, given, of = room) {
  const box = document.querySelector(`.recipe[data-room="${room}"]`);
  const number = asked[room] = (asked[room] ?? 0) + 1;
  let found;
  try { found = await post("/recipe", {room: of, ...given}); } catch { return; }
  if (number !== asked[room]) return; // a later choice was answered first
  const isOpen = box.querySelector("details")?.open ?? true;
  const block = (title, text, kind) => [
    make("div", {class: "row"}, make("h3", {text: title}),
      make("button", {type: "button", class: "plain", text: t("Copy"), "aria-label": `${t("Copy")}: ${title}`, onclick: event => copied(event.target, text)})),
    // A line ends between the words of a command, never inside "--exercise".
    make("pre", {tabindex: "0", class: kind}, ...text.split(/(\s+)/).map(word => word.trim() ? make("span", {text: word}) : word))];
  box.replaceChildren(make("details", {open: isOpen}, make("summary", {text: t("The same without this page")}),
    ...block(t("In a terminal"), found.command, "wrap"), ...block(t("In Python"), found.python)));
}
