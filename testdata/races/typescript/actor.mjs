// One actor: a process that loads both forms of a row's example and runs them when the driver says so.

import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [rows, name, built] = process.argv.slice(2);
const row = (await import(pathToFileURL(rows))).default.find((one) => one.name === name);
const require = createRequire(import.meta.url);
// What an example prints is not for the driver.
const answer = process.stdout.write.bind(process.stdout);
console.log = () => {};

for await (const line of createInterface({ input: process.stdin })) {
  const { form, ...run } = JSON.parse(line);
  let reply;
  try {
    const path = `${built}/${form}.cjs`;
    // A new process has new variables; what lives in them must not meet the next trial.
    if (row.isFresh) delete require.cache[require.resolve(path)];
    const module = require(path);
    const done = [];
    const value = await row.call(module, { ...run, form, require: createRequire(path), note: (what) => done.push(what) });
    reply = { value: value ?? null, done };
  } catch (error) {
    reply = { error: String(error?.message ?? error), code: error?.code ?? null };
  }
  answer(JSON.stringify(reply) + "\n");
}
process.exit(0);
