"use strict";
document.documentElement.classList.add("js");
for (const section of document.querySelectorAll("section[data-list]")) {
  if (!section.querySelector("input")) continue;
  const rows = [...section.querySelectorAll("tbody > tr")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const search = section.querySelector("input");
  const buttons = [...section.querySelectorAll("button")];
  const output = section.querySelector("output");
  let kind = "";
  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, place) => {
      const fits = (!kind || row.dataset.kind === kind) && words.every((word) => texts[place].includes(word));
      row.hidden = !fits;
      shown += fits;
    });
    output.textContent = shown === rows.length ? "" : `${shown} of ${rows.length} shown`;
  };
  search.addEventListener("input", show);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { search.value = ""; show(); }
  });
  for (const button of buttons) {
    button.addEventListener("click", () => {
      kind = button.dataset.kind;
      buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
      show();
    });
  }
}
// On paper nothing can be unfolded.
let unfolded = [];
addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("details:not([open])")];
  unfolded.forEach((one) => { one.open = true; });
});
addEventListener("afterprint", () => unfolded.forEach((one) => { one.open = false; }));
