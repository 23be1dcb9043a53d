// The default theme in a real browser. Run: npm ci && npm test; the browser is $CHROMIUM or /usr/bin/chromium,
// the binary $RUNBOOKS or target/debug/runbooks.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { build, launch, serve } from "./site.mjs";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const PAGES = ["index.html", "incident/pool/index.html", "incident/index.html", "alerts/index.html", "services/index.html", "status/index.html", "severities/p1/index.html", "search/index.html?q=pool", "404.html"];
// Shown in place of a missing page, at any depth: its links begin at the root of the server.
const FROM_DISK = PAGES.filter((path) => path !== "404.html");
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1440, height: 900 };
let browser, site, web;

before(async () => {
  site = build();
  web = await serve(site.out);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await web?.close();
  site?.remove();
});

/** Opens a page; whatever it asks of another host, and whatever the policy refuses, is remembered. */
async function open(path, { viewport = DESK, scheme = "light", disk = false, script = true, ...more } = {}) {
  const context = await browser.newContext({ viewport, colorScheme: scheme, javaScriptEnabled: script, ...more });
  const page = await context.newPage();
  page.trouble = [];
  page.on("request", (request) => { if (!/^(file:|data:|http:\/\/127\.0\.0\.1)/.test(request.url())) page.trouble.push(`asked ${request.url()}`); });
  page.on("console", (message) => { if (message.type() === "error" && !/status of 404/.test(message.text())) page.trouble.push(message.text()); });
  // What a page leaves unfinished when it leads on is no trouble.
  page.on("requestfailed", (request) => request.failure().errorText === "net::ERR_ABORTED" || page.trouble.push(`failed ${request.url()}`));
  page.on("pageerror", (error) => page.trouble.push(String(error)));
  const base = disk ? pathToFileURL(site.out) + "/" : web.url;
  await page.goto(base + path);
  return page;
}
async function close(page) {
  assert.deepEqual(page.trouble, []);
  await page.context().close();
}

describe("accessibility: axe finds nothing at WCAG 2.2 AA", { concurrency: 2 }, () => {
  for (const path of PAGES) {
    for (const [name, viewport] of [["phone", PHONE], ["desk", DESK]]) {
      for (const scheme of ["light", "dark"]) {
        test(`${path}, ${name}, ${scheme}`, async () => {
          const page = await open(path, { viewport, scheme, bypassCSP: true });
          if (path.startsWith("search")) await page.waitForSelector(".results a");
          for (const details of await page.locator("details:not([open]) > summary").all()) if (await details.isVisible()) await details.click();
          // What the header lies over while the page is scrolled can be reached by scrolling on.
          await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
          await page.addScriptTag({ path: axe });
          const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
          const list = found.violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.html + " " + node.failureSummary).join("\n")}`);
          assert.deepEqual(list, []);
          await page.context().close();
        });
      }
    }
  }
});

describe("the frame", () => {
  for (const disk of [false, true]) {
    test(`every page type loads all it needs, nothing from elsewhere, and breaks no policy ${disk ? "from a disk" : "under a sub-path"}`, async () => {
      for (const path of disk ? FROM_DISK : PAGES) {
        const page = await open(path, { disk });
        const styled = await page.evaluate(() => getComputedStyle(document.querySelector("header.top")).position);
        assert.equal(styled, "sticky", path);
        await page.locator("button.scheme").waitFor();
        await close(page);
      }
    });
  }

  test("every page type reads without scripts", async () => {
    for (const viewport of [PHONE, DESK]) {
      for (const path of FROM_DISK) {
        const page = await open(path, { script: false, viewport });
        assert.equal(await page.locator("h1").count(), 1, path);
        if (viewport === PHONE) await page.getByRole("link", { name: "Menu" }).click();
        assert.ok(await page.locator("#navigation").getByRole("link", { name: "Severities" }).isVisible(), path);
        await close(page);
      }
    }
  });

  test("a page that is not there is told in the clothes of the site, at any depth", async () => {
    for (const path of ["nothing", "incident/nothing/at/all/"]) {
      const page = await open(path);
      assert.equal(await page.locator("h1").innerText(), "Page not found");
      assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector("header.top")).position), "sticky");
      await page.getByRole("link", { name: "home page" }).click();
      await page.waitForURL(/\/ops\/runbooks\/(index\.html)?$/);
      assert.equal(await page.locator("h1").innerText(), "Sample runbooks");
      await close(page);
    }
  });

  test("headings and landmarks are in order", async () => {
    for (const path of PAGES) {
      const page = await open(path);
      const levels = await page.evaluate(() => Array.from(document.querySelectorAll("h1, h2, h3, h4, h5, h6"), (heading) => Number(heading.tagName[1])));
      assert.equal(levels[0], 1, path);
      levels.forEach((level, at) => assert.ok(at === 0 || level <= levels[at - 1] + 1, `${path}: ${levels}`));
      for (const role of ["banner", "main", "contentinfo"]) assert.equal(await page.getByRole(role).count(), 1, `${path}: ${role}`);
      await close(page);
    }
  });

  test("nothing sticks out on a narrow phone", async () => {
    for (const path of PAGES) {
      const page = await open(path, { viewport: { width: 320, height: 640 } });
      const [wide, view] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      assert.ok(wide <= view, `${path}: ${wide} > ${view}`);
      await close(page);
    }
  });

  test("the menu of a phone opens, closes with Escape and gives the focus back", async () => {
    const page = await open("incident/pool/index.html", { viewport: PHONE });
    const menu = page.getByRole("button", { name: "Menu" });
    assert.equal(await page.locator("#navigation").isVisible(), false);
    await menu.press("Enter");
    assert.equal(await menu.getAttribute("aria-expanded"), "true");
    assert.ok(await page.getByRole("navigation", { name: "Runbooks" }).getByRole("link", { name: "The connection pool" }).isVisible());
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("#navigation").isVisible(), false);
    assert.ok(await menu.evaluate((button) => button === document.activeElement));
    await close(page);
  });

  test("the colour scheme is changed and kept", async () => {
    const page = await open("index.html");
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await page.getByRole("button", { name: "Dark colours" }).click();
    assert.notEqual(await paper(), light);
    await page.reload();
    assert.notEqual(await paper(), light);
    await close(page);
  });

  test("the first stop of the keyboard skips to the content", async () => {
    const page = await open("incident/pool/index.html");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    await close(page);
  });

  test("an alert is found whatever its capitals, and leads to its runbook", async () => {
    const page = await open("alerts/index.html?name=poolexhausted");
    await page.waitForURL(/incident\/pool/);
    await close(page);
  });

  test("an alert's address leads to its runbook, and a misspelled one too", async () => {
    const page = await open("alerts/PoolExhausted/index.html");
    await page.waitForURL(/incident\/pool/);
    await close(page);
  });
});

describe("status", () => {
  test("is filtered by owner and by outcome, with the keyboard alone", async () => {
    const page = await open("status/index.html");
    const rows = page.locator("tbody tr:visible");
    const titles = () => rows.locator("th a").allInnerTexts();
    assert.deepEqual(await titles(), ["The connection pool is exhausted", "Release a version"]);
    const outcome = page.getByLabel("Outcome", { exact: true });
    await outcome.focus();
    await page.keyboard.press("ArrowDown");
    assert.equal(await outcome.inputValue(), "errored");
    assert.deepEqual(await titles(), ["The connection pool is exhausted"]);
    await outcome.selectOption("");
    await page.getByLabel("Owner", { exact: true }).selectOption("delivery");
    assert.deepEqual(await titles(), ["Release a version"]);
    assert.equal(await page.locator("#status-filter p").innerText(), "1 of 2 runbooks");
    await close(page);
  });

  test("the last runs of a step are told in words", async () => {
    const page = await open("incident/pool/index.html");
    assert.equal(await page.locator("#pool-has-room").getByRole("img").getAttribute("aria-label"), "Last 12 runs: 9 passed, 2 failed, 1 errored");
    await close(page);
  });
});

describe("search", () => {
  async function ask(page, query) {
    await page.getByRole("searchbox").last().fill(query);
    await page.waitForFunction(() => document.querySelector("dialog .found").textContent !== "");
    await page.waitForTimeout(150);
    return page.locator("dialog .results a").allTextContents();
  }

  for (const disk of [false, true]) {
    test(`is done by keyboard alone ${disk ? "from a disk" : "under a sub-path"}`, async () => {
      const page = await open("deploy/release/index.html", { disk });
      await page.keyboard.press("/");
      await page.waitForSelector("dialog[open]");
      await page.keyboard.type("acquire connection");
      await page.waitForSelector("dialog .results a");
      await page.keyboard.press("ArrowDown");
      assert.equal(await page.evaluate(() => document.activeElement.closest(".results") !== null), true);
      await page.keyboard.press("ArrowUp");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.waitForURL(/incident\/pool|index\.html|runbooks\/$/);
      await close(page);
    });
  }

  test("finds flags, names, error messages, beginnings and typing errors", async () => {
    const page = await open("index.html");
    await page.keyboard.press("Control+k");
    await page.waitForSelector("dialog[open]");
    for (const query of ["--to-revision", "to-revision", "novacron-api", "CrashLoopBackOff", "backoff", "exhau", "exhuasted", "could not acquire", "pg_stat_activity", "PoolExhausted"]) {
      const results = await ask(page, query);
      assert.ok(results.some((text) => text.includes("The connection pool is exhausted")), `${query}: ${results}`);
    }
    assert.deepEqual(await ask(page, "zzzzqqq"), []);
    await close(page);
  });

  test("two letters of a long word may be wrong, and what is in quotes must stand there", async () => {
    const page = await open("index.html");
    await page.keyboard.press("Control+k");
    await page.waitForSelector("dialog[open]");
    const has = (results) => results.some((text) => text.includes("The connection pool is exhausted"));
    assert.ok(has(await ask(page, "conecton")));
    assert.ok(has(await ask(page, "\"could not acquire\"")));
    assert.ok(!has(await ask(page, "\"acquire could\"")));
    await close(page);
  });

  test("is narrowed by what is chosen, and by what is typed", async () => {
    const page = await open("index.html");
    await page.keyboard.press("Control+k");
    await page.waitForSelector("dialog[open]");
    const all = await ask(page, "the");
    const severity = page.locator("dialog").getByLabel("Severity", { exact: true });
    await severity.waitFor();
    const value = await severity.locator("option").nth(1).getAttribute("value");
    await severity.selectOption({ index: 1 });
    await page.waitForTimeout(300);
    const chosen = await page.locator("dialog .results a").allTextContents();
    assert.ok(chosen.length > 0 && chosen.every((text) => text.includes(value)), chosen.join("\n"));
    await severity.selectOption({ index: 0 });
    assert.deepEqual(await ask(page, `the severity:${value}`), chosen);
    assert.ok(all.length >= chosen.length);
    await close(page);
  });

  test("a result leads to the section that holds it", async () => {
    const page = await open("index.html");
    await page.keyboard.press("/");
    await page.waitForSelector("dialog[open]");
    await ask(page, "to-revision");
    await page.keyboard.press("Enter");
    await page.waitForURL(/#what-to-do/);
    await close(page);
  });

  test("Escape closes it, and a slash in a field is a slash", async () => {
    const page = await open("index.html");
    await page.keyboard.press("/");
    await page.waitForSelector("dialog[open]");
    await page.keyboard.type("a/b");
    assert.equal(await page.locator("dialog input").inputValue(), "a/b");
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("dialog[open]").count(), 0);
    await close(page);
  });

  test("the field of the home page answers below itself", async () => {
    const page = await open("index.html");
    await page.getByRole("searchbox").first().focus();
    await page.keyboard.type("release");
    await page.waitForSelector("main .results a");
    await close(page);
  });

  test("nothing of the index is loaded before somebody searches", async () => {
    const context = await browser.newContext({ viewport: DESK });
    const page = await context.newPage();
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(web.url + "incident/pool/");
    await page.waitForTimeout(200);
    assert.ok(!asked.some((url) => url.includes("/search")), asked.join("\n"));
    await context.close();
  });
});

describe("a runbook", () => {
  test("copying a session gives its commands without prompts and output", async () => {
    const page = await open("incident/pool/index.html", { permissions: ["clipboard-read", "clipboard-write"] });
    const block = page.locator("figure.code", { hasText: "kubectl get pods" });
    await block.hover();
    await block.getByRole("button", { name: "Copy" }).click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "kubectl get pods \\\n  --namespace shop\nkubectl delete pod novacron-api-6d5b7c");
    await close(page);
  });

  test("copying a step gives its code as it runs", async () => {
    const page = await open("incident/pool/index.html", { permissions: ["clipboard-read", "clipboard-write"] });
    await page.locator("#back").getByRole("button", { name: "Copy" }).focus();
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "kubectl rollout undo deployment/novacron-api --to-revision=3");
    await close(page);
  });

  test("ticks are kept by this browser", async () => {
    const page = await open("incident/pool/index.html");
    await page.getByLabel("Users were told").check();
    await page.getByLabel("The timeline is written").uncheck();
    await page.reload();
    assert.equal(await page.getByLabel("Users were told").isChecked(), true);
    assert.equal(await page.getByLabel("The timeline is written").isChecked(), false);
    assert.equal(await page.getByLabel("The pool has room", { exact: true }).isChecked(), false);
    await close(page);
  });

  test("a checklist says how far it is, is reset and put back, and is copied as text", async () => {
    const page = await open("incident/pool/index.html", { permissions: ["clipboard-read", "clipboard-write"] });
    const list = page.getByRole("group", { name: "Checklist" });
    const total = await page.locator(".task input").count();
    assert.equal(await list.getByRole("status").innerText(), `1 of ${total} done`);
    assert.ok(await list.getByRole("button", { name: "Reset" }).isDisabled());
    await page.getByLabel("Users were told").press("Space");
    assert.equal(await list.getByRole("status").innerText(), `2 of ${total} done`);
    await list.getByRole("button", { name: "Copy as text" }).press("Enter");
    await page.waitForFunction(() => document.querySelector(".ticked button").textContent === "Copied");
    const text = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(text, new RegExp(`^The connection pool is exhausted: 2 of ${total} done, \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC\nhttp`));
    assert.ok(text.includes("\n[x] Users were told\n"), text);
    assert.ok(text.includes("\n[ ] The pool has room\n"), text);
    await list.getByRole("button", { name: "Reset" }).press("Enter");
    assert.equal(await page.getByLabel("Users were told").isChecked(), false);
    assert.equal(await page.getByLabel("The timeline is written").isChecked(), true);
    await list.getByRole("button", { name: "Put back" }).press("Enter");
    await page.reload();
    assert.equal(await page.getByLabel("Users were told").isChecked(), true);
    await close(page);
  });

  test("ticks of an earlier incident are gone", async () => {
    const page = await open("incident/pool/index.html");
    await page.getByLabel("Users were told").check();
    await page.evaluate(() => {
      const key = "runbooks:tasks:incident/pool";
      const kept = JSON.parse(localStorage.getItem(key));
      localStorage.setItem(key, JSON.stringify({ ...kept, at: kept.at - 13 * 3600 * 1000 }));
    });
    await page.reload();
    assert.equal(await page.getByLabel("Users were told").isChecked(), false);
    await close(page);
  });

  test("reads without scripts: text, steps, evidence, contents and the list of runbooks", async () => {
    for (const viewport of [PHONE, DESK]) {
      const page = await open("incident/pool/index.html", { script: false, viewport });
      for (const words of ["could not acquire connection", "<host-name>", "Restart the API", "high risk", "drifted", "Never verified"]) {
        assert.ok((await page.locator("main").innerText()).includes(words), words);
      }
      if (viewport === PHONE) await page.getByRole("link", { name: "Menu" }).click();
      assert.ok(await page.locator("#navigation").isVisible());
      await close(page);
    }
  });

  test("every address of the page leads somewhere, from a disk too", async () => {
    const page = await open("incident/pool/index.html", { disk: true });
    const links = await page.evaluate(() => Array.from(document.links, (link) => link.href));
    for (const url of new Set(links.filter((link) => link.startsWith("file:") && !link.endsWith(".md")).map((link) => link.split("#")[0]))) {
      await page.goto(url);
      await page.waitForSelector("h1");
    }
    await close(page);
  });

  test("a diagram is a picture that is there, with its text below", async () => {
    for (const disk of [false, true]) {
      const page = await open("incident/pool/index.html", { viewport: PHONE, disk });
      const picture = page.getByRole("group", { name: "Diagram: Who talks to whom" }).getByRole("img");
      await picture.scrollIntoViewIfNeeded();
      await page.waitForFunction((image) => image.complete, await picture.elementHandle());
      assert.ok(await picture.evaluate((image) => image.naturalWidth > 100));
      await page.getByText("Diagram: Who talks to whom, as text").click();
      assert.ok(await page.getByText("A->>P: borrow").isVisible());
      await close(page);
    }
  });

  test("on paper the commands are whole and the parameters open", async () => {
    const page = await open("incident/pool/index.html");
    await page.emulateMedia({ media: "print" });
    assert.equal(await page.locator("header.top").isVisible(), false);
    const wraps = await page.locator(".step pre").first().evaluate((pre) => getComputedStyle(pre).whiteSpace);
    assert.equal(wraps, "pre-wrap");
    await close(page);
  });

  test("the page stays light", async () => {
    const page = await open("incident/pool/index.html");
    const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
    assert.ok(nodes < 1500, String(nodes));
    const shift = await page.evaluate(() => new Promise((resolve) => {
      let sum = 0;
      new PerformanceObserver((list) => { for (const entry of list.getEntries()) sum += entry.value; }).observe({ type: "layout-shift", buffered: true });
      setTimeout(() => resolve(sum), 300);
    }));
    assert.ok(shift < 0.02, String(shift));
    await close(page);
  });
});
