import * as vscode from "vscode";
import { Pages } from "./pages";
import { output, Program } from "./program";
import { findingAt, ruleOf } from "./races";

interface Rule extends vscode.QuickPickItem {
  id: string;
}

/** Shows the page of a rule: the one of the finding at the cursor stands first in the list. */
export async function explainRule(pages: Pages, program: Program, wanted?: string): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const here = editor && ruleOf(findingAt(editor.document.uri, editor.selection.active));
  const cwd = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  let rule = wanted;
  if (rule === undefined) {
    const rules = await all(program, cwd);
    rules.sort((one, other) => Number(other.id === here) - Number(one.id === here));
    const chosen = await vscode.window.showQuickPick(rules, {
      placeHolder: "Which rule?",
      matchOnDescription: true,
    });
    rule = chosen?.id;
  }
  if (rule !== undefined) {
    await pages.show(rule, await output(program, ["explain", rule], cwd));
  }
}

async function all(program: Program, cwd: string | undefined): Promise<Rule[]> {
  const report = JSON.parse(await output(program, ["rules", "--format", "json"], cwd)) as {
    rules: { id: string; title: string }[];
  };
  return report.rules.map(({ id, title }) => ({ id, label: id, description: title }));
}
