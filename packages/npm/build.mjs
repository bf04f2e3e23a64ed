// Makes the packages of npm: one a system that holds the program, and a thin one that asks for them.
//
//   node packages/npm/build.mjs OUT [TARGET=PROGRAM]...
//
// A target is a Rust target of packages/targets.json. What is packed lies in OUT as .tgz files,
// the thin package last in the list that is printed: it must be published last.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const targets = JSON.parse(readFileSync(join(root, "packages/targets.json"), "utf8"));
const [out, ...given] = process.argv.slice(2);
if (!out) throw new Error("usage: build.mjs OUT [TARGET=PROGRAM]...");

const metadata = JSON.parse(
  execFileSync("cargo", ["metadata", "--no-deps", "--format-version=1"], { cwd: root, encoding: "utf8" }),
);
const crate = metadata.packages.find((one) => one.name === "toctou-lint");
const shared = {
  version: crate.version,
  license: crate.license,
  homepage: crate.repository,
  repository: { type: "git", url: `git+${crate.repository}.git`, directory: "packages/npm" },
};

/** Lays out a package and packs it; the name of the .tgz file. */
function pack(manifest, files) {
  const folder = join(out, "folders", manifest.name);
  rmSync(folder, { recursive: true, force: true });
  for (const [name, { from, mode }] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(from, path);
    chmodSync(path, mode ?? 0o644);
  }
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  const told = execFileSync("npm", ["pack", "--json", "--pack-destination", resolve(out)], {
    cwd: folder,
    encoding: "utf8",
    // On Windows npm is a script.
    shell: process.platform === "win32",
  });
  return JSON.parse(told)[0].filename;
}

const licences = {
  "LICENSE-APACHE": { from: join(root, "LICENSE-APACHE") },
  "LICENSE-MIT": { from: join(root, "LICENSE-MIT") },
};
const packed = [];
for (const one of given) {
  const [target, program] = one.split(/=(.*)/s);
  const known = targets.find((each) => each.target === target);
  if (!known) throw new Error(`${target} is not in packages/targets.json`);
  const file = known.os === "win32" ? "bin/toctou-lint.exe" : "bin/toctou-lint";
  const manifest = {
    name: `@toctou-lint/${known.npm}`,
    description: `The program of toctou-lint for ${known.npm}; install toctou-lint`,
    ...shared,
    os: [known.os],
    cpu: [known.cpu],
    // A program cannot be started from within an archive.
    preferUnplugged: true,
    files: ["bin"],
  };
  packed.push(pack(manifest, { [file]: { from: program, mode: 0o755 }, ...licences }));
}
const names = targets.map((each) => [`@toctou-lint/${each.npm}`, crate.version]);
const thin = {
  name: "toctou-lint",
  description: crate.description,
  keywords: crate.keywords,
  ...shared,
  bin: { "toctou-lint": "bin/toctou-lint.js" },
  man: ["man/toctou-lint.1"],
  files: ["bin", "man"],
  engines: { node: ">=16" },
  optionalDependencies: Object.fromEntries(names),
};
packed.push(
  pack(thin, {
    "bin/toctou-lint.js": { from: join(root, "packages/npm/launcher.js"), mode: 0o755 },
    "man/toctou-lint.1": { from: join(root, "packages/wheel/data/share/man/man1/toctou-lint.1") },
    "README.md": { from: join(root, "packages/README.md") },
    ...licences,
  }),
);
console.log(packed.join("\n"));
