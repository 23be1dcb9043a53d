#!/usr/bin/env node
// Brings src/reference/kubectl/flags.txt up to date with what a kubectl says of itself.
//
//   node tests/kubectl-flags/update.mjs /path/to/kubectl          rewrites the table
//   node tests/kubectl-flags/update.mjs --check /path/to/kubectl  changes nothing; exits 1 where they differ
//
// A verb or flag that this kubectl shows and the table does not have is added "since" its version; one that the table
// has and this kubectl neither shows nor accepts is ended with the version before. Flags that are hidden because they
// are deprecated are tried, so they stay. Run it once per release, in the order of releases.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const table = fileURLToPath(new URL("../../src/reference/kubectl/flags.txt", import.meta.url));
const home = mkdtempSync(join(tmpdir(), "kubectl-flags-"));
const options = { encoding: "utf8", env: { HOME: home, PATH: "/nowhere" } };

const checking = process.argv[2] === "--check";
const kubectl = process.argv[checking ? 3 : 2];
if (!kubectl) {
  process.stderr.write("usage: update.mjs [--check] /path/to/kubectl\n");
  process.exit(2);
}

const told = JSON.parse(execFileSync(kubectl, ["version", "--client", "-o", "json"], options)).clientVersion;
const version = /^v(\d+\.\d+)/.exec(told.gitVersion)[1];
const before = `1.${Number(version.split(".")[1]) - 1}`;

// Flags that may stand without a value although they are not bools: kubectl's help does not show it.
const OPTIONAL = new Set(["dry-run", "cascade", "validate"]);

// A kubectl that shares its binary with the servers shows their `--version` as its own.
const FOREIGN = new Set(["version"]);

function typeOf(name, value) {
  if (OPTIONAL.has(name)) return "o";
  if (value === "true" || value === "false") return "b";
  if (value === "[]") return "l";
  if (/^-?\d+$/.test(value)) return "i";
  if (/^(\d+(\.\d+)?(h|m|s|ms))+$/.test(value)) return "d";
  return "s";
}

function flagsIn(help) {
  const flags = new Map();
  for (const [, short, name, value] of help.matchAll(/^ {4}(?:-(\w), )?--([\w-]+)=(.*):$/gm)) {
    if (!FOREIGN.has(name)) flags.set(name, { name, short, type: typeOf(name, value) });
  }
  return flags;
}

function aliasesIn(help, own) {
  const line = /^Aliases:\n(.+)$/m.exec(help)?.[1] ?? "";
  return line.split(", ").filter((alias) => alias && alias !== own);
}

function subcommandsIn(help) {
  return [...help.matchAll(/^.*[Cc]ommands.*:\n((?: {2}\S.*\n)+)/gm)]
    .flatMap(([, lines]) => lines.trimEnd().split("\n"))
    .map((line) => line.trim().split(/\s/)[0]);
}

function walk(path, found) {
  const help = execFileSync(kubectl, [...path, "--help"], options);
  const own = path[path.length - 1];
  if (path.length > 0) found.set(path.join(" "), { aliases: aliasesIn(help, own), flags: flagsIn(help) });
  for (const name of subcommandsIn(help)) walk([...path, name], found);
  return found;
}

function accepts(command, flag) {
  const words = command === "*" ? ["get"] : command.split(" ");
  const result = spawnSync(kubectl, [...words, `--${flag.name}=1`, "--help"], options);
  return !/unknown (shorthand )?flag/.test(result.stderr);
}

// The table, line by line: see its own header for the format.
function read(text) {
  const header = [];
  const commands = new Map();
  let current;
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) header.push(line);
    else if (line.startsWith("kubectl ")) continue;
    else if (line.startsWith("  ")) {
      const [, name, short, shortSince, type, range, note] =
        /^ {2}([\w-]+)(?:,(\w)(?:@([\d.]+))?)? (\w)(?: ([\d.]*-(?:[\d.]+|old)?))?(?: \| (.*))?$/.exec(line);
      current.flags.set(name, { name, short, shortSince, type, range, note });
    } else if (line) {
      const [, name, aliases, range, note] =
        /^([^=|]+?)(?: = ([\w ]+?))?(?: ([\d.]*-(?:[\d.]+|old)?))?(?: \| (.*))?$/.exec(line);
      current = { name, aliases: aliases?.split(" ") ?? [], range, note, flags: new Map() };
      commands.set(name, current);
    }
  }
  return { header, commands };
}

const ended = (thing) => thing.range !== undefined && !thing.range.endsWith("-");
const end = (thing) => (thing.range = `${thing.range?.slice(0, -1) ?? ""}-${before}`);

function mergeFlags(command, known, shown) {
  for (const flag of shown.values()) {
    const old = known.get(flag.name);
    if (!old || ended(old)) known.set(flag.name, { ...flag, range: `${version}-` });
    else if (flag.short && !old.short) Object.assign(old, { short: flag.short, shortSince: version });
  }
  for (const flag of known.values()) {
    if (!shown.has(flag.name) && !ended(flag) && !accepts(command, flag)) end(flag);
  }
}

function merge(commands) {
  const shown = walk([], new Map());
  shown.set("*", { aliases: [], flags: flagsIn(execFileSync(kubectl, ["options"], options)) });
  for (const [name, command] of shown) {
    if (!commands.has(name)) commands.set(name, { name, aliases: [], range: `${version}-`, flags: new Map() });
    const known = commands.get(name);
    known.aliases = [...new Set([...known.aliases, ...command.aliases])];
    if (known.range === `${version}-`) for (const flag of command.flags.values()) known.flags.set(flag.name, flag);
    else mergeFlags(name, known.flags, command.flags);
  }
  for (const command of commands.values()) {
    if (!shown.has(command.name) && !ended(command) && !command.note) end(command);
  }
}

function flagLine({ name, short, shortSince, type, range, note }) {
  const letter = short ? `,${short}${shortSince ? `@${shortSince}` : ""}` : "";
  return `  ${name}${letter} ${type}${range ? ` ${range}` : ""}${note ? ` | ${note}` : ""}`;
}

function write(header, commands, newest) {
  const lines = [...header, `kubectl 1.27 ${newest}`];
  for (const name of [...commands.keys()].sort()) {
    const { aliases, range, note, flags } = commands.get(name);
    const also = aliases.length ? ` = ${aliases.join(" ")}` : "";
    lines.push(`${name}${also}${range ? ` ${range}` : ""}${note ? ` | ${note}` : ""}`);
    for (const flag of [...flags.keys()].sort()) lines.push(flagLine(flags.get(flag)));
  }
  return `${lines.join("\n")}\n`;
}

const text = readFileSync(table, "utf8");
const { header, commands } = read(text);
const last = /^kubectl 1\.27 ([\d.]+)$/m.exec(text)[1];
const newer = Number(version.split(".")[1]) > Number(last.split(".")[1]);
merge(commands);
const updated = write(header, commands, newer ? version : last);
if (!checking) writeFileSync(table, updated);
else if (updated !== text) {
  process.stderr.write(`${table} does not say what kubectl ${version} says; run this without --check\n`);
  process.exit(1);
}
