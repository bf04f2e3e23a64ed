// Filters by level, rule and text: what does not fit is hidden, and a file without findings too.
const form = document.getElementById("filters");
if (form) {
  const findings = [...document.querySelectorAll("article")];
  const apply = () => {
    const data = new FormData(form);
    const levels = data.getAll("level");
    const rule = data.get("rule");
    const text = data.get("text").trim().toLowerCase();
    let shown = 0;
    for (const finding of findings) {
      const fits = levels.includes(finding.dataset.level)
        && (!rule || finding.dataset.rule === rule)
        && (!text || (finding.closest(".file").querySelector("h3").textContent + finding.textContent).toLowerCase().includes(text));
      finding.hidden = !fits;
      shown += fits;
    }
    for (const file of document.querySelectorAll(".file")) {
      file.hidden = !file.querySelector("article:not([hidden])");
    }
    form.querySelector("output").textContent = shown + " of " + findings.length + " shown";
  };
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
}
