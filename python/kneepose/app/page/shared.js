"use strict";
// What all pages share: elements, and texts in the language of the page.

const at = id => document.getElementById(id);

function make(kind, given = {}, ...inside) {
  const element = document.createElement(kind);
  for (const [name, value] of Object.entries(given)) {
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...inside.filter(one => one !== null && one !== undefined));
  return element;
}

/** A text in the language of the page, with its parameters; its key is the English text. */
const t = (text, given = {}) => (data.words[text] ?? text).replace(/\{(\w+)\}/g, (whole, name) => given[name] ?? whole);
const SIDES = {left: t("left"), right: t("right"), both: t("both")};
const decimal = number => String(number).replace(".", data.decimal);

const sentence = text => {
  const said = String(text).trim();
  const isFile = /^\S*\.\w/.test(said); // names of files stay as they are
  return said && !isFile ? said[0].toUpperCase() + said.slice(1) : said;
};
