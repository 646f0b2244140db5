// Comforts only: every page works without this file.
//
// Pages follow each other in one document. What was typed lies in `pages`, in memory alone: Back
// shows it again, a lost connection loses nothing, and no history keeps what a form sent. Leaving
// empties all of it first.
(() => {
  const root = document.documentElement;
  const way = document.getElementById("leave");
  if (!way || !window.SubmitEvent) return;  // an old browser does not say which button was pressed
  // `pages`: what stands at each place of the history. `sealed`: the newest that a form carries.
  let pages = [], at = history.state?.at ?? 0, sealed = {}, under, gone = false;
  const visits = new Set();

  const carry = (page = document) => page.getElementById("carry");
  const said = (name, page) => carry(page)?.elements[name]?.value ?? "";

  // Only while nobody looks, for a page that the system drops meanwhile, does the history hold
  // what was answered, and that sealed.
  const note = (unseen = document.hidden) => gone || history.replaceState(
    { at, page: said("page"), ...(unseen && said("page") && sealed) }, "");

  const standing = () => ({
    title: document.title, lang: root.lang, dir: root.dir, body: document.body,
    top: scrollY, focus: document.activeElement,
  });

  const show = ({ title, lang, dir, body, top, focus }) => {
    document.title = title;
    Object.assign(root, { lang, dir });
    document.body.replaceWith(body);
    const { draft, visit } = carry()?.elements ?? {};
    // A page met again carries on what was answered since.
    if (focus && draft && visit?.value === sealed.visit) draft.value = sealed.draft;
    else if (visit) sealed = { visit: visit.value, draft: draft?.value ?? "" };
    scrollTo({ top, behavior: "instant" });
    const first = document.querySelector(".errors, h1");
    first?.setAttribute("tabindex", "-1");
    (focus ?? first)?.focus({ preventScroll: focus || first.matches("h1") });
    if (visit) visits.add(visit.value);
    note();
  };

  const tell = (words, role) => {
    document.getElementById("told")?.remove();
    if (!words) return;
    const line = document.createElement("p");
    Object.assign(line, { id: "told", textContent: words });
    line.setAttribute("role", role);
    line.className = role === "alert" ? "note error" : "muted";
    const pressed = document.activeElement.closest(".actions");
    if (pressed) pressed.after(line);
    else document.querySelector("main").prepend(line);
    line.scrollIntoView({ block: "nearest" });
  };

  // Where in the path a page stands, in whatever language.
  const place = (page, path) => path.replace(/^\/[a-z]{2}(?=\/)/, "") + said("page", page);
  const sheets = (page) => [...page.querySelectorAll("link[rel=stylesheet]")].map((one) => one.href).join();

  const turn = async (address, body, here) => {
    const mine = under = new AbortController(), form = carry();
    const { slow, failed } = document.getElementById("leave")?.dataset ?? {};
    const later = setTimeout(() => tell(slow, "status"), 1000);
    form?.setAttribute("aria-busy", "true");
    let answer, page;
    try {
      answer = await fetch(address, { method: body ? "POST" : "GET", body, signal: mine.signal });
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch { /* said below */ }
    clearTimeout(later);
    form?.removeAttribute("aria-busy");
    if (under !== mine) return;
    under = undefined;
    const ours = page?.querySelector("main") && sheets(page) === sheets(document);
    if (!page || (body && !ours)) return tell(failed, "alert");
    if (!ours) return location.assign(answer.url);
    tell();
    const { pathname } = new URL(answer.url);
    // What went wrong is a page of its own: the one that was sent is behind it.
    const stays = here || (answer.ok || carry(page)) && place(page, pathname) === place(document, location.pathname);
    if (!stays) {
      history.scrollRestoration = "manual";
      pages[at] = standing();
      pages.length = ++at;
      if (body && answer.ok && !carry(page)) { pages = []; sealed = {}; }  // all is done
    }
    history[stays ? "replaceState" : "pushState"]({ at }, "", answer.url);
    const { lang, dir } = page.documentElement;
    show({ title: page.title, lang, dir, body: page.body, top: 0 });
  };

  // The page of a name, as it was answered, where memory has lost it.
  const again = (page) =>
    turn(location.pathname, new URLSearchParams({ ...sealed, page, to: "again" }), true);

  addEventListener("popstate", ({ state }) => {
    if (!state || state.at === at) return note();  // a place on this page
    under?.abort();
    under = undefined;
    tell();
    pages[at] = standing();
    at = state.at;
    if (pages[at]) show(pages[at]);
    else if (sealed.draft && state.page) again(state.page);
    else location.reload();
  });

  const empty = () => {
    gone = true;
    pages = [];
    document.title = "";
    root.replaceChildren();
  };

  const leave = () => {
    empty();
    const body = new URLSearchParams([...visits].map((visit) => ["visit", visit]));
    if (visits.size) fetch(way.action, { method: "POST", body, keepalive: true }).catch(() => {});
    location.replace(way.dataset.elsewhere);
  };

  addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (form.id !== "leave" && form.id !== "carry") return;
    event.preventDefault();
    if (form.id === "leave") return leave();
    if (under) return;
    const data = new FormData(form);
    if (submitter?.name) data.append(submitter.name, submitter.value);
    const files = form.enctype === "multipart/form-data";
    turn(submitter?.getAttribute("formaction") ?? form.action, files ? data : new URLSearchParams(data));
  });

  // Whoever looks something up in the middle of a report finds it again.
  addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || link.origin !== location.origin || !link.pathname.endsWith("/") || link.hash) return;
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (!under) turn(link.href);
  });

  let last = "", times = 0, when = 0;
  addEventListener("keydown", (event) => {
    if (event.repeat) return;
    const now = Date.now();
    times = event.key === last && now - when < 1500 ? times + 1 : 1;
    last = event.key; when = now;
    if (times === 3 && (last === "Escape" || last === "Shift")) leave();
  });

  addEventListener("visibilitychange", () => note());
  addEventListener("beforeunload", () => note(true));
  addEventListener("pagehide", empty);  // a browser may keep the whole document for Back
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload());

  const { draft, visit, page } = history.state ?? {};
  sealed = draft ? { draft, visit } : { visit: said("visit"), draft: said("draft") };
  if (sealed.visit) visits.add(sealed.visit);
  note();
  if (draft) again(page);
})();
