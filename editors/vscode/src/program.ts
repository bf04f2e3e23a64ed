import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, isAbsolute, join } from "node:path";
import * as vscode from "vscode";
import { SECTION } from "./settings";

const NAME = process.platform === "win32" ? "toctou-lint.exe" : "toctou-lint";

/** A program that was found, and where its name comes from. */
export interface Program {
  command: string;
  origin: "setting" | "bundled" | "PATH";
}

/**
 * The program to start: that of the setting, else that of this extension, else the first on the PATH.
 * `undefined` if there is none; a setting that names none is not replaced by another program.
 */
export async function find(context: vscode.ExtensionContext): Promise<Program | undefined> {
  const named = vscode.workspace.getConfiguration(SECTION).get("path", "").trim();
  if (named !== "") {
    const command = absolute(named);
    return (await canRun(command)) ? { command, origin: "setting" } : undefined;
  }
  const bundled = context.asAbsolutePath(join("server", NAME));
  if (await canRun(bundled)) {
    return { command: bundled, origin: "bundled" };
  }
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const command = join(folder, NAME);
    if (folder !== "" && (await canRun(command))) {
      return { command, origin: "PATH" };
    }
  }
  return undefined;
}

/** What the program prints on standard output; it fails with what it says on standard error. */
export function output(program: Program, args: string[], cwd: string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program.command, args, { cwd, timeout: 20_000 }, (error, out, complaint) => {
      if (error) {
        reject(new Error(complaint.trim() || error.message));
      } else {
        resolve(out);
      }
    });
  });
}

function absolute(path: string): string {
  if (path === "~" || path.startsWith("~/")) {
    return join(homedir(), path.slice(1));
  }
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  return isAbsolute(path) || folder === undefined ? path : join(folder, path);
}

async function canRun(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
