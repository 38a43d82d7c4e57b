// What fits the words in the search box, under it while one types; without this file the form leads to a page of it.
"use strict";

const box = () => document.getElementById("search");
const list = () => document.getElementById("found");
const options = () => Array.from(list()?.querySelectorAll("[role=option]") ?? []);
let waiting = 0;
let asked = "";

function close() {
  if (!list()) return;
  list().hidden = true;
  list().replaceChildren();
  box().setAttribute("aria-expanded", "false");
  box().removeAttribute("aria-activedescendant");
}

function choose(step) {
  const all = options();
  if (!all.length) return;
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const next = (at + step + all.length + (at < 0 && step < 0 ? 1 : 0)) % all.length;
  all.forEach((option, place) => option.setAttribute("aria-selected", String(place === next)));
  all[next].scrollIntoView({ block: "nearest" });
  box().setAttribute("aria-activedescendant", all[next].id);
}

// A few of each kind, and what was chosen already stays chosen.
function show(found) {
  const chosen = options().find((option) => option.getAttribute("aria-selected") === "true")?.dataset.path;
  const few = found.filter((row, place) => row.kind === "Go to" || found.slice(0, place).filter((other) => other.kind === row.kind).length < 4);
  list().replaceChildren(...few.slice(0, 20).map((row, place) => {
    const option = document.createElement("li");
    option.id = `found-${place}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", String(row.path === chosen));
    option.dataset.path = row.path;
    option.dir = "auto";
    const under = document.createElement("small");
    under.textContent = [row.kind, row.under].filter(Boolean).join(": ");
    option.append(row.title, under);
    return option;
  }));
  list().hidden = !found.length;
  box().setAttribute("aria-expanded", String(found.length > 0));
}

async function ask() {
  const text = box().value.trim();
  asked = text;
  if (!text) { close(); return; }
  const answer = await fetch(`/search.json?text=${encodeURIComponent(text)}`).catch(() => null);
  if (!answer?.ok) return;
  const { found } = await answer.json();
  if (asked === text && document.activeElement === box()) show(found);
}

document.addEventListener("DOMContentLoaded", () => {
  const field = box();
  if (!field) return;
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list" })) field.setAttribute(name, value);
});
document.addEventListener("input", (event) => {
  if (event.target !== box()) return;
  clearTimeout(waiting);
  waiting = setTimeout(ask, 140);
});
document.addEventListener("keydown", (event) => {
  if (event.target !== box() || !list() || list().hidden) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); choose(event.key === "ArrowDown" ? 1 : -1); }
  const chosen = options().find((option) => option.getAttribute("aria-selected") === "true");
  const wanted = chosen ?? (box().value.trim().startsWith(">") ? options()[0] : null);
  if (event.key === "Enter" && wanted) { event.preventDefault(); location.href = wanted.dataset.path; }
  if (event.key === "Escape") close();
});
document.addEventListener("mousedown", (event) => {
  const option = event.target.closest("#found [role=option]");
  if (option) { event.preventDefault(); location.href = option.dataset.path; }
});
document.addEventListener("focusout", (event) => { if (event.target === box()) close(); });
