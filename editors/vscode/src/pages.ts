import * as vscode from "vscode";

const SCHEME = "toctou-lint";

/** Texts that belong to no file, shown as rendered Markdown beside the code. */
export class Pages implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private count = 0;
  private readonly registrations = [
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => this.texts.delete(uri.query)),
  ];

  /** Shows a text under a name, in the place where the one before it was. */
  async show(name: string, text: string): Promise<void> {
    // An address of its own: what is known under another is shown from memory at first.
    this.count += 1;
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}.md`, query: String(this.count) });
    this.texts.set(uri.query, text);
    // Whoever has turned the Markdown extension off reads the source.
    const commands = await vscode.commands.getCommands(true);
    if (commands.includes("markdown.showPreviewToSide")) {
      await vscode.commands.executeCommand("markdown.showPreviewToSide", uri);
    } else {
      await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Beside, preview: true });
    }
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.query) ?? "";
  }

  dispose(): void {
    vscode.Disposable.from(...this.registrations).dispose();
  }
}
