// Keys for a full day at the desk: comforts only, every link is on the page. Off is remembered here.
(() => {
  const help = document.querySelector("[data-keys]");
  if (!help) return;
  const list = help.querySelector("details"), toggle = help.querySelector("button");
  let on = true;
  try { on = localStorage.getItem("keys") !== "off"; } catch { /* no memory: on */ }
  const tell = () => { toggle.textContent = on ? toggle.dataset.off : toggle.dataset.on; };
  help.hidden = false;
  tell();
  toggle.addEventListener("click", () => {
    on = !on;
    try { localStorage.setItem("keys", on ? "on" : "off"); } catch { /* for this page alone */ }
    tell();
  });
  const rows = [...document.querySelectorAll(".rows .what a")];
  const step = (by) => {
    const at = rows.indexOf(document.activeElement);
    rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + by))]?.focus();
  };
  addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea, [contenteditable]");
    if (!on || typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const link = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
    const back = event.key === "u" && document.querySelector(".passage a");
    const search = event.key === "/" && document.querySelector("[role=search] input");
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "?") { list.open = !list.open; list.querySelector("summary").focus(); }
    else if (search) search.focus();
    else if (back) back.click();
    else if (link) link.click();
    else return;
    event.preventDefault();
  });
})();
