// Makes of each row's two examples something an actor can load. The examples stay as they are on the page.

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { example } from "./pages.mjs";

const FORMS = ["flagged", "clean"];

/** Extracts both forms of all rows to `out`, as `NAME/FORM.EXTENSION`. */
export function extract(root, rows, out) {
  for (const row of rows) {
    mkdirSync(join(out, row.name), { recursive: true });
    for (const form of FORMS) {
      const { kind = form === "flagged" ? "Flagged" : "Clean", words } = Array.isArray(row[form]) ? { words: row[form] } : row[form];
      const found = example(root, row.rule, row.language, kind, words);
      const extension = found.extension === "rust" ? "rs" : found.extension;
      row.files = { ...row.files, [form]: join(out, row.name, `${form}.${extension}`) };
      writeFileSync(row.files[form], found.code);
    }
  }
}

/** The modules that the examples import and that the prelude stands in for or passes on. */
function preludes(here) {
  const own = { "./prisma": "prisma", "@/lib/prisma": "prisma", "./redis": "redis", "./locks": "locks", "./schema": "schema" };
  const wrapped = { "@prisma/client": "prisma-client", ioredis: "ioredis", stripe: "stripe" };
  const real = { "races:prisma": "@prisma/client", "races:ioredis": "ioredis", "races:stripe": "stripe" };
  return {
    name: "preludes",
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, kind }) => {
        if (kind === "entry-point") return undefined;
        if (real[path]) return { path: real[path], external: true };
        const stand = own[path] ?? wrapped[path];
        if (stand) return { path: join(here, "typescript/prelude", `${stand}.ts`) };
        return { path, external: true };
      });
    },
  };
}

export async function buildTypeScript(here, rows, modules) {
  const esbuild = createRequire(join(modules, "package.json"))("esbuild");
  for (const row of rows) {
    for (const form of FORMS) {
      await esbuild.build({
        entryPoints: [row.files[form]],
        outfile: row.files[form].replace(/\.\w+$/, ".cjs"),
        bundle: true,
        platform: "node",
        format: "cjs",
        target: "node20",
        logLevel: "error",
        plugins: [preludes(here)],
        footer: { js: row.expose?.[form] ? `module.exports = { ...module.exports, ${row.expose[form]} };` : "" },
      });
    }
  }
}

/** Generates Prisma's client. Nothing of it is loaded from the net: it works by a driver of pg, without an engine. */
export function generatePrisma(here, modules) {
  // Prisma looks for its client beside the schema.
  copyFileSync(join(here, "schema.prisma"), join(modules, "schema.prisma"));
  const done = spawnSync("node", [join(modules, "node_modules/prisma/build/index.js"), "generate", "--schema", "schema.prisma"], {
    cwd: modules,
    encoding: "utf8",
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: "/bin/true", PRISMA_HIDE_UPDATE_MESSAGE: "1", CHECKPOINT_DISABLE: "1" },
  });
  if (done.status !== 0) throw new Error(`prisma generate: ${done.stderr}${done.stdout}`);
}

/** The statements that make the tables of a Prisma schema. */
export function tablesOf(schema) {
  const types = { String: "text", Int: "integer", DateTime: "timestamp(3)", Boolean: "boolean" };
  const made = [];
  for (const [, name, body] of schema.matchAll(/^model (\w+) \{\n([^}]*)^\}/gm)) {
    const columns = body.trim().split("\n").map((line) => {
      const [, column, type, optional, rest] = /^\s*(\w+)\s+(\w+)(\??)(.*)$/.exec(line);
      const key = rest.includes("@id") ? " PRIMARY KEY" : "";
      const unique = rest.includes("@unique") && !rest.includes("by name only") ? " UNIQUE" : "";
      const value = /@default\((\d+|now\(\))\)/.exec(rest);
      return `"${column}" ${types[type]}${optional ? "" : " NOT NULL"}${value ? ` DEFAULT ${value[1]}` : ""}${key}${unique}`;
    });
    made.push(`CREATE TABLE "${name}" (${columns.join(", ")});`);
  }
  return made.join("\n");
}

/** Compiles the Rust actor, with the extracted examples in it; answers the program's path. */
export function buildRust(here, pages, out) {
  const done = spawnSync("cargo", ["build", "--quiet", "--locked", "--manifest-path", join(here, "rust/Cargo.toml"), "--target-dir", out], {
    encoding: "utf8",
    env: { ...process.env, RACE_PAGES: pages, CARGO_BUILD_JOBS: process.env.CARGO_BUILD_JOBS ?? "2" },
  });
  if (done.status !== 0) throw new Error(`cargo build: ${done.stderr}`);
  return join(out, "debug/actor");
}
