// Asks whether the pages are newer than this one, and reloads it; shows what is wrong with the texts over the page.
(function () {
  "use strict";
  const version = Number(document.currentScript.dataset.version);
  const place = "runbooks:scroll:" + location.pathname;
  try {
    const kept = sessionStorage.getItem(place);
    if (kept !== null) { scrollTo({ top: Number(kept), behavior: "instant" }); sessionStorage.removeItem(place); }
  } catch (error) { /* The page begins at its top then. */ }
  let panel = null;
  function show(problems) {
    if (panel) panel.remove();
    panel = null;
    if (!problems.length) return;
    panel = document.createElement("section");
    panel.setAttribute("aria-label", "Problems in the texts");
    panel.className = "problems";
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "Close";
    close.addEventListener("click", () => panel.remove());
    const text = document.createElement("pre");
    text.tabIndex = 0;
    text.textContent = problems.join("\n");
    panel.append(close, text);
    // Scripts may set single properties under the policy that forbids style attributes.
    Object.assign(panel.style, { position: "fixed", inset: "auto 0 0 0", maxHeight: "60vh", overflow: "auto", zIndex: 99, padding: "1rem", background: "#1d1113", color: "#ffe9e6", borderTop: "3px solid #ff9b90", font: "14px/1.5 ui-monospace, monospace" });
    Object.assign(close.style, { float: "right", font: "inherit", color: "inherit", background: "none", border: "1px solid currentColor", padding: "2px 10px" });
    Object.assign(text.style, { margin: 0, whiteSpace: "pre-wrap" });
    document.body.append(panel);
  }
  async function ask(known, shown) {
    try {
      const answer = await (await fetch("/~changes?version=" + known + "&problems=" + shown)).json();
      if (answer.version !== version) {
        try { sessionStorage.setItem(place, String(scrollY)); } catch (error) { /* See above. */ }
        location.reload();
        return;
      }
      if (answer.mark !== shown) show(answer.problems);
      ask(answer.version, answer.mark);
    } catch (error) {
      setTimeout(() => ask(version, shown), 1000);
    }
  }
  ask(version, 0);
})();
