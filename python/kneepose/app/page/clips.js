"use strict";
// The rooms Clip and Compare: clips go to kneepose on this computer; counts, stills, report and film come back.

const files = {clip: null, first: null, second: null};

function size(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${decimal((bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0))} MB`;
}

function preview(file) {
  const address = URL.createObjectURL(file), isPicture = file.type.startsWith("image/");
  const shown = make(isPicture ? "img" : "video", {src: address, alt: isPicture ? t("The clip") : null, preload: "metadata"});
  if (!isPicture) shown.muted = true;
  shown.onerror = () => shown.remove();  // a kind that this browser does not play is read all the same
  return shown;
}

function dropZone(box, changed) {
  const key = box.dataset.for;
  const input = make("input", {type: "file", id: `${key}-file`, accept: "video/*,.gif,.mkv,.avi,.mts,.m2ts,.wmv", "aria-label": t("Choose a video")});
  const told = make("div", {class: "told-file", "aria-live": "polite"});
  const show = () => {
    const file = files[key];
    told.replaceChildren(...(file
      ? [preview(file), make("span", {class: "file", text: file.name}), ` (${size(file.size)}). ${t("Another one: drop it here, or press to choose.")}`]
      : [make("span", {class: "file", text: t("Drop a video here")}), make("br"), t("or press to choose one")]));
  };
  const take = list => { if (list.length) { files[key] = list[0]; show(); changed(); } };
  input.onchange = () => take(input.files);
  for (const name of ["dragenter", "dragover"]) box.addEventListener(name, event => { event.preventDefault(); box.classList.add("over"); });
  for (const name of ["dragleave", "drop"]) box.addEventListener(name, event => { event.preventDefault(); box.classList.remove("over"); });
  box.addEventListener("drop", event => take(event.dataTransfer.files));
  box.append(told, input);
  show();
}

/** Send a clip to kneepose, with progress; returns its number, or null if it was cancelled. */
function send(file, box) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest(), bar = make("progress", {"aria-label": t("Progress"), max: 1, value: 0});
    const stop = make("button", {type: "button", class: "plain", text: t("Cancel"), onclick: () => request.abort()});
    box.replaceChildren(make("div", {class: "work"}, make("span", {class: "what", role: "status", text: t("Handing over {name} (on this computer) …", file)}), bar, stop));
    request.upload.onprogress = event => { if (event.lengthComputable) bar.value = event.loaded / event.total; };
    request.onabort = () => { box.replaceChildren(); done(null); };
    request.onerror = () => fail(new Answered(t("kneepose did not take the clip: it is too large, the disk is full, or kneepose was ended."), true));
    request.onload = () => {
      let found = {};
      try { found = JSON.parse(request.responseText); } catch { /* the status says enough */ }
      if (request.status === 200) done(found.clip);
      else fail(new Answered(sentence(found.error || t("kneepose answered {status}.", request)), true));
    };
    request.open("POST", `/clip?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader("X-Kneepose-Token", data.token);
    request.send(file);
  });
}

/** Run one piece of work of a form, with its button off meanwhile. */
async function busy(form, box, work) {
  const button = form.querySelector("button[type=submit]");
  button.disabled = true; document.body.dataset.state = "busy";
  try { await work(); document.body.dataset.state = "done"; }
  catch (error) { showError(box, error.message); document.body.dataset.state = "failed"; }
  finally { button.disabled = false; }
}

const clipChoices = () => ({...chosen("clip"), start_s: at("clip-from").value.replace(",", "."), end_s: at("clip-to").value.replace(",", "."),
  slow_motion: at("clip-slow").value.replace(",", "."), person: at("clip-person").value, mirrored: at("clip-mirrored").checked});
const clipRecipe = () => showRecipe("clip", {...clipChoices(), clip: files.clip?.name});

at("clip-form").onsubmit = event => {
  event.preventDefault();
  const box = at("clip-work"), shown = at("clip-result");
  if (!files.clip) { showError(box, t("Choose a video first: drop one above.")); return; }
  busy(at("clip-form"), box, async () => {
    shown.replaceChildren();
    const clip = await send(files.clip, box);
    if (clip === null) return;
    const found = await follow(await post("/work", {kind: "clip", clip, ...clipChoices()}), box);
    if (found) showClip(found, shown);
  });
};

function showClip(found, box) {
  const film = make("div");
  const drawn = make("button", {type: "button", class: "plain", text: t("Draw it into the clip")});
  drawn.onclick = async () => {
    drawn.disabled = true;
    try {
      const made = await follow(await post("/work", {kind: "annotate", result: found.result}), film);
      if (made) film.replaceChildren(filmOf(made.film), linksOf({report: null, film: made.film}));
    } catch (error) { showError(film, error.message); }
    drawn.disabled = false;
  };
  const stills = found.reps.map(rep => make("li", {class: rep.number === null ? "not" : null},
    rep.still === null ? null : make("img", {src: fileUrl(rep.still), alt: t("Lowest point at {seconds} s, with angles drawn", {seconds: decimal(rep.at_s)}), loading: "lazy"}),
    make("div", {class: "cap"}, make("b", {text: rep.number === null ? t("not counted") : `${rep.number}`}),
      ` ${t("at {seconds} s", {seconds: decimal(rep.at_s)})}`, make("br"), rep.number === null ? rep.words : sentence(rep.peak))));
  box.replaceChildren(make("div", {class: "result", tabindex: "-1"},
    make("div", {class: "head"}, make("span", {class: "big", text: found.count, "aria-label": t("repetitions: {count}", found)}), make("p", {text: found.summary.join(" ")})),
    ...found.why.map(text => make("p", {class: "note", text})),
    ...found.notes.map(text => make("p", {class: "note", text: sentence(text)})),
    stills.length ? make("h2", {text: t("Lowest points")}) : null,
    stills.length ? make("p", {class: "legend"}, make("span", {class: "left", text: t("L left")}), make("span", {class: "right", text: t("R right")}), make("span", {class: "low", text: t("uncertain")})) : null,
    stills.length ? make("ul", {class: "stills"}, ...stills) : null,
    make("div", {class: "links"}, drawn), film, linksOf(found), ...reportOf(found)));
  box.firstChild.focus({preventScroll: true});
  box.scrollIntoView({block: "nearest"});
}

const compareChoices = () => ({exercise: at("compare-exercise").value, first_side: at("first-side").value, second_side: at("second-side").value});
function compareRecipe() {
  for (const key of ["first", "second"]) {
    const same = at("first-side").value === at("second-side").value;
    // Two dates of one leg: the earlier one is grey, as in the report.
    at(`${key}-side`).closest(".card").dataset.side = same && key === "first" ? "" : at(`${key}-side`).value;
  }
  showRecipe("compare", {...compareChoices(), first: files.first?.name, second: files.second?.name});
}

at("compare-form").onsubmit = event => {
  event.preventDefault();
  const box = at("compare-work"), shown = at("compare-result");
  if (!files.first || !files.second) { showError(box, t("Choose both videos first: the first and the second one.")); return; }
  busy(at("compare-form"), box, async () => {
    shown.replaceChildren();
    const first = await send(files.first, box);
    if (first === null) return;
    const second = await send(files.second, box);
    if (second === null) return;
    const found = await follow(await post("/work", {kind: "compare", first, second, ...compareChoices()}), box);
    if (found) showComparison(found, shown);
  });
};

for (const box of document.querySelectorAll(".drop")) dropZone(box, box.dataset.for === "clip" ? clipRecipe : compareRecipe);
fillExercises("clip", clipRecipe);
for (const id of ["clip-from", "clip-to", "clip-slow", "clip-person", "clip-mirrored"]) at(id).addEventListener("change", clipRecipe);
fillSides(at("first-side"), ""); fillSides(at("second-side"), ""); at("second-side").value = "right";
fillExercises("compare", compareRecipe);
if (data.exercise === "squat") at("compare-exercise").value = "single_leg_squat";
for (const id of ["first-side", "second-side"]) at(id).addEventListener("change", compareRecipe);
compareRecipe();

// At the end, when all rooms are ready.
enterByAddress();
document.body.dataset.state = "ready";
if (new URLSearchParams(location.search).has("seconds")) run(() => act("choose", chosen("mirror")));
