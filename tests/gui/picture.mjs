// Makes docs/runbook-page.png, the picture of the README: a shipped runbook with what its recording has shown.
// Run: node picture.mjs [page] [anchor]
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { binary, launch, serve } from "./site.mjs";

const repository = join(dirname(fileURLToPath(import.meta.url)), "../..");
const [page = "incident/db-pool", anchor = "resize"] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "runbooks-picture-"));
try {
  for (const name of ["content", "checks", "runbooks.toml"]) cpSync(join(repository, name), join(folder, name), { recursive: true });
  const recording = join(repository, "tests/systems/novacron/recording.ndjson");
  const words = ["verify", "--replay", recording, "--target", "novacron", "--format", "json", "--root", folder];
  const { stdout, stderr } = spawnSync(binary, words, { encoding: "utf8", maxBuffer: 1 << 28 });
  if (!stdout) throw new Error(stderr);
  // A replay is no evidence; for the picture, it is shown as what it was on the day of the recording.
  const { recording: { at }, ...result } = JSON.parse(stdout);
  const day = (value) => (typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, name === "started" || name === "finished" ? at : Array.isArray(one) ? one.map(day) : day(one)])) : value);
  mkdirSync(join(folder, ".runbooks/results"), { recursive: true });
  writeFileSync(join(folder, ".runbooks/results/novacron.json"), JSON.stringify(day(result)));
  const out = join(folder, "out");
  execFileSync(binary, ["build", "--quiet", "--root", folder, "--out", out], { env: { ...process.env, RUNBOOKS_NOW: at } });
  const web = await serve(out);
  const browser = await launch();
  const tab = await browser.newPage({ viewport: { width: 1280, height: 1000 }, colorScheme: "light", reducedMotion: "reduce" });
  await tab.goto(`${web.url}${page}/#${anchor}`);
  await tab.screenshot({ path: join(repository, "docs/runbook-page.png") });
  if (process.env.KEEP) cpSync(out, process.env.KEEP, { recursive: true });
  await browser.close();
  await web.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
