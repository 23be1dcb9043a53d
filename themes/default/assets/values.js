// The target that was chosen, and the values typed on this page, in every command. A value of harmless characters stands
// where its variable stood; any other is set, quoted, by a line before the command: no value becomes part of a command.
(function () {
  "use strict";
  const find = (selector, from) => (from || document).querySelector(selector);
  const all = (selector, from) => Array.from((from || document).querySelectorAll(selector));
  const kept = (storage, key) => { try { return window[storage].getItem(key); } catch (error) { return null; } };
  const keep = (storage, key, text) => { try { window[storage].setItem(key, text); } catch (error) { /* Private window: nothing is kept. */ } };
  const site = new URL(document.documentElement.dataset.root || "./", location.href).pathname;
  const select = find("#target");
  const article = find("article[data-runbook]");
  const panel = find("#values");
  const data = article && article.dataset.values ? JSON.parse(article.dataset.values) : { values: [], targets: [], shown: null };

  const chosen = () => (select ? select.value : data.shown);
  const harmless = (value, more) => new RegExp("^[A-Za-z0-9_./:@%+,\\-" + (more || "") + "]+$").test(value);
  const quoted = (value) => (harmless(value) ? value : "'" + value.replace(/'/g, "'\\''") + "'");
  // Fills ${NAME} in; null where one has no value.
  const expand = (text, known) => {
    let whole = true;
    const filled = text.replace(/\$\{([^}]*)\}/g, (_, name) => { if (known[name] == null) whole = false; return known[name]; });
    return whole ? filled : null;
  };
  // What a value is in a text that is no shell's; null where it cannot stand there.
  const asIs = (good) => (value) => (good.test(value) ? value : null);
  const inner = (value) => JSON.stringify(value).slice(1, -1);
  const places = {
    b: asIs(/^https?:\/\/[^\s\x00-\x1f\x7f]*$/),
    h: asIs(/^[A-Za-z0-9\-.:[\]_]+$/),
    u: (value) => encodeURIComponent(value).replace(/[!'()*]/g, (sign) => "%" + sign.charCodeAt(0).toString(16).toUpperCase()),
    l: asIs(/^[^\r\n\0]*$/),
    d: inner,
    s: (value) => value.replace(/\\/g, "\\\\").replace(/'/g, "\\'").replace(/\n/g, "\\n"),
    n: asIs(/^[A-Za-z0-9_:.]+$/),
    y: (value) => (/^[A-Za-z0-9_./-]+$/.test(value) ? value : JSON.stringify(value)),
  };

  let typed = {};
  const typedKey = "runbooks:values:" + site + (article ? article.dataset.runbook : "");
  try { typed = JSON.parse(kept("sessionStorage", typedKey) || "{}") || {}; } catch (error) { typed = {}; }

  // The target whose values are shown: the chosen one, unless this runbook is not for it.
  const target = () => {
    const wanted = data.targets.find((known) => known.name === chosen());
    return wanted && wanted.meant ? wanted : data.targets.find((known) => known.name === data.shown) || null;
  };
  const given = () => {
    const from = target();
    const known = {};
    const usual = {};
    for (const value of data.values) {
      if (value.secret) { known[value.name] = null; continue; }
      const own = from && Object.hasOwn(from.values, value.name) ? from.values[value.name] : null;
      usual[value.name] = own != null ? own : value.default != null ? expand(value.default, known) : null;
      known[value.name] = typed[value.name] ? typed[value.name] : usual[value.name];
    }
    return { known, usual, from };
  };

  const needed = new Map(data.values.map((value) => [value.name, value.required || value.secret || value.placeholder]));
  const nameOf = (written) => written.replace(/^\$\{?|\}$/g, "");
  const blocks = all("main pre code").map((code) => ({
    code,
    variables: all("b[data-v]", code),
    gaps: code.classList.contains("sh") ? all("b.p", code).filter((gap) => /^<.*>$/.test(gap.textContent)).map((gap) => [gap, gap.textContent]) : [],
    reads: (code.dataset.reads || "").split(" ").filter(Boolean),
    bound: code.dataset.bound ? JSON.parse(code.dataset.bound) : {},
  }));

  function show({ known }) {
    for (const { code, variables, gaps, reads, bound } of blocks) {
      const value = (name) => (Object.hasOwn(bound, name) ? expand(bound[name], known) : known[name]);
      const before = new Map();
      for (const name of reads) before.set(name, value(name));
      for (const variable of variables) {
        const written = variable.dataset.v, name = nameOf(written), text = value(name);
        const place = places[variable.dataset.in];
        const shown = text == null ? null : place ? place(text) : harmless(text) ? text : null;
        if (text != null && shown == null && !place) before.set(name, text);
        variable.textContent = shown == null ? written : shown;
        variable.classList.toggle("gap", text == null ? needed.get(name) !== false : shown == null && Boolean(place));
        variable.title = shown == null ? "" : written;
      }
      for (const [gap, written] of gaps) {
        const text = known[written];
        const fits = text != null && harmless(text, "=");
        gap.textContent = fits ? text : written;
        gap.classList.toggle("filled", fits);
      }
      for (const line of all("b.x", code)) line.remove();
      const lines = Array.from(before).filter(([, text]) => text != null).map(([name, text]) => {
        const line = document.createElement("b");
        line.className = "x";
        line.textContent = "export " + name + "=" + quoted(text) + "\n";
        return line;
      });
      code.prepend(...lines);
      code.dataset.lacks = Array.from(before).filter(([name, text]) => text == null && needed.get(name) !== false).map(([name]) => name).join(" ");
    }
  }

  function tell({ known, usual, from }) {
    for (const mark of all("[data-target]")) if (from) mark.textContent = quoted(from.name);
    for (const mark of all("[data-given]")) {
      const changed = data.values.filter((value) => !value.placeholder && !value.secret && typed[value.name] && known[value.name] !== usual[value.name]);
      mark.textContent = changed.map((value) => " --param " + value.name + "=" + quoted(known[value.name])).join("");
    }
    for (const [field, value] of fields) {
      const other = usual[value.name];
      if (field.tagName === "SELECT") field.options[0].textContent = other == null ? "choose" : other;
      else field.placeholder = other == null ? (value.placeholder || value.required ? "fill in" : "none") : other;
      // On paper a field would cut what it holds.
      field.parentElement.dataset.shown = field.value || field.placeholder || field.options[0].textContent;
      const bad = value.placeholder && typed[value.name] && !harmless(typed[value.name], "=");
      field.setAttribute("aria-invalid", String(Boolean(bad)));
      field.title = bad ? "Holds signs that mean something to a shell; type it in the terminal" : "";
    }
    const wanted = data.targets.find((known) => known.name === chosen());
    const notice = find(".notice");
    if (notice) notice.hidden = !wanted || wanted.meant;
    if (notice) notice.textContent = notice.hidden ? "" : "This runbook is not for " + wanted.name + (from ? "; its commands show the values of " + from.name : "") + ".";
    const missing = data.values.filter((value) => !value.secret && (value.required || value.placeholder) && known[value.name] == null).length;
    const mark = find("[data-missing]");
    if (mark) mark.hidden = !missing;
    if (mark) mark.textContent = missing + " to fill in";
    const context = find("[data-context]");
    if (context) context.textContent = from && from.context ? " · kubectl context " + from.context : "";
  }
  const apply = () => { const now = given(); show(now); tell(now); };

  // A field in place of each value in the list of values; a secret has none.
  const fields = [];
  for (const value of data.values) {
    const cell = value.secret ? null : all("[data-value]", panel).find((found) => found.dataset.value === value.name);
    if (!cell) continue;
    const field = document.createElement(value.choices.length ? "select" : "input");
    if (value.choices.length) for (const choice of ["", ...value.choices]) field.append(new Option(choice, choice));
    else { field.type = "text"; field.spellcheck = false; }
    field.autocomplete = "off";
    field.setAttribute("aria-label", value.name);
    field.value = typed[value.name] || "";
    field.addEventListener("input", () => {
      if (field.value) typed[value.name] = field.value; else delete typed[value.name];
      keep("sessionStorage", typedKey, JSON.stringify(typed));
      apply();
    });
    cell.replaceChildren(field);
    fields.push([field, value]);
  }

  if (select) {
    const key = "runbooks:target:" + site;
    const known = (name) => Array.from(select.options).some((option) => option.value === name);
    const take = (name) => { if (name && known(name)) select.value = name; };
    const asked = kept("localStorage", key);
    // Nothing was chosen yet: what the page shows.
    take(asked && known(asked) ? asked : data.shown);
    select.form.hidden = false;
    select.addEventListener("change", () => { keep("localStorage", key, select.value); apply(); });
    addEventListener("storage", (event) => { if (event.key === key) { take(event.newValue); apply(); } });
    select.form.addEventListener("submit", (event) => event.preventDefault());
  }
  apply();

  // What is copied: without prompts, and without what a command printed. What is not filled in stops the command that
  // needs it, and says what is missing.
  window.runbooksRunnable = function (code) {
    const copy = code.cloneNode(true);
    let open = 0;
    all("b.e, b.g", copy).forEach((part) => part.remove());
    const shell = code.classList.contains("sh");
    for (const gap of all("b.gap", copy)) {
      open += 1;
      const name = nameOf(gap.dataset.v);
      if (!gap.dataset.in) gap.textContent = "${" + name + ":?fill in " + name + "}";
    }
    for (const gap of shell ? all("b.p:not(.filled)", copy) : []) {
      const inside = gap.textContent.match(/^<([^>]*)>$/);
      if (!inside) continue;
      open += 1;
      const name = inside[1].replace(/[^A-Za-z0-9]+/g, "_").replace(/^_+|_+$/g, "").replace(/^(?=\d)/, "_") || "it";
      gap.textContent = "${" + name + ":?fill in " + inside[1].replace(/[^A-Za-z0-9 _-]+/g, " ").trim() + "}";
    }
    const lacks = (code.dataset.lacks || "").split(" ").filter(Boolean);
    const checks = lacks.map((name) => ": \"${" + name + ":?fill in " + name + "}\" &&\n").join("");
    // Without the last newline: nothing runs before its reader presses Enter.
    return { text: checks + copy.textContent.replace(/\n+$/, ""), open: open + lacks.length };
  };
})();
