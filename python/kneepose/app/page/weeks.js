"use strict";
// The room Weeks: one subject of the history file; each entry is on the disk before the page says so.
{  // The other rooms have functions of the same names.

const PAGES = {clinician: t("Page for the clinician"), patient: t("Page for the patient")};
let weeks = null;

const valueOf = id => at(id).value.trim();

function tell(text, isError = false) {
  at("weeks-said").replaceChildren(...(text ? [make("div", isError ? {class: "error", role: "alert", text: sentence(text)} : {class: "note", text})] : []));
}

async function ask(given) {
  try {
    const found = await post("/weeks", {subject: weeks && weeks.subject, ...given});
    if (given.action !== "page") { weeks = found; showWeeks(); tell(found.said); }
    document.body.dataset.weeks = String(1 + Number(document.body.dataset.weeks || 0));
    return found;
  } catch (error) { tell(error.message, true); document.body.dataset.weeks = "failed"; return null; }
}

const list = (rows, empty) => rows.length ? make("ul", {}, ...rows) : make("p", {class: "quiet", text: empty});
const lines = (texts) => make("ul", {}, ...texts.map(text => make("li", {text})));

function showWeeks() {
  const select = at("weeks-subject"), names = weeks.subjects.map(one => one.pseudonym);
  select.replaceChildren(...(weeks.subject ? [] : [make("option", {value: "", text: names.length ? t("choose") : t("none yet")})]),
    ...names.map(name => make("option", {value: name, text: name})));
  select.value = weeks.subject || "";
  select.closest("label").hidden = !names.length;
  at("weeks-new").open = !names.length;
  at("weeks-all").hidden = !weeks.subject;
  weeksRecipe();
  if (!weeks.subject) return;
  const exercise = at("log-exercise"), before = exercise.value;
  exercise.replaceChildren(...weeks.exercises.map(one => make("option", {value: one.name, text: one.title})));
  if (weeks.exercises.some(one => one.name === before)) exercise.value = before; else fillDose();
  const told = weeks.trend, pages = make("div", {id: "weeks-page"});
  const open = (audience, text) => make("button", {type: "button", class: "plain", text, onclick: () => openPage(audience, pages)});
  at("weeks-trend").replaceChildren(make("h2", {text: t("Trend")}),
    told.found.length ? lines(told.found) : make("p", {class: "quiet", text: t("Nothing is recorded yet.")}),
    make("h3", {text: t("Next")}), lines(told.next),
    told.sure.length ? make("details", {}, make("summary", {text: t("How sure")}), lines(told.sure)) : "",
    make("div", {class: "links"}, open("clinician", PAGES.clinician), open("patient", PAGES.patient)), pages);
  at("weeks-sessions").replaceChildren(list(weeks.sessions.map(one => make("li", {}, make("b", {text: one.date}), ` ${one.kind}, ${one.camera}`,
    ...one.done.map(text => make("div", {class: "quiet", text})))), `${t("No session yet. Record one:")} kneepose session clip.mp4 --exercise … --camera …`));
  at("weeks-sets").replaceChildren(list(weeks.sets.map(one => make("li", {}, make("b", {text: one.date}), ` ${one.text}`)), t("No set yet.")));
}

async function openPage(audience, box) {
  const found = await ask({action: "page", audience});
  if (!found) return;
  if (found.page === null) { box.replaceChildren(make("p", {class: "note", text: `${t("The page needs another package")}: pip install "kneepose[report]"`})); return; }
  box.replaceChildren(make("div", {class: "links"},
    make("a", {class: "button plain", href: fileUrl(found.page), target: "_blank", rel: "noopener", text: t("Open it alone, to print")}),
    make("a", {class: "button plain", href: fileUrl(found.page, true), download: true, text: t("Save it")})),
    make("iframe", {src: fileUrl(found.page), title: PAGES[audience], sandbox: ""}));
}

function fillDose() {
  const dose = weeks.dose[at("log-exercise").value];
  at("log-side").value = dose ? dose.side : "both";
  at("log-sets").value = dose ? dose.sets : 3;
  at("log-reps").value = dose ? dose.reps : "";
  at("log-load").value = dose ? dose.load : "";
}

function weeksRecipe() {
  showRecipe("weeks", {subject: weeks.subject, file: weeks.file, exercise: at("log-exercise").value});
}

function logged(more) {
  return {action: "log", exercise: at("log-exercise").value, side: at("log-side").value, sets: valueOf("log-sets"), reps: valueOf("log-reps"),
    load: valueOf("log-load"), rpe: valueOf("log-rpe"), date: valueOf("log-date"), ...more};
}

at("weeks-subject").onchange = () => { weeks.subject = at("weeks-subject").value || null; ask({action: "show"}); };
at("subject-form").onsubmit = event => {
  event.preventDefault();
  ask({action: "subject", subject: null, pseudonym: valueOf("subject-name"), involved: at("subject-involved").value});
};
at("log-exercise").onchange = () => { fillDose(); weeksRecipe(); };
at("log-form").onsubmit = event => { event.preventDefault(); ask(logged({})); };
at("log-not").onclick = () => ask(logged({not_done: true}));
at("pain-form").onsubmit = async event => {
  event.preventDefault();
  const found = await ask({action: "pain", worst: valueOf("pain-worst"), usual: valueOf("pain-usual"), during: valueOf("pain-during"),
    after_24h: valueOf("pain-after"), date: valueOf("pain-date")});
  if (found) for (const id of ["worst", "usual", "during", "after"]) at(`pain-${id}`).value = "";
};
if (data.rooms.includes("weeks")) ask({action: "show"});

}
