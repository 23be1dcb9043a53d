// What a page does beyond being read: copying, ticking, finding one's place. Everything reads well without it.
(function () {
  "use strict";
  const root = document.documentElement.dataset.root || "";
  const find = (selector, from) => (from || document).querySelector(selector);
  const all = (selector, from) => Array.from((from || document).querySelectorAll(selector));
  const store = {
    get(key) { try { return localStorage.getItem(key); } catch (error) { return null; } },
    set(key, value) { try { localStorage.setItem(key, value); } catch (error) { /* Private window: nothing is kept. */ } },
  };

  // Where a folder shows its index.html, addresses need not name it: this page was just opened that way.
  if (/^https?:$/.test(location.protocol) && location.pathname.endsWith("/")) {
    for (const link of all("a[href*='index.html']")) {
      link.setAttribute("href", link.getAttribute("href").replace(/index\.html(?=$|[?#])/, "") || "./");
    }
  }

  // Colours: the button goes to the other scheme, and back.
  const scheme = find("button.scheme");
  const dark = () => (document.documentElement.dataset.scheme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const nameScheme = () => { find(".unseen", scheme).textContent = dark() ? "Light colours" : "Dark colours"; };
  if (scheme) {
    scheme.hidden = false;
    nameScheme();
    scheme.addEventListener("click", () => {
      document.documentElement.dataset.scheme = dark() ? "light" : "dark";
      store.set("runbooks:scheme", document.documentElement.dataset.scheme);
      nameScheme();
    });
  }

  // The list of runbooks on a narrow screen: a link becomes a button that opens and closes it.
  const side = find("#navigation");
  const menu = find("a.menu");
  if (menu && side) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "menu";
    button.append(...menu.childNodes);
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-controls", "navigation");
    menu.replaceWith(button);
    const open = (wanted) => {
      side.classList.toggle("open", wanted);
      button.setAttribute("aria-expanded", String(wanted));
    };
    button.addEventListener("click", () => open(!side.classList.contains("open")));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && side.classList.contains("open")) { open(false); button.focus(); }
    });
    const here = find("[aria-current]", side);
    if (here && side.scrollHeight > side.clientHeight) side.scrollTop = here.offsetTop - side.clientHeight / 2;
  }

  // Contents: open where there is room, marking the section being read.
  const contents = find(".contents");
  if (contents) {
    const wide = matchMedia("(min-width: 80rem)");
    const fit = () => { contents.open = wide.matches; };
    fit();
    wide.addEventListener("change", fit);
    const links = new Map(all("a[href^='#']", contents).map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
    const marks = Array.from(links.keys(), (id) => document.getElementById(id)).filter(Boolean);
    const seen = new IntersectionObserver(() => {
      const passed = marks.filter((mark) => mark.getBoundingClientRect().top < innerHeight * 0.3);
      const current = passed[passed.length - 1];
      for (const [id, link] of links) {
        if (current && id === current.id) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }, { rootMargin: "0px 0px -70% 0px", threshold: [0, 1] });
    marks.forEach((mark) => seen.observe(mark));
  }

  // Copy what runs, as values.js makes it.
  const write = async (text) => {
    try { await navigator.clipboard.writeText(text); return true; } catch (error) { /* Not allowed, or not over HTTPS. */ }
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "unseen";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  };
  const said = document.createElement("p");
  said.className = "unseen";
  said.setAttribute("role", "status");
  document.body.append(said);
  for (const block of all(".code, .run")) {
    const code = find("pre code", block);
    if (!code || block.classList.contains("expected")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const { text, open } = window.runbooksRunnable(code);
      const done = await write(text);
      button.textContent = !done ? "Select and copy by hand" : open ? "Copied, " + open + " to fill in" : "Copied";
      said.textContent = button.textContent;
      button.classList.add("done");
      button.focus();
      setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; button.classList.remove("done"); }, 1600);
    });
    block.append(button);
  }

  // A link to each section, for the pointer only: with the keyboard, the contents list leads to every one.
  for (const heading of all(".text :is(h2, h3, h4, h5, h6)[id]")) {
    const link = document.createElement("a");
    link.className = "anchor";
    link.href = "#" + encodeURIComponent(heading.id);
    link.tabIndex = -1;
    link.setAttribute("aria-hidden", "true");
    heading.append(link);
  }

  // What does not scroll need not be stopped at with the keyboard.
  const scrollers = all("pre[tabindex], .table[tabindex]");
  const settle = () => {
    for (const box of scrollers) {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  settle();
  addEventListener("resize", settle);

  // Task lists are ticked here and kept in this browser, by the words of each task. Twelve hours after the last tick they
  // are as their author left them: nobody should find the ticks of an earlier incident.
  const article = find("article[data-runbook]");
  const tasks = all(".task input");
  if (article && tasks.length) {
    const key = "runbooks:tasks:" + article.dataset.runbook;
    const asWritten = tasks.map((box) => box.checked);
    const times = {};
    const names = tasks.map((box) => {
      const words = box.closest("label").textContent.trim();
      times[words] = (times[words] || 0) + 1;
      return words + (times[words] > 1 ? " #" + times[words] : "");
    });
    let kept = {};
    try { kept = JSON.parse(store.get(key) || "{}") || {}; } catch (error) { kept = {}; }
    if (!kept.ticks || !(Date.now() - kept.at < 12 * 3600 * 1000)) kept = { ticks: {} };
    const bar = document.createElement("div");
    bar.className = "ticked";
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "Checklist");
    const state = document.createElement("p");
    state.setAttribute("role", "status");
    const button = (words, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.textContent = words;
      made.addEventListener("click", act);
      return made;
    };
    const done = () => tasks.filter((box) => box.checked).length;
    let before = null;
    const show = () => {
      state.textContent = done() + " of " + tasks.length + " done";
      bar.classList.toggle("begun", tasks.length > 1 && tasks.some((box, at) => box.checked !== asWritten[at]));
      reset.textContent = before ? "Put back" : "Reset";
      reset.disabled = !before && tasks.every((box, at) => box.checked === asWritten[at]);
    };
    const keep = () => {
      tasks.forEach((box, at) => { kept.ticks[names[at]] = box.checked; });
      kept.at = Date.now();
      store.set(key, JSON.stringify(kept));
      show();
    };
    const asText = () => {
      const lines = [find("h1").textContent.trim() + ": " + state.textContent + ", " + new Date().toISOString().slice(0, 16).replace("T", " ") + " UTC"];
      if (/^https?:$/.test(location.protocol)) lines.push(location.href.split("#")[0]);
      let under = null;
      for (const [at, box] of tasks.entries()) {
        const heading = all(".text :is(h2, h3, h4)").filter((one) => one.compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING).pop();
        if (heading && heading !== under) lines.push("", heading.textContent.trim());
        under = heading;
        lines.push("[" + (box.checked ? "x" : " ") + "] " + box.closest("label").textContent.trim().replace(/\s+/g, " "));
      }
      return lines.join("\n") + "\n";
    };
    const copy = button("Copy as text", async () => {
      copy.textContent = (await write(asText())) ? "Copied" : "Cannot copy here";
      said.textContent = copy.textContent;
      copy.focus();
      setTimeout(() => { copy.textContent = "Copy as text"; said.textContent = ""; }, 1600);
    });
    const reset = button("Reset", () => {
      const wanted = before || asWritten;
      before = before ? null : tasks.map((box) => box.checked);
      tasks.forEach((box, at) => { box.checked = wanted[at]; });
      keep();
    });
    for (const [at, box] of tasks.entries()) {
      box.disabled = false;
      box.autocomplete = "off";
      box.checked = names[at] in kept.ticks ? kept.ticks[names[at]] === true : asWritten[at];
      box.addEventListener("change", () => { before = null; keep(); });
    }
    bar.append(state, copy, reset);
    show();
    find(".text", article).append(bar);
  }

  // Details that hold what a link leads to are opened; all are opened for paper.
  const reveal = () => {
    let target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (; target; target = target.parentElement) if (target.tagName === "DETAILS") target.open = true;
  };
  reveal();
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", () => all("details").forEach((details) => { details.open = true; }));

  // Alerts are found whatever their capitals.
  const alerts = find("#alerts");
  if (alerts) {
    const names = new Map(all("h2 a", alerts).map((link) => [link.textContent.trim().toLowerCase(), link]));
    const go = (wanted) => {
      const link = names.get(wanted.trim().toLowerCase());
      if (link) location.href = link.href;
      else if (wanted.trim()) find("#alert-status").textContent = "No alert is called “" + wanted.trim() + "”.";
    };
    find(".alert-name").addEventListener("submit", (event) => { event.preventDefault(); go(find("#alert-name").value); });
    const asked = new URLSearchParams(location.search).get("name");
    if (asked) { find("#alert-name").value = asked; go(asked); }
  }
  const hint = find("#alert-hint");
  const wanted = hint && location.pathname.match(/\/alerts\/([^/]+)\/?(?:index\.html)?$/);
  if (wanted) location.replace(hint.dataset.alerts + "?name=" + wanted[1]);

  // Status: the rows of one owner, or of one outcome.
  const filter = find("#status-filter");
  if (filter) {
    const rows = all(".status-table tbody tr");
    const show = () => {
      const owner = find("#status-owner").value, outcome = find("#status-outcome").value;
      for (const row of rows) row.hidden = (owner && row.dataset.owner !== owner) || (outcome && row.dataset.outcome !== outcome);
      find("p", filter).textContent = rows.filter((row) => !row.hidden).length + " of " + rows.length + " runbooks";
    };
    filter.hidden = false;
    filter.addEventListener("change", show);
    filter.addEventListener("submit", (event) => event.preventDefault());
    show();
  }

  // Search is loaded when somebody wants it.
  let loading = null;
  const search = () => {
    loading = loading || new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = root + "theme/search.js";
      script.onload = () => resolve(window.runbooksSearch);
      script.onerror = reject;
      document.head.append(script);
    });
    return loading;
  };
  const openFinder = (event) => { event.preventDefault(); search().then((found) => found.dialog()); };
  const finder = find("a.find");
  if (finder) {
    finder.addEventListener("click", openFinder);
    finder.setAttribute("aria-keyshortcuts", "/ Control+K");
  }
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    const slash = event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
    const k = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
    if (slash || k) openFinder(event);
  });
  for (const form of all("form.search[role=search]")) {
    const field = find("input", form);
    const attach = () => search().then((found) => found.attach(form));
    field.addEventListener("focus", attach, { once: true });
    const asked = new URLSearchParams(location.search).get("q");
    if (form.id === "search-page") {
      field.value = asked || "";
      attach().then(() => field.focus());
    }
  }
})();
