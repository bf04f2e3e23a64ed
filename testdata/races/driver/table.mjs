// The table: how it is written, and what it claims.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const BEGIN = "<!-- races: testdata/races/run --write -->";
const END = "<!-- /races -->";

/** Columns that say what a row is; what comes after them are figures. */
const NAMED = { whole: 6, short: 3 };

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n") + "\n";
}

/** Every row. */
export function whole(results) {
  const head = ["family", "rule", "language", "library", "what must hold", "trials", "violated before", "after"];
  const cells = ({ row, trials, before, after }) => [row.family, `\`${row.rule}\``, row.language, row.library, row.invariant, trials, before, after];
  return table(head, results.map(cells));
}

/** A line for each family. */
export function short(results) {
  const sum = (all, key) => all.reduce((total, one) => total + one[key], 0);
  const families = [...new Set(results.map(({ row }) => row.family))];
  const cells = (family) => {
    const all = results.filter(({ row }) => row.family === family);
    const rules = [...new Set(all.map(({ row }) => row.rule))];
    return [family, rules.length, all.length, sum(all, "trials"), sum(all, "before"), sum(all, "after")];
  };
  return table(["family", "rules", "examples", "trials", "violated before", "after"], families.map(cells));
}

/** What is wrong with the results: the flagged form must be violated, the rewrite never. */
export function wrong(results) {
  const told = [];
  for (const { row, before, after } of results) {
    if (before < 1) told.push(`${row.name}: the flagged form has lost no race`);
    if (after > 0) told.push(`${row.name}: the rewrite has lost ${after} races`);
  }
  return told;
}

function parts(path) {
  const text = readFileSync(path, "utf8");
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${path}: the marks of the table are missing`);
  return [text.slice(0, begin), text.slice(begin + BEGIN.length, end), text.slice(end + END.length)];
}

function documents(root) {
  return [
    { path: join(root, "docs/rewrites.md"), make: whole, named: NAMED.whole },
    { path: join(root, "README.md"), make: short, named: NAMED.short },
  ];
}

/** Puts the tables between the marks of the documents. */
export function write(root, results) {
  for (const { path, make } of documents(root)) {
    const [before, , after] = parts(path);
    writeFileSync(path, `${before}${BEGIN}\n\n${make(results)}\n${END}${after}`);
  }
}

/**
 * What a committed table says and the results do not: a row that is missing or too many, or a claim that does not hold.
 * How often the flagged form lost may differ from run to run.
 */
export function differences(root, results) {
  const cells = (line) => line.split("|").slice(1, -1).map((cell) => cell.trim());
  const rows = (text) => text.split("\n").filter((line) => line.startsWith("|")).slice(2).map(cells);
  const told = [];
  for (const { path, make, named } of documents(root)) {
    const key = (all) => all.slice(0, named).join(" | ");
    const committed = new Map(rows(parts(path)[1]).map((all) => [key(all), all]));
    for (const all of rows(make(results))) {
      const there = committed.get(key(all));
      committed.delete(key(all));
      if (!there) {
        told.push(`${path}: lacks the row "${key(all)}"`);
        continue;
      }
      const [trials, before, after] = there.slice(-3);
      if (trials !== all.at(-3)) told.push(`${path}: says ${trials} trials for "${key(all)}", which are ${all.at(-3)}`);
      if (!(Number(before) >= 1) || after !== "0") told.push(`${path}: claims no proof in "${key(all)}"`);
    }
    for (const left of committed.keys()) told.push(`${path}: nothing makes the row "${left}"`);
  }
  return told;
}

/** Rules with a rewrite that have neither a row nor a reason, as a point `- RULE: why` in the document. */
export function unspoken(root, rows) {
  const text = readFileSync(join(root, "docs/rewrites.md"), "utf8");
  const pages = readdirSync(join(root, "rules")).filter((name) => name.endsWith(".md") && name !== "README.md");
  const rules = pages.filter((name) => readFileSync(join(root, "rules", name), "utf8").includes("\n## Rewrites\n"));
  return rules
    .map((name) => name.replace(/\.md$/, ""))
    .filter((rule) => !rows.some((row) => row.rule === rule) && !text.includes(`\n- \`${rule}\`: `))
    .map((rule) => `docs/rewrites.md: \`${rule}\` has neither a row nor a reason`);
}
