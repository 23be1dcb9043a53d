// Builds a small site with everything a page can show, and serves it under a sub-path with the strictest policy.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
export const binary = process.env.RUNBOOKS || join(here, "../../target/debug/runbooks");
const types = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png" };

/** Starts the browser: headless, and asking no host for anything. */
export const launch = () => chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** Builds the sample and returns its folders and a way to remove them. */
export function build() {
  const folder = mkdtempSync(join(tmpdir(), "runbooks-gui-"));
  cpSync(join(here, "sample"), folder, { recursive: true });
  const out = join(folder, "out");
  mkdirSync(join(folder, ".runbooks/results"), { recursive: true });
  cpSync(join(folder, "results.json"), join(folder, ".runbooks/results/production.json"));
  cpSync(join(folder, "results-staging.json"), join(folder, ".runbooks/results/staging.json"));
  mkdirSync(join(folder, ".runbooks/history"), { recursive: true });
  cpSync(join(folder, "history.ndjson"), join(folder, ".runbooks/history/production.ndjson"));
  const env = { ...process.env, RUNBOOKS_NOW: "2026-11-21T12:00:00Z" };
  execFileSync(binary, ["build", "--quiet", "--root", folder, "--out", out], { env });
  return { out, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Builds the runbooks we ship in a theme: every kind of page, and long tables. */
export function buildShipped(theme) {
  const folder = mkdtempSync(join(tmpdir(), "runbooks-gui-"));
  const repository = join(here, "../..");
  for (const name of ["content", "checks"]) cpSync(join(repository, name), join(folder, name), { recursive: true });
  const settings = readFileSync(join(repository, "runbooks.toml"), "utf8");
  writeFileSync(join(folder, "runbooks.toml"), settings.replace('theme = "default"', `theme = "${theme}"`));
  const out = join(folder, "out");
  execFileSync(binary, ["build", "--quiet", "--root", folder, "--out", out], { env: { ...process.env, RUNBOOKS_NOW: "2026-11-21T12:00:00Z" } });
  return { out, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Serves a folder at `/ops/runbooks/` of a free loopback port. */
export async function serve(folder) {
  const prefix = "/ops/runbooks/";
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://localhost").pathname);
    const inside = path.startsWith(prefix) ? normalize(path.slice(prefix.length)) : "..";
    let file = join(folder, inside.startsWith("..") ? "404.html" : inside);
    if (path.endsWith("/")) file = join(file, "index.html");
    const headers = { "content-security-policy": "default-src 'self'", "x-content-type-options": "nosniff" };
    try {
      const bytes = readFileSync(file);
      response.writeHead(200, { ...headers, "content-type": types[extname(file)] || "application/octet-stream" }).end(bytes);
    } catch {
      response.writeHead(404, { ...headers, "content-type": types[".html"] }).end(readFileSync(join(folder, "404.html")));
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}${prefix}`;
  return { url, close: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }) };
}
