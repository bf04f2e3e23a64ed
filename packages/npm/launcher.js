#!/usr/bin/env node
// Starts the program that npm has installed for this system, and ends as it ends.
"use strict";

const { spawn } = require("node:child_process");
const { optionalDependencies } = require("../package.json");

/** Prints why nothing can be started, and ends as a wrong use of the program does. */
function fail(message) {
  console.error(`error: ${message}`);
  process.exit(2);
}

/** The path of the program: one that the user names, or that of the package for this system. */
function program() {
  if (process.env.TOCTOU_LINT_BINARY) return process.env.TOCTOU_LINT_BINARY;
  const system = `${process.platform}-${process.arch}`;
  const name = `@toctou-lint/${system}`;
  if (!(name in optionalDependencies)) {
    fail(`there is no package of toctou-lint for ${system}; \`cargo install toctou-lint\` builds it`);
  }
  const file = process.platform === "win32" ? "toctou-lint.exe" : "toctou-lint";
  try {
    return require.resolve(`${name}/bin/${file}`);
  } catch {
    fail(`${name} is not installed; npm leaves it out with --omit=optional, or if the lock file was made without it`);
  }
}

const child = spawn(program(), process.argv.slice(2), { stdio: "inherit" });
child.on("error", (error) => fail(`toctou-lint cannot be started: ${error.message}`));
// The program decides what a signal means.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
