// Files: two processes that meet at each change, or one that is attacked before each of its changes.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { count } from "./outcomes.mjs";

const family = "files";
const gate = "files";
const node = "node:fs";
const std = "std::fs";

const file = ({ folder }) => join(folder, "file");
const here = (content) => (scene) => writeFileSync(file(scene), content);
/** More than one has done what only one may do. */
const twice = (_, outcomes) => count(outcomes) > 1;
const fails = (_, outcomes) => outcomes.some((one) => one.error !== undefined);

/** Somebody else on this machine opens the file, if its mode lets them. */
function read(scene) {
  const path = file(scene);
  if (!existsSync(path)) return;
  if (process.getuid() === 0) {
    const other = spawnSync("cat", [path], { uid: 65534, gid: 65534, encoding: "utf8" });
    scene.isRead ||= other.stdout.includes("secret");
  } else {
    scene.isRead ||= (statSync(path).mode & 0o004) !== 0 && readFileSync(path, "utf8").includes("secret");
  }
}

const secret = {
  family, gate, rule: "fs-create-then-chmod", invariant: "nobody else can open the key", actors: 1,
  between: read,
  violated: (scene) => (read(scene), scene.isRead),
};

/** Whenever the name is free, somebody puts a link there that points to a file of somebody else's. */
const link = {
  family, gate, rule: "fs-remove-then-create", invariant: "no other file is written through a link", actors: 1,
  reset: (scene) => {
    here("old")(scene);
    writeFileSync(join(scene.folder, "profile"), "Ada's");
  },
  between: (scene) => {
    if (!existsSync(file(scene))) symlinkSync(join(scene.folder, "profile"), file(scene));
  },
  violated: ({ folder }) => readFileSync(join(folder, "profile"), "utf8") !== "Ada's",
};

/** A small file becomes a large one before it is opened. */
const large = {
  family, gate, rule: "fs-check-then-use", invariant: "nothing larger than 1 MB is read", actors: 1,
  reset: here("small"),
  between: (scene, step) => {
    if (step !== 1) return;
    writeFileSync(join(scene.folder, "large"), Buffer.alloc(2 << 20, "x"));
    renameSync(join(scene.folder, "large"), file(scene));
  },
  violated: (_, [{ value }]) => value > 1 << 20,
};

/** The file goes before it is opened. */
const gone = {
  family, gate, rule: "fs-check-then-read", invariant: "a missing file is answered, not a failure", actors: 1,
  reset: here("{}"),
  between: (scene, step) => {
    if (step === 1) rmSync(file(scene));
  },
  violated: fails,
};

const create = { family, gate, rule: "fs-check-then-create", invariant: "nobody's file is overwritten", violated: twice };
const mkdir = { family, gate, rule: "fs-check-then-mkdir", invariant: "a folder that is there is no failure", violated: fails };
const remove = {
  family, gate, rule: "fs-check-then-remove", invariant: "a file that is gone is no failure", reset: here(""), violated: fails,
};
const lock = { family, gate, rule: "fs-lockfile-not-exclusive", invariant: "one process has the lock" };
const modify = { family, gate, rule: "fs-read-modify-write", invariant: "no addition is lost" };

export default [
  {
    ...create, is: "node", library: node,
    flagged: ["function writeDefaults"], clean: { kind: "Fixed", words: ["function writeDefaults"] },
    call: (page, { folder, actor }) => page.writeDefaults(file({ folder }), `text of ${actor}`),
  },
  {
    ...create, is: "tokio", language: "Rust", library: "tokio::fs", flagged: ["fn publish"], clean: ["fn publish", "create_new"],
    violated: (_, outcomes) => count(outcomes, (made) => made) > 1,
  },
  { ...create, is: "std", language: "Rust", library: std, flagged: ["fn start_log"], clean: { kind: "Fixed", words: ["fn start_log"] } },
  {
    ...large, is: "node", library: "node:fs/promises", flagged: ["LARGEST"], clean: ["function load"],
    call: async (page, { folder }) => (await page.load(file({ folder }), 1 << 20))?.length ?? null,
  },
  { ...large, is: "std", language: "Rust", library: std, flagged: ["LARGEST"], clean: ["fn load"] },
  {
    ...mkdir, is: "node", library: node, flagged: ["export function prepare"], clean: ["export function prepare"],
    call: (page, { folder }) => page.prepare(file({ folder })),
  },
  { ...mkdir, is: "std", language: "Rust", library: std, flagged: ["pub fn prepare"], clean: ["pub fn prepare", "AlreadyExists"] },
  {
    ...remove, is: "node", library: node, flagged: ["function clean"], clean: ["function clean", "rmSync"],
    call: (page, { folder }) => page.clean(file({ folder })),
  },
  { ...remove, is: "std", language: "Rust", library: std, flagged: ["fn clean"], clean: ["fn clean", "other => other"] },
  {
    ...gone, is: "node", library: node, flagged: ["export function load"], clean: ["export function load", "ENOENT"],
    call: (page, { folder }) => page.load(file({ folder })),
  },
  { ...gone, is: "std", language: "Rust", library: std, flagged: ["pub fn load"], clean: ["pub fn load", "NotFound"] },
  {
    ...secret, is: "node", library: node, flagged: ["function saveKey"], clean: ["function saveKey"],
    call: (page, { folder }) => page.saveKey(file({ folder }), "secret"),
  },
  { ...secret, is: "std", language: "Rust", library: std, flagged: ["fn save_key"], clean: ["fn save_key"] },
  {
    ...link, is: "node", library: node, flagged: ["function reset"], clean: ["function reset"],
    call: (page, { folder }) => page.reset(file({ folder })),
  },
  { ...link, is: "std", language: "Rust", library: std, flagged: ["fn renew(path: &str)"], clean: ["fn renew(path: &str)"] },
  {
    ...modify, is: "node", library: node, invariant: "no order is lost",
    flagged: ["function addOrder"], clean: ["function addOrder"],
    reset: here("[]"),
    call: (page, { folder, actor }) => page.addOrder(file({ folder }), { actor }),
    violated: (scene) => JSON.parse(readFileSync(file(scene), "utf8")).length !== 2,
  },
  {
    ...modify, is: "std", language: "Rust", library: std, flagged: ["fn add_line"], clean: ["fn add_line", "append"],
    reset: here(""),
    violated: (scene) => readFileSync(file(scene), "utf8") !== "one\none\n",
  },
  {
    ...lock, is: "node", library: node, flagged: ["function takeLock"], clean: ["function takeLock", "wx"],
    call: (page, { folder }) => page.takeLock(file({ folder })) ?? true,
    violated: (_, outcomes) => count(outcomes, (taken) => taken) > 1,
  },
  {
    ...lock, is: "std", language: "Rust", library: std, flagged: ["fn take_lock"], clean: ["fn take_lock", "create_new"],
    violated: (_, outcomes) => count(outcomes, (taken) => taken) > 1,
  },
];
