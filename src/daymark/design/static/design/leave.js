// A comfort only: the link works without this file.
// Leave at once: the link, or Shift or Escape three times. The page is emptied first, so that
// nothing of it is kept for Back, and its place in the history is taken by where one goes.
(() => {
  const { href } = document.querySelector("a[data-leave]") ?? {};
  if (!href) return;
  const leave = () => {
    document.title = "";
    document.documentElement.replaceChildren();
    location.replace(href);
  };
  addEventListener("click", (event) => {
    if (!event.target.closest("a[data-leave]")) return;
    event.preventDefault();
    leave();
  });
  let last = "", times = 0, at = 0;
  addEventListener("keydown", (event) => {
    if (event.repeat) return;
    const now = Date.now();
    times = event.key === last && now - at < 1500 ? times + 1 : 1;
    last = event.key; at = now;
    if (times === 3 && (last === "Escape" || last === "Shift")) leave();
  });
})();
