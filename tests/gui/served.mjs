// `runbooks serve` with a real browser at the other end: whatever is saved is seen, and nothing else disturbs the page.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { binary, launch } from "./site.mjs";

const long = Array.from({ length: 80 }, (_, number) => `Paragraph ${number}.\n`).join("\n");
const page = (more = "") => `# The disk is full\n\n${long}\n\`\`\`bash check id=room${more}\ndf\n\`\`\`\n`;
let browser, folder, server, url, tab;

function write(path, text) {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
/** Saves as careful editors do: aside first, then renamed into place. */
function replace(path, text) {
  write(path + "~", text);
  renameSync(join(folder, path + "~"), join(folder, path));
}
/** Returns what the server serves, and how often it has built so far. */
const state = async () => (await fetch(url + "~changes?version=0")).json();
const get = async (path) => (await fetch(url + path)).text();
/** Waits until the pages have been built again after `act`. */
async function rebuilt(act) {
  const before = (await state()).version;
  act();
  for (;;) {
    const now = await (await fetch(`${url}~changes?version=${before}`)).json();
    if (now.version > before) return now;
  }
}
/** Waits until `path` shows `text`: one save may be more than one change. */
async function shows(act, path, text) {
  let now = await rebuilt(act);
  while (!(await get(path)).includes(text)) now = await (await fetch(`${url}~changes?version=${now.version}`)).json();
}

/** Waits until what is told of the texts says something: one save may be more than one change. */
async function tells(act, words) {
  let now = await rebuilt(act);
  while (!words.test(now.problems.join())) now = await (await fetch(`${url}~changes?version=${now.version}`)).json();
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "runbooks-served-"));
  write("runbooks.toml", "[site]\ntitle = \"First\"\n");
  write("content/disk.md", page());
  server = spawn(binary, ["serve", "--port", "0", "--root", folder], { stdio: ["ignore", "ignore", "pipe"] });
  for await (const line of createInterface({ input: server.stderr })) {
    url = /http:\/\/[^ ]*/.exec(line)?.[0];
    if (url) break;
  }
  server.stderr.resume();
  browser = await launch();
  tab = await browser.newPage({ viewport: { width: 1000, height: 500 } });
});
after(async () => {
  await browser?.close();
  server?.kill("SIGINT");
  if (folder) rmSync(folder, { recursive: true, force: true });
});

describe("serve", () => {
  test("an edit reloads the page and keeps its place", async () => {
    await tab.goto(url + "disk/");
    await tab.evaluate(() => scrollTo({ top: 900, behavior: "instant" }));
    await rebuilt(() => replace("content/disk.md", page().replace("Paragraph 3.", "Paragraph three.")));
    await tab.waitForFunction(() => document.body.innerText.includes("Paragraph three."));
    await tab.waitForFunction(() => Math.abs(scrollY - 900) < 2);
  });

  test("an error is shown over the page with its line, and goes with the error", async () => {
    replace("content/disk.md", page(" timout=3s"));
    const panel = tab.getByRole("region", { name: "Problems in the texts" });
    await panel.waitFor();
    const line = page().split("\n").findIndex((text) => text.startsWith("```bash")) + 1;
    assert.match(await panel.innerText(), new RegExp(`content/disk.md:${line}:`));
    assert.match(await panel.innerText(), /did you mean `timeout`/);
    replace("content/disk.md", page());
    await panel.waitFor({ state: "detached" });
  });

  test("files and folders come, move and go", async () => {
    await shows(() => write("content/new/deep/one.md", "# One\n"), "new/deep/one/", "One");
    await shows(() => write("content/new/deep/two.md", "# Two\n"), "new/deep/two/", "Two");
    await shows(() => renameSync(join(folder, "content/new/deep/two.md"), join(folder, "content/new/three.md")), "new/three/", "Two");
    await shows(() => rmSync(join(folder, "content/new"), { recursive: true }), "new/three/", "Page not found");
    await shows(() => write("content/new/deep/one.md", "# One again\n"), "new/deep/one/", "One again");
  });

  test("shared steps, the theme, the configuration and results count, though their folders came later", async () => {
    await rebuilt(() => write("content/uses.md", "# Uses\n\n```check use=answers\n```\n"));
    assert.equal((await state()).problems.length, 1);
    await shows(() => write("checks/answers.md", "```bash check title=\"It answers\"\ntrue\n```\n"), "uses/", "It answers");
    await shows(() => write("themes/default/templates/404.html", "Nothing here"), "nowhere", "Nothing here");
    await shows(() => replace("runbooks.toml", "[site]\ntitle = \"Second\"\n"), "", "Second");
    const result = { version: 1, run: "r", mode: "verify", target: "default", started: "2026-11-20T03:14:00Z", finished: "2026-11-20T03:14:09Z", interrupted: false, tally: { passed: 0, failed: 0, drifted: 0, errored: 1, skipped: 0 }, runbooks: [{ id: "disk", title: "The disk is full", path: "content/disk.md", outcome: "errored", references: { resolved: 0, drifted: 0, unknown: 0, errored: 0 }, started: "2026-11-20T03:14:00Z", duration_ms: 1, steps: [], findings: [] }] };
    await shows(() => write(".runbooks/results/default.json", JSON.stringify(result)), "disk/", "on <strong>default</strong>");
  });

  test("a broken template or configuration is told, and the pages stay", async () => {
    await tells(() => write("themes/default/templates/404.html", "one\n{% if %}"), /templates\/404.html:2/);
    assert.match(await get("disk/"), /The disk is full/);
    await rebuilt(() => rmSync(join(folder, "themes"), { recursive: true }));
    await tells(() => replace("runbooks.toml", "[site]\ntitle = \n"), /runbooks.toml:2/);
    await shows(() => replace("runbooks.toml", "[site]\ntitle = \"Third\"\n"), "", "Third");
    assert.deepEqual((await state()).problems, []);
  });
});
