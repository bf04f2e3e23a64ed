import fs from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";

/** Opening without creating fails where the file is gone. */
export async function refreshExport(file: string, rows: string) {
  const handle = await open(file, "r+");
  try {
    await handle.truncate();
    await handle.writeFile(rows);
  } finally {
    await handle.close();
  }
}

/** Fails if the file exists, in the same step that creates it. */
export async function createExport(folder: string, name: string, rows: string) {
  try {
    const handle = await open(path.join(folder, name), "wx");
    try {
      await handle.writeFile(rows);
    } finally {
      await handle.close();
    }
  } catch (error: any) {
    if (error.code === "EEXIST") return;
    throw error;
  }
}

/** Opened once; the handle stays the file that was looked at. */
export async function readUpload(file: string) {
  const handle = await open(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
  try {
    const info = await handle.stat();
    if (info.size > 1_000_000) throw new Error("refused");
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

export function saveApiKey(file: string, key: string) {
  fs.writeFileSync(file, key, { mode: 0o600, flag: "wx" });
}
