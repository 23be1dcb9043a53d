// Reads the index that the build wrote: classic scripts, loaded as they are needed, from a server or from a disk.
// A query's words must all be on a page; a word also finds what begins with it, and where nothing does, what is a letter
// or two off. `service:api` and its kin narrow a search.
window.runbooksSearch = (function () {
  "use strict";
  const root = document.documentElement.dataset.root || "";
  const tidy = /^https?:$/.test(location.protocol) && location.pathname.endsWith("/");
  const SHOWN = 8;
  const MOST_CHUNKS = 4;
  // A phrase is looked for in the texts of this many pages.
  const MOST_READ = 96;
  const KINDS = ["severity", "service", "owner", "tag", "alert", "section"];
  let directory = null;
  let sample = null;
  let facets = null;
  const chunks = new Map();
  const words = new Map();
  const names = new Map();
  const pages = new Map();
  const loading = new Map();

  // --- Loading: each file calls one of these. What belongs together stands in a folder that the first file names.
  const self = {
    open(_, data) { data.shelves = new Set(data.words); directory = data; },
    sample(_, text) { sample = unpack(text, new Uint16Array(0)); },
    facets(_, data) { facets = data; },
    terms(name, text) {
      const terms = new Map();
      const list = text.split(" ");
      // A term begins with how many letters it shares with the one before it.
      for (let at = 0, term = ""; at + 1 < list.length; at += 2) {
        term = term.slice(0, parseInt(list[at][0], 36)) + list[at].slice(1);
        terms.set(term, list[at + 1]);
      }
      chunks.set(Number(name), terms);
    },
    words(shelf, text) { words.set(shelf, text.split(" ")); },
    names(name, text) { names.set(Number(name), decoded(text, new Uint16Array(0)).split("\n")); },
    page(address, text) { pages.set(address, text); },
    attach, dialog, cut,
  };
  // A control character marks a repetition: its length, and how far back it stands, in digits of 92 signs. What the
  // sample of all pages holds counts as standing before the text.
  const DIGITS = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).filter((sign) => !"$\\`".includes(sign)).join("");
  const MARKS = Array.from({ length: 31 }, (_, at) => at + 1).filter((code) => ![9, 10, 13].includes(code));
  function unpack(text, before) {
    let units = new Uint16Array(before.length + text.length * 2 + 256);
    units.set(before);
    let end = before.length, at = 0;
    const digit = () => DIGITS.indexOf(text[at++]);
    while (at < text.length) {
      const code = text.charCodeAt(at++);
      const mark = code < 32 ? MARKS.indexOf(code) : -1;
      const told = mark % 14;
      const length = mark < 0 ? 1 : 4 + (told < 13 ? told : 13 + digit());
      if (end + length > units.length) { const more = new Uint16Array(units.length * 2); more.set(units); units = more; }
      if (mark < 0) units[end] = code;
      else {
        let back = mark > 13 ? digit() * 92 : 0;
        back = (back + digit()) * 92;
        back += digit();
        units.copyWithin(end, end - back, end - back + length);
      }
      end += length;
    }
    return units.slice(before.length, end);
  }
  function decoded(text, before) {
    return new TextDecoder("utf-16le").decode(unpack(text, before));
  }
  const encoded = (address) => address.split("/").map(encodeURIComponent).join("/");
  function addressOf(number) {
    return (names.get(Math.floor(number / directory.block)) || [])[number % directory.block];
  }
  // A page as it is shown: title, facts, and its sections with their lines.
  function pageOf(number) {
    const address = addressOf(number);
    const known = pages.get(address);
    if (typeof known !== "string") return known;
    const [title, facts, ...lines] = decoded(known, sample).split("\n");
    const page = { title, facts, url: (address ? encoded(address) + "/" : "") + "index.html", sections: [] };
    for (const line of lines) {
      if (line[0] !== "#") page.sections[page.sections.length - 1].lines.push(line);
      else {
        const space = line.indexOf(" ");
        page.sections.push({ anchor: line.slice(1, space), title: line.slice(space + 1), lines: [] });
      }
    }
    pages.set(address, page);
    return page;
  }
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
    query = narrowed(query).rest;
    const found = query.toLowerCase().match(/[\p{Alphabetic}\p{N}\-_.]+/gu) || [];
    return found.map((word) => word.replace(/[.\-_]+$/, "").replace(/^[._]+/, "")).filter((word) => /[^\-]/.test(word));
  }

  // What narrows a query, `service:api owner:"team a"`, and the rest of it.
  function narrowed(query) {
    const chosen = [];
    const rest = query.replace(/(^|\s)(severity|service|owner|tag|alert|section):(?:"([^"]*)"?|(\S+))/gi, (_, space, kind, quoted, bare) => {
      const value = (quoted === undefined ? bare : quoted).toLowerCase().trim().split(/\s+/).join("_");
      if (value) chosen.push([kind.toLowerCase(), value]);
      return space;
    });
    return { chosen, rest };
  }
  function phrasesOf(query) {
    return Array.from(query.matchAll(/"([^"]+)"/g), ([, phrase]) => phrase.trim().toLowerCase()).filter(Boolean);
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
    const add = (text, share) => postings(text, (page, weight) => found.set(page, Math.max(found.get(page) || 0, weight * share)));
    const first = chunkOf(word);
    let end = first;
    while (end + 1 < directory.chunks.length && directory.chunks[end + 1].startsWith(word) && end - first < MOST_CHUNKS - 1) end += 1;
    // One letter fits half of all words; it is looked up as it is. A word that is whole and known need not be guessed at.
    if (word.length < 2) end = first;
    await load(directory.folder + "/terms/" + first);
    if (!last && (chunks.get(first) || new Map()).has(word)) end = first;
    await Promise.all(Array.from({ length: end - first + 1 }, (_, at) => load(directory.folder + "/terms/" + (first + at))));
    for (let at = first; at <= end; at += 1) {
      for (const [term, text] of chunks.get(at) || []) {
        if (term === word) add(text, 1);
        else if (word.length > 1 && term.startsWith(word)) add(text, (last ? 0.8 : 0.6) * word.length / term.length);
      }
    }
    const parts = word.split(/[-_.]/).filter(Boolean);
    if (!found.size && parts.length > 1) return both(await Promise.all(parts.map((part) => pagesOf(part, last))));
    if (!found.size && word.length > 3) {
      const close = await closeTo(word);
      await Promise.all(close.map((term) => load(directory.folder + "/terms/" + chunkOf(term))));
      for (const term of close) {
        const text = (chunks.get(chunkOf(term)) || new Map()).get(term);
        if (text) add(text, 0.4);
      }
    }
    // A word on few pages says more than one on many. What counts is what was typed: a long word that merely begins with it
    // is rare, and no better for that.
    const rarity = Math.log(1 + directory.pages / found.size);
    for (const [page, weight] of found) found.set(page, weight * rarity);
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
  // The known words nearest to one: a letter off, two where it is long.
  async function closeTo(word) {
    const bare = Array.from(word.replace(/^-+/, ""));
    const most = bare.length < 8 ? 1 : 2;
    if (bare.length < 4 || bare.length > 26) return [];
    const shelves = [];
    for (let third = Math.floor((bare.length - most) / 3); third <= Math.floor((bare.length + most) / 3); third += 1) {
      const shelf = bare[0].codePointAt(0) + "-" + third;
      if (directory.shelves.has(shelf)) shelves.push(shelf);
    }
    await Promise.all(shelves.map((shelf) => load(directory.folder + "/words/" + shelf)));
    const near = [];
    for (const shelf of shelves) for (const term of words.get(shelf) || []) {
      const off = distance(bare, Array.from(term), most);
      if (off <= most) near.push([off, term]);
    }
    return near.sort(([one], [other]) => one - other).slice(0, 4).map(([, term]) => term);
  }
  // How many letters are more, less, other, or swapped with their neighbours; beyond `most` it does not matter how many.
  function distance(one, other, most) {
    if (Math.abs(one.length - other.length) > most) return most + 1;
    let before = [], row = Array.from({ length: other.length + 1 }, (_, at) => at);
    for (let i = 1; i <= one.length; i += 1) {
      const next = [i];
      for (let j = 1; j <= other.length; j += 1) {
        next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) next[j] = Math.min(next[j], before[j - 2] + 1);
      }
      if (Math.min(...next) > most) return most + 1;
      before = row;
      row = next;
    }
    return row[other.length];
  }
  // The pages that have a value.
  async function pagesWith(kind, value) {
    const term = kind + ":" + value;
    await load(directory.folder + "/terms/" + chunkOf(term));
    const found = new Set();
    const text = (chunks.get(chunkOf(term)) || new Map()).get(term);
    if (text) postings(text, (page) => found.add(page));
    return found;
  }

  // --- A query.
  async function ask(query) {
    if (!directory) await load("index");
    if (!directory) return { failed: true, ranked: [], words: [] };
    const wanted = cut(query);
    const { chosen, rest } = narrowed(query);
    const within = await Promise.all(chosen.map(([kind, value]) => pagesWith(kind, value)));
    const found = await Promise.all(wanted.map((word, at) => pagesOf(word, at === wanted.length - 1)));
    const sum = new Map();
    for (const pages of found) for (const [page, score] of pages) {
      const known = sum.get(page) || [0, 0];
      sum.set(page, [known[0] + 1, known[1] + score]);
    }
    // Where nothing but a choice is given, all that has it is found.
    if (!wanted.length && within.length) for (const page of within[0]) sum.set(page, [0, 0]);
    const fits = ([page]) => within.every((pages) => pages.has(page));
    let ranked = Array.from(sum).filter(([, [hits]]) => hits === wanted.length).filter(fits);
    const some = !ranked.length && wanted.length > 1;
    if (some) ranked = Array.from(sum).filter(fits);
    ranked.sort((one, other) => other[1][0] - one[1][0] || other[1][1] - one[1][1] || one[0] - other[0]);
    const sections = chosen.filter(([kind]) => kind === "section").map(([, value]) => value);
    const answer = { ranked: ranked.map(([page, [, score]]) => ({ page, score })), words: wanted, some, query: rest, sections };
    const phrases = phrasesOf(rest);
    return phrases.length ? having(phrases, answer) : answer;
  }
  // Keeps the pages on which what stood in quotes stands as it is, within a line: as many as are shown at first.
  async function having(phrases, answer) {
    const kept = [];
    let at = 0;
    for (; at < answer.ranked.length && kept.length < SHOWN && at < MOST_READ; at += SHOWN) {
      const part = answer.ranked.slice(at, at + SHOWN);
      await texts(part);
      kept.push(...part.filter(({ page }) => {
        const read = sample && pageOf(page);
        if (!read) return false;
        const lines = [read.title, ...read.sections.flatMap((section) => [section.title, ...section.lines.map((line) => line.slice(1))])].map((line) => line.toLowerCase());
        return phrases.every((phrase) => lines.some((line) => line.includes(phrase)));
      }));
    }
    return { ...answer, ranked: kept, more: at < answer.ranked.length };
  }
  // Loads where some pages stand, then what stands on them.
  async function texts(part) {
    const blocks = new Set(part.map(({ page }) => Math.floor(page / directory.block)));
    await Promise.all([load(directory.sample), ...Array.from(blocks, (block) => load(directory.folder + "/names/" + block))]);
    await Promise.all(part.map(({ page }) => {
      const address = addressOf(page);
      return address === undefined ? null : load(address ? "text/" + encoded(address) : "home");
    }));
  }
  // Finds the section and the line that say most of what was asked.
  function place(page, answer) {
    const phrase = answer.query.replace(/"/g, "").trim().toLowerCase();
    const chosen = (title) => !answer.sections.length || answer.sections.includes(title.toLowerCase().trim().split(/\s+/).join("_"));
    let best = { score: -1 };
    const rate = (text) => {
      const low = text.toLowerCase();
      let score = 0;
      for (const word of answer.words) {
        const at = low.indexOf(word);
        if (at < 0) continue;
        score += 1 + (at === 0 || /[^\p{L}\p{N}]/u.test(low[at - 1]) ? 0.5 : 0);
      }
      return answer.words.length > 1 && phrase.length > 3 && low.includes(phrase) ? score + 2 : score;
    };
    for (const { anchor, title, lines } of page.sections) {
      if (!chosen(title)) continue;
      const heading = rate(title);
      let line = null, lineScore = 0;
      for (const text of lines) {
        const score = rate(text.slice(1));
        if (score > lineScore) { lineScore = score; line = text; }
      }
      const score = heading * 1.2 + lineScore;
      if (score > best.score) best = { score, rank: heading + lineScore / 2, anchor, title, line: line || lines[0] || "" };
    }
    const inTitle = rate(page.title);
    const first = page.sections[0];
    if (inTitle >= best.score && first && !answer.sections.length) best = { score: inTitle, rank: best.rank, anchor: "", title: "", line: first.lines[0] || best.line };
    // The title says what a page is about, a heading what a part of it is about, a line says anything.
    return { ...best, rank: (best.rank || 0) + inTitle * 2 };
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
    const page = sample && pageOf(number);
    if (!page) return null;
    const spot = place(page, answer);
    const link = make("a");
    const url = tidy ? page.url.replace(/index\.html$/, "") || "./" : page.url;
    link.href = root + url + (spot.anchor ? "#" + encodeURIComponent(spot.anchor) : "");
    const facts = page.facts;
    // The spaces are for whoever hears the whole result as one line.
    link.append(make("span", "result-head", marked(make("strong"), page.title, answer), facts ? " " : "", facts ? marked(make("span", "where"), facts, answer) : ""));
    if (spot.title) link.append(" ", marked(make("span", "section-name"), spot.title, answer), " ");
    if (spot.line) link.append(marked(make("span", "line " + spot.line[0]), shortened(spot.line.slice(1), answer), answer));
    return { item: make("li", "", link), score: spot.rank };
  }

  // Joins a field to a list of results under it.
  function join(field, list, status) {
    let asked = 0;
    let timer = 0;
    const narrow = make("div", "narrow");
    status.before(narrow);
    // One list for each way to narrow a search, once somebody searches.
    async function offer() {
      if (!directory) await load("index");
      if (directory) await load(directory.folder + "/facets");
      if (!facets || narrow.firstChild) return;
      for (const kind of KINDS.filter((kind) => facets[kind])) {
        const name = kind[0].toUpperCase() + kind.slice(1);
        const select = make("select", "", new Option(name + ": any", ""));
        select.setAttribute("aria-label", name);
        select.append(...facets[kind].map(([value, count]) => new Option(value + " (" + count + ")", value)));
        select.dataset.kind = kind;
        select.autocomplete = "off";
        select.addEventListener("change", show);
        narrow.append(select);
      }
    }
    const choice = () => Array.from(narrow.children).filter((select) => select.value).map((select) => " " + select.dataset.kind + ':"' + select.value + '"').join("");
    async function show() {
      const turn = asked += 1;
      const query = field.value + choice();
      offer();
      if (!cut(query).length && !narrowed(query).chosen.length) { list.replaceChildren(); status.textContent = ""; return; }
      const answer = await ask(query);
      if (turn !== asked) return;
      if (answer.failed) { status.textContent = "The search index cannot be loaded."; return; }
      await fill(answer, 0, turn);
    }
    async function fill(answer, from, turn) {
      const part = answer.ranked.slice(from, from + SHOWN);
      await texts(part);
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
      status.textContent = !total ? "Nothing found." : (total === 1 ? "1 page" : total + " pages") + (answer.more ? ", maybe more" : "") + (answer.some ? " with some of these words; no page has all of them" : "");
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
