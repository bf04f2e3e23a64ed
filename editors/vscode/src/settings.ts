import * as vscode from "vscode";

/** The section of the settings, the language client's id, and the source of the diagnostics. */
export const SECTION = "toctou-lint";

/** Settings that the server is started with: a change of them needs another start. */
export const OF_THE_START = ["enable", "path", "extraArgs", "minimumConfidence", "diagnostics"];

/** What is sent to the server as initialization options; later changes go through its configuration. */
export interface Options {
  pedantic: boolean;
  diagnostics: string;
  run: string;
  scan: boolean;
  baseline: boolean | string;
  codeLens: boolean;
  inlayHints: boolean;
  ignoreReason: string;
}

export function options(): Options {
  const settings = vscode.workspace.getConfiguration(SECTION);
  return {
    pedantic: settings.get("pedantic", false),
    diagnostics: settings.get("diagnostics", "open"),
    run: settings.get("run", "onType"),
    scan: settings.get("scan", true),
    baseline: settings.get<boolean | string>("baseline", true),
    codeLens: settings.get("codeLens", false),
    inlayHints: settings.get("inlayHints", false),
    ignoreReason: settings.get("ignoreReason", "reason"),
  };
}

export function isEnabled(): boolean {
  return vscode.workspace.getConfiguration(SECTION).get("enable", true);
}

/** The arguments that make the program a server. */
export function serverArguments(): string[] {
  const settings = vscode.workspace.getConfiguration(SECTION);
  const least = settings.get<string>("minimumConfidence", "default");
  const confidence = least === "default" ? [] : ["--config", `min-confidence=${JSON.stringify(least)}`];
  return ["lsp", ...confidence, ...settings.get<string[]>("extraArgs", [])];
}
