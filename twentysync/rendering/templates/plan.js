"use strict";
const form = document.querySelector("form");
const changes = [...document.querySelectorAll("details")];
const shown = document.querySelector("output");
function filter() {
  const words = form.search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const kind = form.kind.value, risk = form.risk.value, origin = form.origin ? form.origin.value : "";
  let count = 0;
  for (const change of changes) {
    const text = change.textContent.toLowerCase();
    const fits = words.every((word) => text.includes(word))
      && (!kind || change.dataset.kind === kind)
      && (!origin || change.dataset.origin.split(" ").includes(origin))
      && (!risk || (risk === "consent" ? change.dataset.consent === "yes" : change.dataset.risk !== "none"));
    change.hidden = !fits;
    count += fits ? 1 : 0;
  }
  shown.textContent = count + " of " + changes.length;
}
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
form.fold.addEventListener("click", () => {
  const open = changes.some((change) => !change.hidden && !change.open);
  for (const change of changes) if (!change.hidden) change.open = open;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== form.search) { event.preventDefault(); form.search.focus(); }
  if (event.key === "Escape" && document.activeElement === form.search) { form.search.value = ""; filter(); }
});
function openTarget() {
  const change = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (change instanceof HTMLDetailsElement) { change.hidden = false; change.open = true; change.querySelector("summary").focus(); }
}
window.addEventListener("hashchange", openTarget);
filter();
openTarget();
