import * as vscode from "vscode";
import { LanguageClient } from "vscode-languageclient/node";
import { columnsToTable } from "./columns";
import { Pages } from "./pages";
import { SECTION } from "./settings";

/** Commands that newer servers offer by name; see `executeCommandProvider` of the protocol. */
const SHOW = "toctou-lint.showInterleaving";
const EXPLAIN = "toctou-lint.explain";

interface Answer {
  text?: string;
}

/**
 * Runs a command of the server; the answers that are meant to be read are shown as pages of ours
 * instead of in the server's own way.
 */
export async function runServerCommand(
  pages: Pages,
  command: string,
  given: unknown[],
  next: (command: string, given: unknown[]) => vscode.ProviderResult<unknown>,
): Promise<unknown> {
  if (command !== SHOW && command !== EXPLAIN) {
    return next(command, given);
  }
  const wanted = { ...(given[0] as { rule?: string } | undefined), quiet: true };
  const answer = (await next(command, [wanted])) as Answer | null | undefined;
  if (answer?.text === undefined) {
    void vscode.window.showInformationMessage("toctou-lint: the text has changed since; try again.");
  } else if (command === SHOW) {
    await showRace(pages, answer.text);
  } else {
    await pages.show(wanted.rule ?? "rule", answer.text);
  }
  return answer;
}

/** How the race at the cursor goes: through the server's command, or out of its hover. */
export async function showInterleaving(pages: Pages, client: LanguageClient): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const found = editor && findingAt(editor.document.uri, editor.selection.active);
  if (!editor || !found) {
    void vscode.window.showInformationMessage("toctou-lint: put the cursor on a race that is underlined.");
    return;
  }
  const { uri } = editor.document;
  const actions = await vscode.commands.executeCommand<(vscode.CodeAction | vscode.Command)[]>(
    "vscode.executeCodeActionProvider",
    uri,
    found.range,
  );
  for (const action of actions) {
    const command = action instanceof vscode.CodeAction ? action.command : action;
    if (command?.command === SHOW) {
      await vscode.commands.executeCommand(command.command, ...((command.arguments ?? []) as unknown[]));
      return;
    }
  }
  await showFromHover(pages, client, uri, found.range.start);
}

async function showFromHover(
  pages: Pages,
  client: LanguageClient,
  uri: vscode.Uri,
  at: vscode.Position,
): Promise<void> {
  const params = { textDocument: { uri: client.code2ProtocolConverter.asUri(uri) }, position: at };
  const hover = await client.sendRequest<{ contents?: { value?: string } } | null>("textDocument/hover", params);
  const text = hover?.contents?.value;
  if (text === undefined) {
    void vscode.window.showInformationMessage("toctou-lint: nothing is known of this place.");
    return;
  }
  // The rule's page follows its title.
  const race = text.split(/\n## /)[0] ?? text;
  const tables = race.replace(/```text\n([^]*?)\n```/g, (_, columns: string) => columnsToTable(columns));
  await pages.show("How the race goes", tables);
}

/** The first line is a sentence, the rest a table of monospaced columns. */
async function showRace(pages: Pages, text: string): Promise<void> {
  const [sentence, ...columns] = text.split("\n");
  const table = columnsToTable(columns.join("\n").replace(/^\n+|\s+$/g, ""));
  await pages.show("How the race goes", `${sentence ?? ""}\n\n${table}`);
}

/** The finding that a place is in, else one of its line. */
export function findingAt(uri: vscode.Uri, at: vscode.Position): vscode.Diagnostic | undefined {
  const own = vscode.languages.getDiagnostics(uri).filter((one) => one.source === SECTION);
  return own.find((one) => one.range.contains(at)) ?? own.find((one) => one.range.start.line === at.line);
}

/** The id of a finding's rule. */
export function ruleOf(finding: vscode.Diagnostic | undefined): string | undefined {
  const code = typeof finding?.code === "object" ? finding.code.value : finding?.code;
  return code === undefined ? undefined : String(code);
}
