import fs from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";

/** Written only if it is there, or so it seems. */
export function refreshExport(file: string, rows: string) {
  if (fs.existsSync(file)) {
    fs.writeFileSync(file, rows);
  }
}

export async function createExport(folder: string, name: string, rows: string) {
  const file = path.join(folder, name);
  try {
    await stat(file);
  } catch {
    await writeFile(file, rows);
  }
}

/** What was a plain file may be a link by the time it is read. */
export async function readUpload(file: string) {
  const info = fs.lstatSync(file);
  if (info.isSymbolicLink() || info.size > 1_000_000) {
    throw new Error("refused");
  }
  return readFile(file, "utf8");
}

/** For a moment everybody on this machine can read the key. */
export function saveApiKey(file: string, key: string) {
  fs.writeFileSync(file, key);
  fs.chmodSync(file, 0o600);
}
