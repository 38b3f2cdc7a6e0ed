/* What Back and Forward lead to: pages, and the rooms of a page, each with its settings.

   Streamlit adds an entry to the browser's history whenever the server changes the address, also
   while it leaves a page, and none when a visitor changes a setting. */

(() => {
  if (window.graftHistory) return;
  window.graftHistory = true;

  const ROOM = /(^|_)(room|mode)$/;
  const roomsIn = (url) =>
    JSON.stringify([...url.searchParams].filter(([name]) => ROOM.test(name)).sort());
  const push = history.pushState.bind(history);
  const replace = history.replaceState.bind(history);
  let leaving = false; // a link to another page was followed, and the address is not yet its own
  let acting = false; // what happens was the visitor's doing, and not a way back

  const act = () => { acting = true; };
  addEventListener("pointerdown", act, true);
  addEventListener("keydown", act, true);
  addEventListener("popstate", () => { acting = leaving = false; }, true);
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || link.target === "_blank" || event.ctrlKey || event.metaKey || event.shiftKey) return;
    leaving = link.origin === location.origin && link.pathname !== location.pathname;
  }, true);

  // A page opened in another tab is of the same project; the server has no hand in that.
  addEventListener("pointerdown", (event) => {
    const link = event.target.closest?.("[data-testid=stSidebarNavLink]");
    const project = new URL(location.href).searchParams.get("project");
    if (link && project) link.search = new URLSearchParams({ project });
  }, true);

  const change = (state, unused, address) => {
    const url = new URL(address ?? location.href, location.href);
    const entersRoom = acting && roomsIn(url) !== roomsIn(new URL(location.href));
    (entersRoom ? push : replace)(state, unused, address);
  };
  history.replaceState = change;
  history.pushState = (state, unused, address) => {
    if (new URL(address, location.href).pathname !== location.pathname) {
      acting = leaving = false;
      push(state, unused, address);
    } else if (!leaving) {
      change(state, unused, address);
    }
  };
})();
