// Keys and small conveniences. Every page works without this file.
"use strict";

const ROOMS = { o: "/", t: "/tickets", s: "/services", m: "/monitors", r: "/runbooks", p: "/reports", h: "/health" };
let awaitsRoom = false;

const isTyping = (element) => element.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
const rows = () => Array.from(document.querySelectorAll("tr[data-href]"));
const here = () => document.querySelector("tr[data-here]");

function move(step) {
  const all = rows();
  if (!all.length) return;
  const next = Math.min(all.length - 1, Math.max(0, all.indexOf(here()) + step));
  here()?.removeAttribute("data-here");
  all[next].setAttribute("data-here", "");
  all[next].querySelector("a.title")?.focus({ preventScroll: true });
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
};

// The element that carries the key: a button is pressed, a summary opened, a field entered.
function use(element) {
  if (element.matches("textarea, input")) element.focus();
  else if (element.tagName === "SUMMARY") {
    element.parentElement.open = !element.parentElement.open;
    const field = element.parentElement.open && element.parentElement.querySelector("input:not([type=hidden]), select, textarea");
    (field || element).focus();
  } else element.click();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]") || isTyping(event.target)) return;
  if (awaitsRoom && ROOMS[event.key]) location.href = ROOMS[event.key];
  else if (event.key === "g") { awaitsRoom = true; setTimeout(() => { awaitsRoom = false; }, 1200); return; }
  else {
    const act = KEYS[event.key];
    if (!act && event.key.length === 1 && here() && document.getElementById("bulk-bar") && !document.querySelector("[name=number]:checked") && document.querySelector(`#bulk-bar [data-key="${CSS.escape(event.key)}"]`)) KEYS.x();
    const named = act ? null : document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!act && !named) return;
    event.preventDefault();
    if (act) act(); else use(named);
  }
  awaitsRoom = false;
});

// Escape leaves a field, so that the keys work again.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && isTyping(event.target)) event.target.blur();
});

// How many rows are selected, and what the bar over them does: one panel at a time, Enter presses the panel's button.
const countSelected = () => {
  const place = document.querySelector("[data-selected]");
  if (place) place.textContent = document.querySelectorAll("[name=number]:checked").length;
};
document.addEventListener("change", (event) => { if (event.target.matches("[name=number]")) countSelected(); });
document.addEventListener("htmx:after:swap", countSelected);
document.addEventListener("DOMContentLoaded", countSelected);
document.addEventListener("toggle", (event) => {
  if (!event.target.matches("details.up") || !event.target.open) return;
  document.querySelectorAll("details.up[open]").forEach((other) => { if (other !== event.target) other.open = false; });
}, true);
document.addEventListener("keydown", (event) => {
  const panel = event.target.closest("details.up");
  if (!panel) return;
  if (event.key === "Escape") { panel.open = false; panel.querySelector("summary").focus(); }
  if (event.key === "Enter" && event.target.matches("input")) { event.preventDefault(); panel.querySelector("button").click(); }
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

// The icon tells the worst open priority, also of a page that was renewed in place.
document.addEventListener("htmx:after:swap", () => {
  const wanted = document.getElementById("live")?.dataset.icon;
  const icon = document.getElementById("icon");
  if (wanted && icon && icon.getAttribute("href") !== wanted) icon.setAttribute("href", wanted);
});

// Times are told in UTC; whoever wants reads them in their own time, on every page of this browser.
const two = (number) => String(number).padStart(2, "0");
const dayOf = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
const hoursOf = (at) => `${two(at.getHours())}:${two(at.getMinutes())}`;
function tellTimes() {
  const isLocal = localStorage.getItem("zone") === "local";
  const button = document.getElementById("zone");
  if (button) {
    button.hidden = false;
    button.textContent = isLocal ? "local time" : "UTC";
    button.setAttribute("aria-label", isLocal ? "Times are local; show them in UTC" : "Times are in UTC; show them in local time");
  }
  document.querySelectorAll("time[data-zoned]").forEach((element) => {
    const stamp = element.getAttribute("datetime");
    if (element.dataset.of !== stamp || element.textContent !== element.dataset.told) { element.dataset.of = stamp; element.dataset.utc = element.textContent; }
    const at = new Date(stamp);
    const isToday = dayOf(at) === dayOf(new Date());
    const local = element.dataset.zoned === "day" ? `${dayOf(at)} ${hoursOf(at)}` : `${isToday ? "" : `${dayOf(at)} `}${hoursOf(at)}:${two(at.getSeconds())}`;
    element.textContent = element.dataset.told = isLocal ? local : element.dataset.utc;
  });
}
document.addEventListener("click", (event) => {
  if (event.target.id !== "zone") return;
  localStorage.setItem("zone", localStorage.getItem("zone") === "local" ? "utc" : "local");
  tellTimes();
});
document.addEventListener("htmx:after:swap", tellTimes);
document.addEventListener("DOMContentLoaded", tellTimes);

// A hidden page lets go of its connection, of which a browser has few, and looks now and then instead.
const look = () => document.body.dispatchEvent(new CustomEvent("changed"));
setInterval(() => { if (document.hidden) look(); }, 20000);
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });

const setOffline = (isOffline) => document.documentElement.toggleAttribute("data-offline", isOffline);
document.addEventListener("htmx:sse:error", () => setOffline(true));
document.addEventListener("htmx:sse:after:connection", () => setOffline(false));
