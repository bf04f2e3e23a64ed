import * as vscode from "vscode";
import { explainRule } from "./explain";
import { Pages } from "./pages";
import { showInterleaving } from "./races";
import { Server } from "./server";
import { isEnabled, SECTION } from "./settings";
import { Status } from "./status";

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const channel = vscode.window.createOutputChannel("toctou-lint", { log: true });
  const status = new Status();
  const pages = new Pages();
  const own = new Server(context, channel, status, pages);
  server = own;
  context.subscriptions.push(channel, status, pages, own);
  context.subscriptions.push(vscode.workspace.onDidChangeConfiguration((change) => own.settingsChanged(change)));
  const command = (name: string, run: (...given: unknown[]) => unknown): void => {
    const guarded = async (...given: unknown[]): Promise<void> => {
      try {
        await run(...given);
      } catch (error) {
        channel.error(String(error));
        void vscode.window.showErrorMessage(`toctou-lint: ${error instanceof Error ? error.message : String(error)}`);
      }
    };
    context.subscriptions.push(vscode.commands.registerCommand(`toctouLint.${name}`, guarded));
  };
  command("restart", () => own.restart());
  command("showOutput", () => {
    channel.show();
  });
  command("explainRule", async (rule) => {
    const program = await own.needProgram();
    if (program) {
      await explainRule(pages, program, typeof rule === "string" ? rule : undefined);
    }
  });
  command("showInterleaving", async () => {
    if (own.client?.isRunning()) {
      await showInterleaving(pages, own.client);
    } else {
      void vscode.window.showInformationMessage("toctou-lint: the server is not running.");
    }
  });
  command("toggle", () => {
    const target = vscode.workspace.workspaceFolders ? vscode.ConfigurationTarget.Workspace : true;
    return vscode.workspace.getConfiguration(SECTION).update("enable", !isEnabled(), target);
  });
  await own.restart();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}
