// The runbooks we ship, in both themes: what axe finds, what sticks out of a phone, what fits on paper.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { buildShipped, launch, serve } from "./site.mjs";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const GUIDE = ["start", "write", "grammar", "commands", "configuration", "verify", "execute", "publish", "themes"].map((name) => `guide/${name}/`);
const PAGES = ["", "incident/", "incident/db-pool/", "deploy/checklist/", "status/", "alerts/", "severities/", "severities/p1/", "search/?q=connection"];
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1440, height: 900 };
let browser;
const sites = {};

before(async () => {
  browser = await launch();
  for (const theme of ["default", "plain"]) {
    const site = buildShipped(theme);
    sites[theme] = { ...site, web: await serve(site.out) };
  }
});
after(async () => {
  await browser?.close();
  for (const site of Object.values(sites)) {
    await site.web.close();
    site.remove();
  }
});

async function open(theme, path, options) {
  const context = await browser.newContext({ bypassCSP: true, ...options });
  const page = await context.newPage();
  await page.goto(sites[theme].web.url + path);
  return page;
}

const looks = [["phone", PHONE, "light"], ["desk", DESK, "dark"]];
for (const [theme, paths] of [["default", [...GUIDE, ...PAGES]], ["plain", ["guide/start/", "guide/commands/", ...PAGES]]]) {
  describe(`${theme}: axe finds nothing at WCAG 2.2 AA, and nothing sticks out`, { concurrency: 2 }, () => {
    for (const path of paths) {
      for (const [name, viewport, colorScheme] of looks) {
        test(`${path || "home"}, ${name}, ${colorScheme}`, async () => {
          const page = await open(theme, path, { viewport, colorScheme });
          if (path.startsWith("search")) await page.waitForSelector(".results a");
          await page.evaluate(() => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
          const [wide, view] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
          assert.ok(wide <= view, `${wide} > ${view}`);
          await page.addScriptTag({ path: axe });
          const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
          assert.deepEqual(found.violations.map((rule) => `${rule.id}: ${rule.nodes.slice(0, 3).map((node) => node.html + " " + node.failureSummary).join("\n")}`), []);
          await page.context().close();
        });
      }
    }
  });
}

describe("the page that is about it comes first", () => {
  const about = { connection: "Database connections are exhausted", connections: "Database connections are exhausted", certificate: "Certificates", "disk full": "A volume is nearly full", pod: "Pods crash again and again" };
  for (const [query, title] of Object.entries(about)) {
    test(query, async () => {
      const page = await open("default", "search/?q=" + encodeURIComponent(query));
      await page.waitForSelector(".results a strong");
      assert.equal(await page.locator(".results a strong").first().textContent(), title);
      await page.context().close();
    });
  }
});

describe("on paper", () => {
  for (const theme of ["default", "plain"]) {
    test(`${theme}: every command is whole`, async () => {
      const page = await open(theme, "incident/db-pool/", { viewport: { width: 680, height: 960 } });
      await page.emulateMedia({ media: "print" });
      const cut = await page.evaluate(() => Array.from(document.querySelectorAll("pre")).filter((pre) => pre.scrollWidth > pre.clientWidth + 1).map((pre) => pre.textContent));
      assert.deepEqual(cut, []);
      if (theme === "default") {
        const values = page.locator("td[data-value]:has(input)");
        assert.equal(await values.locator("input:visible").count(), 0);
        const shown = await values.evaluateAll((cells) => cells.map((cell) => [getComputedStyle(cell, "::after").content, cell.querySelector("input").placeholder]));
        assert.ok(shown.length > 3 && shown.every(([content, value]) => content === JSON.stringify(value)), JSON.stringify(shown));
      }
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 680, String(wide));
      await page.context().close();
    });
  }
});

describe("without scripts", () => {
  for (const theme of ["default", "plain"]) {
    test(`${theme}: the address of a section and of a step leads there`, async () => {
      for (const anchor of ["3-give-the-pools-the-right-size", "resize"]) {
        const page = await open(theme, `incident/db-pool/#${anchor}`, { viewport: DESK, javaScriptEnabled: false, reducedMotion: "reduce" });
        const top = (await page.locator(`[id="${anchor}"]`).boundingBox()).y;
        assert.ok(top >= 0 && top < 300, `${anchor}: ${top}`);
        await page.context().close();
      }
    });
  }
});
