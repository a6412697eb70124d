"use strict";
// The room Mirror: pictures of the camera go to kneepose on this computer, and are drawn with what comes back.

const view = at("view"), pen = view.getContext("2d"), camera = document.createElement("video"), taken = document.createElement("canvas");
camera.muted = true; camera.playsInline = true;
const WIDEST = 640;
const STEPS = ["set_up", "first", "rest", "second", "finished"];
let running = 0, inSet = false, isGuided = false, said = "", counted = 0, frames = 0;

let order = null; // of the legs in the guided test
const mirrorRecipe = () => isGuided ? showRecipe("mirror", {order}, "guided") : showRecipe("mirror", chosen("mirror"));

function say(text) {
  if (!text || !at("speak").checked || !("speechSynthesis" in window)) return;
  const spoken = new SpeechSynthesisUtterance(text);
  spoken.lang = document.documentElement.lang;
  speechSynthesis.cancel(); speechSynthesis.speak(spoken);
}

function draw(found) {
  const {width, height} = taken, unit = Math.min(width, height) / 100;
  if (view.width !== width || view.height !== height) { view.width = width; view.height = height; }
  const flipped = ([x, y]) => [width - 1 - x, y];
  pen.save(); pen.translate(width, 0); pen.scale(-1, 1); pen.drawImage(taken, 0, 0); pen.restore();
  const low = new Set(found.low);
  const line = (a, b, thick, color) => {
    pen.lineWidth = thick; pen.strokeStyle = color; pen.lineCap = "round";
    pen.beginPath(); pen.moveTo(...a); pen.lineTo(...b); pen.stroke();
  };
  for (const [side, start, end] of data.bones) {
    const a = found.points[start], b = found.points[end];
    if (!a || !b) continue;
    const color = low.has(start) || low.has(end) ? "#969ca3" : data.colors[side] || "#d6dbe0";
    line(flipped(a), flipped(b), 1.7 * unit, "#fff");
    line(flipped(a), flipped(b), unit, color);
  }
  pen.font = `600 ${4.2 * unit}px system-ui, sans-serif`; pen.textBaseline = "middle";
  for (const angle of found.angles) {
    const joint = found.points[`${angle.side}_${angle.joint}`];
    if (!joint) continue;
    const text = `${SIDES[angle.side][0].toUpperCase()} ${angle.text}`, wide = pen.measureText(text).width + 2 * unit;
    const [x, y] = flipped(joint);
    // In the mirror the left of the person is on the left.
    const wanted = angle.side === "left" ? x - 3 * unit - wide : x + 3 * unit;
    const left = Math.min(Math.max(wanted, 0), width - wide);
    // At the border above the joint, or below it, so that it stays seen.
    const covers = left !== wanted && left - 3 * unit < x && x < left + wide + 3 * unit;
    const middle = !covers ? y : y > 9 * unit ? y - 6 * unit : y + 6 * unit;
    pen.fillStyle = angle.is_good ? data.colors[angle.side] : "#6b737b";
    pen.fillRect(left, middle - 3 * unit, wide, 6 * unit);
    pen.fillStyle = "#fff"; pen.fillText(text, left + unit, middle);
  }
}

const write = (id, text) => { const box = at(id); if (box.textContent !== text) box.textContent = text; };

function tell(found) {
  const guided = found.guided;
  isGuided = Boolean(guided) || (isGuided && Boolean(found.job));
  const isRest = guided && guided.step === "rest";
  const looks = guided && guided.step === "set_up";
  const number = isRest ? guided.rest_s : looks ? null : found.count;
  write("count", number === null || number === undefined ? "" : String(number));
  write("phase", looks || isRest ? "" : sentence(`${found.phase} ${found.bend}`.trim()));
  write("cue", found.cue);
  write("problem", found.cue || looks ? "" : found.problem);
  write("told", guided && !(guided.step !== "set_up" && found.in_set && counted) ? guided.say : "");
  write("rate", found.fps ? t("{fps} pictures per second", {fps: Math.round(found.fps)}) : "");
  if (found.cue && found.cue !== said) say(found.cue);
  else if (found.in_set && found.count !== counted && found.count) say(String(found.count));
  said = found.cue;
  counted = found.in_set ? found.count : 0;
  if (guided) tellGuided(guided);
}

const LEGS = {left: t("Left leg"), right: t("Right leg")};
let step = "";
function tellGuided(guided) {
  const names = {set_up: t("Camera"), first: LEGS[guided.order[0]], rest: t("Rest"), second: LEGS[guided.order[1]], finished: t("Report and film")};
  if (step !== guided.step) {
    step = guided.step; say(guided.say);
    order = guided.order; mirrorRecipe();
    at("steps").replaceChildren(...STEPS.map(name => make("li", {text: names[name],
      class: STEPS.indexOf(name) < STEPS.indexOf(step) ? "past" : null, "aria-current": name === step ? "step" : null})));
    write("skip", {set_up: t("Begin without waiting"), rest: t("End the rest")}[step] || t("End this set"));
  }
  const key = JSON.stringify(guided.checks);
  at("checks").hidden = guided.step !== "set_up";
  if (at("checks").dataset.key !== key) {
    at("checks").dataset.key = key;
    at("checks").replaceChildren(...guided.checks.map(one => make("li", {text: one.text, class: one.is_good === null ? null : one.is_good ? "good" : "bad"})));
  }
}

function showButtons() {
  const row = exerciseOf(at("mirror-exercise").value);
  at("set").hidden = isGuided; at("skip").hidden = !isGuided; at("steps").hidden = !isGuided;
  at("again").hidden = isGuided || !inSet; at("other").hidden = isGuided || row.two_legs;
  if (!isGuided) at("checks").hidden = true;
  write("set", inSet ? t("Stop the set") : t("Start a set"));
  write("close", isGuided ? t("Leave the test") : t("Stop the camera"));
}

async function act(action, more = {}) {
  const found = await post("/mirror", {action, ...more});
  inSet = found.in_set;
  if (found.sides.length === 1) at("mirror-side").value = found.sides[0];
  showButtons();
  if (found.last_set.length) document.body.dataset.count = found.last_set[0].count;
  if (found.job) showWork(found.job, false);
  if (action === "stop" && found.problem) showError(at("mirror-work"), t("This set could not be measured: {why}", {why: found.problem}));
  document.body.dataset.state = inSet ? "in set" : "ready";
  return found;
}

async function showWork(job, isTest) {
  const found = await follow(job, at("mirror-work"));
  if (!found) { document.body.dataset.result = "failed"; return; }
  if (isTest) showComparison(found, at("mirror-result"));
  else showSet(found);
  document.body.dataset.result = "done";
}

function showSet(found) {
  const differs = found.count !== found.live_count
    ? t("Counted live: {live_count}. The report looks at the whole set at once, and counts {count}.", found) : "";
  at("mirror-result").replaceChildren(make("div", {class: "result", tabindex: "-1"},
    make("div", {class: "head"}, make("span", {class: "big", text: found.count}), make("p", {text: found.summary.join(" ")})),
    differs ? make("p", {class: "note", text: differs}) : null,
    linksOf(found), ...reportOf(found)));
}

const CAMERA_ERRORS = {
  NotAllowedError: t("The browser may not use the camera. Allow it beside the address of this page, then start again."),
  NotFoundError: t("No camera was found. Connect one, then start again."),
  NotReadableError: t("The camera is used by another program. Close that one, then start again."),
};

/** Open the camera and send its pictures until the room is left. */
async function run(begin) {
  const mine = ++running;
  at("mirror-start").hidden = true; at("stage").hidden = false;
  at("mirror-result").replaceChildren(); at("mirror-work").replaceChildren();
  for (const id of ["count", "cue", "told", "problem", "rate"]) write(id, "");
  write("phase", t("Starting the camera …"));
  pen.clearRect(0, 0, view.width, view.height);
  showButtons();
  let stream = null;
  try {
    const wanted = {video: {width: {ideal: 1280}, height: {ideal: 720}}, audio: false};
    stream = await navigator.mediaDevices.getUserMedia(wanted);
    camera.srcObject = stream;
    await camera.play();
    write("phase", t("Starting the pose estimator …"));
    await begin();
    await frameLoop(mine);
  } catch (error) {
    const text = CAMERA_ERRORS[error.name] || error.message;
    leave();
    showError(at("mirror-work"), text);
    document.body.dataset.state = "failed";
  } finally {
    if (stream) for (const track of stream.getTracks()) track.stop();
  }
}

const nextPicture = () => new Promise(done => {
  if ("requestVideoFrameCallback" in camera) camera.requestVideoFrameCallback((now, about) => done(about.captureTime || now));
  else requestAnimationFrame(done);
});

async function frameLoop(mine) {
  const seconds = Number(new URLSearchParams(location.search).get("seconds"));
  let begun = null;
  while (mine === running) {
    const at_ms = await nextPicture();
    if (mine !== running) return;
    const taken_s = (performance.timeOrigin + at_ms) / 1000, share = Math.min(1, WIDEST / Math.max(camera.videoWidth, camera.videoHeight));
    taken.width = Math.round(share * camera.videoWidth); taken.height = Math.round(share * camera.videoHeight);
    taken.getContext("2d").drawImage(camera, 0, 0, taken.width, taken.height);
    const picture = await new Promise(done => taken.toBlob(done, "image/jpeg", 0.85));
    if (seconds && begun === null) { begun = taken_s; await act("start"); }
    try {
      const found = await post(`/frame?t=${taken_s}`, picture);
      if (mine !== running) return;
      draw(found); tell(found);
      document.body.dataset.frames = ++frames;
      document.body.dataset.landmarks = Object.keys(found.points).length;
      if (found.cue) document.body.dataset.cue = found.cue;
      if (found.job) { const job = found.job; leave(); isGuided = false; showWork(job, true); return; }
    } catch (error) {
      if (error.isFinal) throw error;
      write("problem", error.message);
      await new Promise(done => setTimeout(done, 100));
    }
    if (seconds && taken_s - begun >= seconds) { await act("stop"); leave(); document.body.dataset.state = "done"; return; }
  }
}

/** Close the camera and show the choices again. */
function leave() {
  running++; step = ""; inSet = false; isGuided = false;
  at("stage").hidden = true; at("mirror-start").hidden = false;
  if ("speechSynthesis" in window) speechSynthesis.cancel();
}

const failed = error => showError(at("mirror-work"), error.message);
at("guide").onclick = () => {
  at("speak").checked = true;
  isGuided = true; step = "";
  mirrorRecipe();
  run(() => act("guide"));
};
at("open").onclick = () => { isGuided = false; mirrorRecipe(); run(() => act("choose", chosen("mirror"))); };
at("set").onclick = () => act(inSet ? "stop" : "start").catch(failed);
at("again").onclick = () => act("start").catch(failed);
at("other").onclick = () => act("side").then(mirrorRecipe).catch(failed);
at("skip").onclick = () => act("skip").then(found => { if (found.job) { leave(); showWork(found.job, true); } }).catch(failed);
at("close").onclick = async () => {
  const action = isGuided ? "leave" : "stop";
  leave();
  try { await act(action); } catch (error) { failed(error); }
  mirrorRecipe();
};
fillExercises("mirror", mirrorRecipe);
if (data.sides.length === 1) at("mirror-side").value = data.sides[0];
mirrorRecipe();
