"use strict";
// One clip at a time: play, answer, save. The next clip comes when the server has the rating on its disk.

let state = {answers: {}, next: 1, done: 0}, place = 1;

async function post(path, body) {
  let answer, found;
  try {
    answer = await fetch(path, {method: "POST", headers: {"X-Kneepose-Token": data.token}, body: JSON.stringify(body)});
    found = await answer.json();
  } catch {
    throw new Error(t("kneepose does not answer: it was ended. Start it again; what was saved is kept."));
  }
  if (!answer.ok) throw new Error(found.error);
  return found;
}

function question(item) {
  const isWhole = item.name === "grade";
  const answers = item.answers.map((text, number) => [String(number), sentence(text)]);
  if (!isWhole) answers.push(["", t("Cannot tell")]);
  return make("fieldset", {class: isWhole ? "whole" : "segment"}, make("legend", {text: item.title}),
    make("div", {class: "choices"}, ...answers.map(([value, text]) => make("label", {class: "choice"},
      make("input", {type: "radio", name: item.name, value, required: true}), make("span", {text})))));
}

function build() {
  at("sheet").append(...data.items.map(question), make("div", {class: "buttons"},
    make("button", {type: "submit", id: "save", text: t("Save, next clip")}),
    make("button", {type: "button", class: "plain", id: "back", text: t("Clip before")})));
  at("back").onclick = () => show(place - 1);
  at("sheet").onsubmit = event => { event.preventDefault(); save(); };
  at("slow").onchange = () => { at("clip").playbackRate = at("slow").checked ? 0.5 : 1; };
  at("clip").onloadeddata = () => { at("clip").playbackRate = at("slow").checked ? 0.5 : 1; };
  at("clip").onerror = () => problem(t("This browser cannot play the clip. Another browser may, or convert the clip to MP4 (H.264)."));
}

function problem(text) {
  at("problem").replaceChildren(...(text ? [make("div", {class: "error", role: "alert", text})] : []));
}

function show(number) {
  place = number;
  problem("");
  const sheet = at("sheet"), given = state.answers[place];
  sheet.reset();
  if (given) for (const item of data.items) {
    const value = given[item.name];
    for (const one of sheet.elements[item.name]) one.checked = one.value === (value === null || value === undefined ? "" : String(value));
  }
  at("clip").src = `/file?id=${place}&token=${encodeURIComponent(data.token)}`;
  at("clip").play().catch(() => {});
  at("back").disabled = place === 1;
  at("bar").max = data.clips; at("bar").value = state.done;
  at("told").textContent = t("Clip {place} of {clips}; {done} rated.", {place, clips: data.clips, done: state.done});
  document.body.dataset.clip = String(place);
}

async function save() {
  const answers = {};
  for (const item of data.items) {
    const value = at("sheet").elements[item.name].value;
    answers[item.name] = value === "" ? null : Number(value);
  }
  at("save").disabled = true;
  try {
    state = await post("/rate", {clip: place, answers});
    if (state.next === null) finish(); else show(state.answers[String(place + 1)] || place === data.clips ? state.next : place + 1);
    scrollTo(0, 0);
  } catch (error) { problem(error.message); }
  at("save").disabled = false;
}

function finish() {
  problem("");
  at("bar").max = data.clips; at("bar").value = data.clips;
  at("told").textContent = t("All {clips} clips are rated and saved. Thank you. You may close this page.", data);
  document.body.dataset.state = "finished";
}

at("who").textContent = t("Rater {rater}", data);
at("title").textContent = data.title;
build();
post("/state", {}).then(found => {
  state = found;
  show(state.next === null ? data.clips : state.next);
  if (state.next === null) finish();
  document.body.dataset.state = document.body.dataset.state || "ready";
}).catch(error => problem(error.message));
