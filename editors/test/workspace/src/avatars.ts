import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Keeps the first picture that a user sends. */
export function keepFirst(folder: string, user: string, picture: Buffer) {
  const path = join(folder, `${user}.png`);
  if (existsSync(path)) {
    return false;
  }
  writeFileSync(path, picture);
  return true;
}
