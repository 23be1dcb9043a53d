// Reads the index that the build wrote: classic scripts, loaded as they are needed, from a server or from a disk.
// A query's words must all be on a page; a word also finds what begins with it, and what is one letter off.
window.runbooksSearch = (function () {
  "use strict";
  const root = document.documentElement.dataset.root || "";
  const tidy = /^https?:$/.test(location.protocol) && location.pathname.endsWith("/");
  const SHOWN = 8;
  const MOST_CHUNKS = 6;
  let directory = null;
  const chunks = new Map();
  const words = new Map();
  const pages = new Map();
  const loading = new Map();

  // --- Loading: each file calls one of these.
  const self = {
    open(_, data) { data.letters = new Set(data.words); directory = data; },
    terms(number, text) {
      const terms = new Map();
      const list = text.split(" ");
      for (let at = 0; at + 1 < list.length; at += 2) terms.set(list[at], list[at + 1]);
      chunks.set(number, terms);
    },
    words(number, text) { words.set(number, text.split(" ")); },
    page(number, data) { pages.set(number, data); },
    attach, dialog, cut,
  };
  function load(path) {
    if (!loading.has(path)) {
      loading.set(path, new Promise((resolve) => {
        const script = document.createElement("script");
        script.src = root + "search/" + path + ".js";
        script.onload = resolve;
        script.onerror = () => { loading.delete(path); resolve(); };
        document.head.append(script);
      }));
    }
    return loading.get(path);
  }

  // --- Words: whole, with their signs, as the index has them.
  function cut(query) {
    const found = query.toLowerCase().match(/[\p{Alphabetic}\p{N}\-_.]+/gu) || [];
    return found.map((word) => word.replace(/[.\-_]+$/, "").replace(/^[._]+/, "")).filter((word) => /[^\-]/.test(word));
  }

  // --- The pages of one word: page → how much it means there.
  function chunkOf(term) {
    let low = 0, high = directory.chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (directory.chunks[middle] <= term) low = middle; else high = middle - 1;
    }
    return low;
  }
  function postings(text, take) {
    let page = -1;
    for (const [, distance, letter] of text.matchAll(/([0-9a-z]*)([A-Z])/g)) {
      page += distance ? parseInt(distance, 36) : 1;
      take(page, (letter.charCodeAt(0) - 64) / 26);
    }
  }
  async function pagesOf(word, last) {
    const found = new Map();
    const add = (term, text, share) => {
      const list = [];
      postings(text, (page, weight) => list.push([page, weight]));
      const rarity = Math.log(1 + directory.pages / list.length);
      for (const [page, weight] of list) found.set(page, Math.max(found.get(page) || 0, weight * rarity * share));
    };
    const first = chunkOf(word);
    let end = first;
    while (end + 1 < directory.chunks.length && directory.chunks[end + 1].startsWith(word) && end - first < MOST_CHUNKS - 1) end += 1;
    // One letter fits half of all words; it is looked up as it is.
    if (word.length < 2) end = first;
    await Promise.all(Array.from({ length: end - first + 1 }, (_, at) => load("terms/" + (first + at))));
    for (let at = first; at <= end; at += 1) {
      for (const [term, text] of chunks.get(at) || []) {
        if (term === word) add(term, text, 1);
        else if (word.length > 1 && term.startsWith(word)) add(term, text, (last ? 0.8 : 0.6) * word.length / term.length);
      }
    }
    const parts = word.split(/[-_.]/).filter(Boolean);
    if (!found.size && parts.length > 1) return both(await Promise.all(parts.map((part) => pagesOf(part, last))));
    if (!found.size && word.length > 3) {
      const close = await closeTo(word);
      await Promise.all(close.map((term) => load("terms/" + chunkOf(term))));
      for (const term of close) {
        const text = (chunks.get(chunkOf(term)) || new Map()).get(term);
        if (text) add(term, text, 0.4);
      }
    }
    return found;
  }
  // The pages that all of several words are on.
  function both(lists) {
    const found = new Map();
    for (const [page, score] of lists[0]) {
      if (lists.every((list) => list.has(page))) found.set(page, lists.reduce((sum, list) => sum + list.get(page), 0) * 0.5 || score);
    }
    return found;
  }
  async function closeTo(word) {
    const bare = word.replace(/^-+/, "");
    const letter = Array.from(bare)[0];
    if (!letter || !directory.letters.has(letter)) return [];
    await load("words/" + letter.codePointAt(0));
    return (words.get(letter.codePointAt(0)) || []).filter((term) => oneOff(bare, term)).slice(0, 4);
  }
  // Whether two words differ in one letter more, less, other, or swapped with its neighbour.
  function oneOff(one, other) {
    if (Math.abs(one.length - other.length) > 1) return false;
    let at = 0;
    while (at < one.length && one[at] === other[at]) at += 1;
    const rest = (a, b) => one.slice(at + a) === other.slice(at + b);
    return rest(1, 1) || rest(1, 0) || rest(0, 1) || (one[at] === other[at + 1] && one[at + 1] === other[at] && rest(2, 2));
  }

  // --- A query.
  async function ask(query) {
    if (!directory) await load("index");
    if (!directory) return { failed: true, ranked: [], words: [] };
    const wanted = cut(query);
    const found = await Promise.all(wanted.map((word, at) => pagesOf(word, at === wanted.length - 1)));
    const sum = new Map();
    for (const pages of found) for (const [page, score] of pages) {
      const known = sum.get(page) || [0, 0];
      sum.set(page, [known[0] + 1, known[1] + score]);
    }
    let ranked = Array.from(sum).filter(([, [hits]]) => hits === wanted.length);
    const some = !ranked.length && wanted.length > 1;
    if (some) ranked = Array.from(sum);
    ranked.sort((one, other) => other[1][0] - one[1][0] || other[1][1] - one[1][1] || one[0] - other[0]);
    return { ranked: ranked.map(([page, [, score]]) => ({ page, score })), words: wanted, some, query };
  }
  // Finds the section and the line that say most of what was asked.
  function place(page, answer) {
    const phrase = answer.query.trim().toLowerCase();
    let best = { score: -1 };
    const rate = (text) => {
      const low = text.toLowerCase();
      let score = 0;
      for (const word of answer.words) {
        const at = low.indexOf(word);
        if (at < 0) continue;
        score += 1 + (at === 0 || /[^\p{L}\p{N}]/u.test(low[at - 1]) ? 0.5 : 0);
      }
      return phrase.length > 3 && low.includes(phrase) ? score + 2 : score;
    };
    for (const [anchor, title, lines] of page.s) {
      const heading = rate(title);
      let line = null, lineScore = 0;
      for (const text of lines) {
        const score = rate(text.slice(1));
        if (score > lineScore) { lineScore = score; line = text; }
      }
      const score = heading * 1.2 + lineScore;
      if (score > best.score) best = { score, anchor, title, line: line || lines[0] || "" };
    }
    const inTitle = rate(page.t);
    if (inTitle >= best.score && page.s.length) best = { score: inTitle, anchor: "", title: "", line: (page.s[0][2][0]) || best.line };
    return best;
  }

  // --- Showing.
  function marked(element, text, answer) {
    const pattern = answer.words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).sort((a, b) => b.length - a.length).join("|");
    const parts = pattern ? text.split(new RegExp("(" + pattern + ")", "iu")) : [text];
    parts.forEach((part, at) => {
      if (at % 2 === 0) return element.append(part);
      const mark = document.createElement("mark");
      mark.textContent = part;
      element.append(mark);
    });
    return element;
  }
  function shortened(text, answer) {
    const low = text.toLowerCase();
    const at = Math.min(...answer.words.map((word) => low.indexOf(word)).filter((found) => found >= 0), text.length);
    if (at <= 60 || at >= text.length) return text;
    // Cut between words, where one ends near.
    const start = at - 40, space = text.indexOf(" ", start);
    return "…" + text.slice(space >= 0 && space < at ? space + 1 : start);
  }
  function make(name, className, ...content) {
    const element = document.createElement(name);
    if (className) element.className = className;
    element.append(...content);
    return element;
  }
  function result(number, answer) {
    const page = pages.get(number);
    if (!page) return null;
    const spot = place(page, answer);
    const link = make("a");
    const url = tidy ? page.u.replace(/index\.html$/, "") || "./" : page.u;
    link.href = root + url + (spot.anchor ? "#" + encodeURIComponent(spot.anchor) : "");
    const facts = page.m.filter(Boolean).join(" · ");
    // The spaces are for whoever hears the whole result as one line.
    link.append(make("span", "result-head", marked(make("strong"), page.t, answer), facts ? " " : "", facts ? marked(make("span", "where"), facts, answer) : ""));
    if (spot.title) link.append(" ", marked(make("span", "section-name"), spot.title, answer), " ");
    if (spot.line) link.append(marked(make("span", "line " + spot.line[0]), shortened(spot.line.slice(1), answer), answer));
    return { item: make("li", "", link), score: spot.score };
  }

  // Joins a field to a list of results under it.
  function join(field, list, status) {
    let asked = 0;
    let timer = 0;
    async function show() {
      const turn = asked += 1;
      const query = field.value;
      if (!cut(query).length) { list.replaceChildren(); status.textContent = ""; return; }
      const answer = await ask(query);
      if (turn !== asked) return;
      if (answer.failed) { status.textContent = "The search index cannot be loaded."; return; }
      await fill(answer, 0, turn);
    }
    async function fill(answer, from, turn) {
      const part = answer.ranked.slice(from, from + SHOWN);
      await Promise.all(part.map(({ page }) => load("page/" + page)));
      if (turn !== asked) return;
      const rows = part.map(({ page, score }) => { const row = result(page, answer); if (row) row.score += score; return row; }).filter(Boolean);
      rows.sort((one, other) => other.score - one.score);
      const items = rows.map((row) => row.item);
      if (from) { list.lastElementChild.remove(); list.append(...items); items[0] && items[0].firstChild.focus(); }
      else {
        const inside = list.contains(document.activeElement);
        list.replaceChildren(...items);
        // Whoever had gone down to a result already stands on the first of the new ones.
        if (inside) (items[0] ? items[0].firstChild : field).focus();
      }
      const total = answer.ranked.length;
      status.textContent = !total ? "Nothing found." : (total === 1 ? "1 page" : total + " pages") + (answer.some ? " with some of these words; no page has all of them" : "");
      if (from + SHOWN < total) {
        const more = make("button", "more-results", "More results");
        more.type = "button";
        more.addEventListener("click", () => fill(answer, from + SHOWN, turn));
        list.append(make("li", "", more));
      }
    }
    field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(show, 60); });
    const stops = () => [field, ...list.querySelectorAll("a, button")];
    const move = (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      const places = stops();
      const at = places.indexOf(document.activeElement);
      if (at < 0) return;
      event.preventDefault();
      places[Math.max(0, Math.min(places.length - 1, at + step))].focus();
    };
    field.addEventListener("keydown", move);
    list.addEventListener("keydown", move);
    field.addEventListener("keydown", (event) => {
      const first = list.querySelector("a");
      if (event.key !== "Enter") return;
      event.preventDefault();
      if (first) first.click(); else show();
    });
    load("index");
    if (field.value) show();
  }
  function attach(form) {
    if (form.dataset.attached) return;
    form.dataset.attached = "yes";
    const status = make("p", "found");
    status.setAttribute("role", "status");
    const list = make("ol", "results");
    list.setAttribute("aria-label", "Results");
    form.after(status, list);
    form.addEventListener("submit", (event) => event.preventDefault());
    join(form.querySelector("input"), list, status);
  }
  let finder = null;
  function dialog() {
    if (!finder) {
      const field = make("input");
      field.type = "search";
      field.autocomplete = "off";
      field.spellcheck = false;
      field.setAttribute("aria-label", "Search runbooks, commands, alerts and error messages");
      field.placeholder = "Search runbooks, commands, alerts";
      const close = make("button", "", "Close");
      close.type = "button";
      close.addEventListener("click", () => finder.close());
      const status = make("p", "found");
      status.setAttribute("role", "status");
      const list = make("ol", "results");
      list.setAttribute("aria-label", "Results");
      finder = make("dialog", "finder", make("div", "search-field", document.querySelector(".find .i").cloneNode(true), field, close), status, list);
      finder.setAttribute("aria-label", "Search");
      finder.addEventListener("click", (event) => {
        if (event.target === finder || event.target.closest(".results a")) finder.close();
      });
      // A search field would take Escape to empty itself first.
      field.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.preventDefault(); finder.close(); } });
      document.body.append(finder);
      join(field, list, status);
    }
    if (!finder.open) finder.showModal();
    const field = finder.querySelector("input");
    field.focus();
    field.select();
  }
  return self;
})();
