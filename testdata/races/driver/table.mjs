// The table: how it is written, and what it claims.

import { readFileSync, writeFileSync } from "node:fs";

const BEGIN = "<!-- races: testdata/races/run writes this -->";
const END = "<!-- /races -->";

export function written(results) {
  const lines = ["| family | rule | language | library | what must hold | trials | violated before | after |", "|---|---|---|---|---|---|---|---|"];
  for (const { row, trials, before, after } of results) {
    lines.push(`| ${row.family} | \`${row.rule}\` | ${row.language} | ${row.library} | ${row.invariant} | ${trials} | ${before} | ${after} |`);
  }
  return lines.join("\n") + "\n";
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

/** Puts `text` between the marks of the file. */
export function write(path, text) {
  const [before, , after] = parts(path);
  writeFileSync(path, `${before}${BEGIN}\n\n${text}\n${END}${after}`);
}

function parts(path) {
  const text = readFileSync(path, "utf8");
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${path}: the marks of the table are missing`);
  return [text.slice(0, begin), text.slice(begin + BEGIN.length, end), text.slice(end + END.length)];
}

/**
 * What the committed table says and the results do not: a row that is missing, another number of trials, or a claim
 * that does not hold. How often the flagged form lost may differ from run to run.
 */
export function differences(path, results) {
  const cells = (line) => line.split("|").slice(1, -1).map((cell) => cell.trim());
  const key = (all) => all.slice(0, 6).join(" | ");
  const rows = (text) => text.split("\n").filter((line) => line.startsWith("|")).slice(2).map(cells);
  const committed = new Map(rows(parts(path)[1]).map((all) => [key(all), all]));
  const told = [];
  for (const all of rows(written(results))) {
    const there = committed.get(key(all));
    if (!there) told.push(`${path}: no row \`${key(all)}\``);
    else if (!(Number(there[6]) >= 1) || there[7] !== "0") told.push(`${path}: \`${key(all)}\` claims ${there[6]} and ${there[7]}`);
    committed.delete(key(all));
  }
  for (const left of committed.keys()) told.push(`${path}: nothing makes the row \`${left}\``);
  return told;
}
