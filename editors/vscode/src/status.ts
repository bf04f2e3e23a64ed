import * as vscode from "vscode";

export type Health = "off" | "missing" | "starting" | "ready" | "failed";

const SHOWN: Record<Health, { icon: string; says: string; severity: vscode.LanguageStatusSeverity }> = {
  off: { icon: "$(circle-slash)", says: "turned off", severity: vscode.LanguageStatusSeverity.Information },
  missing: { icon: "$(error)", says: "no program found", severity: vscode.LanguageStatusSeverity.Error },
  starting: { icon: "$(loading~spin)", says: "starting", severity: vscode.LanguageStatusSeverity.Information },
  ready: { icon: "$(check)", says: "watching for races", severity: vscode.LanguageStatusSeverity.Information },
  failed: { icon: "$(error)", says: "the server has stopped", severity: vscode.LanguageStatusSeverity.Error },
};

/** The item in the status bar: how the server is, and on a click what can be done about it. */
export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("server", vscode.StatusBarAlignment.Right, 10);
  health: Health = "off";

  constructor() {
    this.item.name = "toctou-lint";
  }

  set(health: Health, detail = ""): void {
    this.health = health;
    const { icon, says, severity } = SHOWN[health];
    const isWrong = severity === vscode.LanguageStatusSeverity.Error;
    this.item.text = `${icon} toctou-lint`;
    this.item.command = health === "off" ? "toctouLint.toggle" : "toctouLint.showOutput";
    this.item.backgroundColor = isWrong ? new vscode.ThemeColor("statusBarItem.errorBackground") : undefined;
    const tip = new vscode.MarkdownString(`**toctou-lint**: ${says}\n\n${detail}\n\n`);
    tip.appendMarkdown(
      "[Restart](command:toctouLint.restart) · [Output](command:toctouLint.showOutput) · " +
        "[Turn on or off](command:toctouLint.toggle) · " +
        "[Settings](command:workbench.action.openSettings?%5B%22toctou-lint%22%5D)",
    );
    tip.isTrusted = true;
    this.item.tooltip = tip;
    this.item.show();
  }

  dispose(): void {
    this.item.dispose();
  }
}
