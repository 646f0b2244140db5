// Comforts only: every page works without this file.
(() => {
  const all = (q, f) => document.querySelectorAll(q).forEach(f);
  const wait = (f, ms) => { let t; return () => { clearTimeout(t); t = setTimeout(f, ms); }; };

  // Characters left, once three quarters are used; said aloud only after a pause in typing.
  all("textarea[data-limit]", (area) => {
    const out = document.getElementById(area.id + "_count"), limit = +area.dataset.limit;
    const tell = () => {
      const left = limit - [...area.value].length;
      if (left > limit / 4) return;
      out.textContent = `${left < 0 ? out.dataset.over : out.dataset.left} ${Math.abs(left)}`;
      out.classList.toggle("over", left < 0);
    };
    area.addEventListener("input", wait(tell, 400));
    tell();
  });

  // A draft is kept on the server two seconds after the last key.
  all("form[data-draft-url]", (form) => {
    const status = form.querySelector("[data-draft-status]");
    let sending = false, again = false;
    const keep = async () => {
      if (sending) { again = true; return; }
      sending = true;
      let kept = false;
      const data = new FormData(form);
      data.set("page", location.pathname);
      for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
      try {
        // A redirect is the sign-in page, not a kept draft.
        kept = (await fetch(form.dataset.draftUrl, { method: "POST", body: data, redirect: "error" })).ok;
      } catch { /* said below */ }
      if (status) status.textContent = kept ? status.dataset.saved : status.dataset.failed;
      sending = false;
      if (again) { again = false; keep(); }
    };
    form.addEventListener("input", wait(keep, 2000));
  });

  all("button[data-copy]", (button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copy).textContent.trim().replace(/\s+/g, " ");
      await navigator.clipboard.writeText(text);
      button.textContent = button.dataset.done;
    });
  });
})();
