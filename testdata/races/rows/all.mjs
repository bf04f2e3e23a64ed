// All rows, in the order of the table.

import files from "./files.mjs";
import keys from "./keys.mjs";
import state from "./state.mjs";
import tables from "./tables.mjs";
import webhooks from "./webhooks.mjs";

/** A row without a number of trials has this many. */
const TRIALS = 10;

const FAMILIES = ["files", "rows", "keys", "objects", "locks", "webhooks", "idempotency", "state"];
const unordered = [...files, ...tables, ...keys, ...webhooks, ...state];
const all = FAMILIES.flatMap((family) => unordered.filter((row) => row.family === family));
if (all.length !== unordered.length) throw new Error("a row has no family");
const rows = all.map((row) => ({ language: "TypeScript", trials: TRIALS, ...row, name: `${row.rule}.${row.is}` }));
const twice = rows.find((row, at) => rows.findIndex((other) => other.name === row.name) !== at);
if (twice) throw new Error(`two rows are called ${twice.name}`);

export default rows;
