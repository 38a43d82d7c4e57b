// Keys and small conveniences. Every page works without this file.
"use strict";

const ROOMS = { o: "/", t: "/tickets", s: "/services", m: "/monitors", r: "/runbooks", p: "/reports", h: "/health" };
let awaitsRoom = false;

const isTyping = (element) => element.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
const rows = () => Array.from(document.querySelectorAll("tr[data-href]"));
const here = () => document.querySelector("tr.is-here");

function move(step) {
  const all = rows();
  if (!all.length) return;
  const next = Math.min(all.length - 1, Math.max(0, all.indexOf(here()) + step));
  here()?.classList.remove("is-here");
  all[next].classList.add("is-here");
  all[next].querySelector("a.title")?.focus();
  all[next].scrollIntoView({ block: "nearest" });
}

const KEYS = {
  "/": () => document.getElementById("search")?.focus(),
  "?": () => document.getElementById("keys")?.showModal(),
  j: () => move(1),
  k: () => move(-1),
  o: () => here() && (location.href = here().dataset.href),
  x: () => here()?.querySelector("input[type=checkbox]")?.click(),
  u: () => document.querySelector("a[data-up]")?.click(),
  n: () => document.querySelector("[data-note]")?.focus(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (awaitsRoom && ROOMS[event.key]) location.href = ROOMS[event.key];
  else if (event.key === "g") { awaitsRoom = true; setTimeout(() => { awaitsRoom = false; }, 1200); return; }
  else {
    const act = KEYS[event.key];
    const named = act ? null : document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!act && !named) return;
    event.preventDefault();
    if (act) act();
    else if (named.tagName === "SUMMARY") { named.parentElement.open = true; named.parentElement.querySelector("input, select, textarea, button")?.focus(); }
    else named.click();
  }
  awaitsRoom = false;
});

// A select that filters a list sends its form by itself.
document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-submits]")) event.target.form.requestSubmit();
});

// Text being written on a ticket holds the machine back from closing it: say so at most every ten seconds.
let saidAt = 0;
document.addEventListener("input", (event) => {
  const address = event.target.dataset?.drafting;
  if (!address || Date.now() - saidAt < 10000) return;
  saidAt = Date.now();
  fetch(address, { method: "POST" });
});
