// Targets and values in commands, in a real browser; what is copied is given to a real shell.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { build, launch, serve } from "./site.mjs";

let browser, site, web;
before(async () => { site = build(); web = await serve(site.out); browser = await launch(); });
after(async () => { await browser?.close(); await web?.close(); site?.remove(); });

const POOL = "incident/pool/index.html";
const trouble = [];
async function context(more = {}) {
  const made = await browser.newContext({ viewport: { width: 1440, height: 900 }, permissions: ["clipboard-read", "clipboard-write"], ...more });
  made.on("page", (page) => {
    page.on("console", (message) => message.type() === "error" && trouble.push(message.text()));
    page.on("pageerror", (error) => trouble.push(String(error)));
    page.on("request", (request) => /^(file:|data:|http:\/\/127\.0\.0\.1)/.test(request.url()) || trouble.push(request.url()));
  });
  return made;
}
async function open(within, path, disk = false) {
  const page = await within.newPage();
  await page.goto((disk ? pathToFileURL(site.out) + "/" : web.url) + path);
  return page;
}
async function close(within) {
  await within.close();
  assert.deepEqual(trouble.splice(0), []);
}
async function copy(page, block) {
  const button = page.locator(block).getByRole("button", { name: "Copy" });
  await button.focus();
  await page.keyboard.press("Enter");
  return page.evaluate(() => navigator.clipboard.readText());
}
/** Runs what was copied with stand-ins that print their arguments, one a line. */
const words = (text) => execFileSync("bash", ["-c", "kubectl() { printf '%s\\n' \"$@\"; }; psql() { printf '%s\\n' \"$@\"; }\n" + text], { encoding: "utf8" }).trimEnd().split("\n");

describe("a target", () => {
  for (const disk of [false, true]) {
    test(`is chosen once, with the keyboard, and every command shows its values ${disk ? "from a disk" : "under a sub-path"}`, async () => {
      const within = await context();
      const page = await open(within, POOL, disk);
      assert.match(await page.locator("#restart pre").first().innerText(), /--namespace "shop"/);
      assert.match(await page.locator("#api-ready pre").first().innerText(), /namespace: shop$/m);
      const select = page.getByLabel("Target");
      await select.focus();
      await page.keyboard.press("ArrowDown");
      assert.equal(await select.inputValue(), "staging");
      assert.match(await page.locator("#restart pre").first().innerText(), /^export NAMESPACE='shop staging'\nkubectl .*"\$NAMESPACE"/);
      assert.match(await page.locator("#api-ready pre").first().innerText(), /namespace: "shop staging"$/m);
      assert.match(await page.locator(".run").first().innerText(), /--target staging/);
      assert.match(await page.locator("#values summary").innerText(), /shop-staging/);
      await page.reload();
      assert.equal(await page.getByLabel("Target").inputValue(), "staging");
      const other = await open(within, "index.html", disk);
      assert.equal(await other.getByLabel("Target").inputValue(), "staging");
      await close(within);
    });
  }

  test("that a runbook is not for is said, and its values are not shown", async () => {
    const within = await context();
    const page = await open(within, "deploy/release/index.html");
    await page.getByLabel("Target").selectOption("staging");
    assert.match(await page.locator(".notice").innerText(), /not for staging.*production/);
    assert.match(await page.locator(".run").first().innerText(), /--target production/);
    await close(within);
  });

  test("chosen in one tab is shown in the others", async () => {
    const within = await context();
    const [one, other] = [await open(within, POOL), await open(within, POOL)];
    await one.getByLabel("Target").selectOption("staging");
    await other.waitForFunction(() => document.querySelector("#target").value === "staging");
    assert.match(await other.locator("#restart pre").first().innerText(), /shop staging/);
    await close(within);
  });

  test("is not asked for without scripts: the commands show the first one's values", async () => {
    const within = await context({ javaScriptEnabled: false });
    const page = await open(within, POOL);
    assert.equal(await page.getByLabel("Target").isVisible(), false);
    assert.match(await page.locator("#restart pre").first().innerText(), /--namespace "shop"/);
    assert.match(await page.locator("#values").innerText(), /NAMESPACE\s+shop/);
    await close(within);
  });
});

describe("a value", () => {
  test("typed here is in the commands, in the line to paste, and kept in this tab only", async () => {
    const within = await context();
    const page = await open(within, POOL);
    await page.getByLabel("NAMESPACE").fill("blue");
    assert.deepEqual(words(await copy(page, "#restart")), ["rollout", "restart", "deployment/novacron-api", "--namespace", "blue"]);
    assert.match(await page.locator(".run").first().innerText(), /--param NAMESPACE=blue/);
    await page.reload();
    assert.equal(await page.getByLabel("NAMESPACE").inputValue(), "blue");
    const other = await open(within, POOL);
    assert.equal(await other.getByLabel("NAMESPACE").inputValue(), "");
    await close(within);
  });

  for (const evil of ["x\"; touch /tmp/owned; \"", "'; exit 3; '", "$(exit 4)", "`exit 5`", "a b\\", "x # y", "é*", "-n", "!!"]) {
    test(`cannot break out of its place: ${evil}`, async () => {
      const within = await context();
      const page = await open(within, POOL);
      await page.getByLabel("NAMESPACE").fill(evil);
      assert.deepEqual(words(await copy(page, "#restart")), ["rollout", "restart", "deployment/novacron-api", "--namespace", evil]);
      await page.getByLabel("<application>").fill(evil);
      const copied = await copy(page, "#pool-has-room");
      assert.ok(!copied.includes(evil) || /^[\w-]+$/.test(evil), copied);
      await close(within);
    });
  }

  test("that is not filled in is marked, and stops the command that needs it", async () => {
    const within = await context();
    const page = await open(within, POOL);
    const copied = await copy(page, "#pool-has-room");
    assert.match(copied, /application_name = '\$\{application:\?fill in application\}'/);
    assert.equal(await page.locator("#pool-has-room .copy").innerText(), "Copied, 1 to fill in");
    const ran = spawnSync("bash", ["-c", "psql() { echo ran; }\n" + copied], { encoding: "utf8" });
    assert.notEqual(ran.status, 0);
    assert.match(ran.stderr, /fill in application/);
    assert.equal(ran.stdout, "");
    assert.equal(await page.locator("#values [data-missing]").innerText(), "1 to fill in");
    await page.getByLabel("<application>").fill("api");
    assert.equal(await page.locator("#values [data-missing]").isVisible(), false);
    assert.match((await copy(page, "#pool-has-room")), /application_name = 'api'/);
    await close(within);
  });

  test("that is secret is never asked for", async () => {
    const within = await context();
    const page = await open(within, POOL);
    assert.equal(await page.getByLabel("TOKEN").count(), 0);
    assert.match(await page.locator("#values").innerText(), /never asked for/);
    await close(within);
  });
});
