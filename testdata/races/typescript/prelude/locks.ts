// The project's own `./locks` of the examples: a lock file made exclusively, waited for.
import fs from "node:fs";
import { basename, join } from "node:path";

export function withFileLock<T>(path: string, work: () => T): T {
  const lock = join(process.env.LOCKS!, basename(path));
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      fs.mkdirSync(lock);
      break;
    } catch (error: any) {
      if (error.code !== "EEXIST") throw error;
      Atomics.wait(clock, 0, 0, 1);
    }
  }
  try {
    return work();
  } finally {
    fs.rmdirSync(lock);
  }
}
