import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  LanguageClientOptions,
  RevealOutputChannelOn,
  State,
} from "vscode-languageclient/node";
import { Pages } from "./pages";
import { find, Program } from "./program";
import { runServerCommand } from "./races";
import { isEnabled, OF_THE_START, options, SECTION, serverArguments } from "./settings";
import { Status } from "./status";

const LANGUAGES = ["rust", "typescript", "typescriptreact", "javascript", "javascriptreact"];
/** A server that stops so often within three minutes is left alone. */
const TRIES = 4;

/** The one server of a window, and how it is. */
export class Server implements vscode.Disposable {
  client: LanguageClient | undefined;
  program: Program | undefined;
  /** Starts and stops happen one after the other. */
  private line: Promise<void> = Promise.resolve();

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly channel: vscode.LogOutputChannel,
    private readonly status: Status,
    private readonly pages: Pages,
  ) {}

  restart(): Promise<void> {
    return this.queue(async () => {
      await this.halt();
      await this.launch();
    });
  }

  stop(): Promise<void> {
    return this.queue(() => this.halt());
  }

  /** Takes up other settings: those of the start by another start, the rest by telling the server. */
  async settingsChanged(change: vscode.ConfigurationChangeEvent): Promise<void> {
    if (!change.affectsConfiguration(SECTION)) {
      return;
    }
    const ofTheStart = OF_THE_START.some((name) => change.affectsConfiguration(`${SECTION}.${name}`));
    // Servers that know no commands know no change of configuration either.
    const isOld = this.client?.initializeResult?.capabilities.executeCommandProvider === undefined;
    if (ofTheStart || isOld) {
      await this.restart();
    }
  }

  private queue(work: () => Promise<void>): Promise<void> {
    this.line = this.line.then(work).catch((error: unknown) => {
      this.channel.error(String(error));
      this.status.set("failed", String(error));
    });
    return this.line;
  }

  private async halt(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.dispose().catch((error: unknown) => {
      this.channel.warn(`the server did not stop in order: ${String(error)}`);
    });
  }

  private async launch(): Promise<void> {
    if (!isEnabled()) {
      this.status.set("off");
      return;
    }
    this.program = await find(this.context);
    if (this.program === undefined) {
      this.status.set("missing", "Set `toctou-lint.path`, or put the program on the `PATH`.");
      this.offerPath();
      return;
    }
    this.status.set("starting", `\`${this.program.command}\``);
    const client = new LanguageClient(SECTION, "toctou-lint", this.executable(this.program), this.clientOptions());
    client.onDidChangeState(({ newState }) => {
      if (this.client === client) {
        this.show(newState);
      }
    });
    this.client = client;
    await client.start();
  }

  private executable(program: Program): { command: string; args: string[] } {
    const given = serverArguments();
    this.channel.info(`starting ${program.command} (${program.origin}) ${given.join(" ")}`);
    return { command: program.command, args: given };
  }

  private clientOptions(): LanguageClientOptions {
    const stops: number[] = [];
    return {
      documentSelector: LANGUAGES.flatMap((language) => [
        { scheme: "file", language },
        { scheme: "untitled", language },
      ]),
      initializationOptions: options(),
      outputChannel: this.channel,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      middleware: {
        executeCommand: (command, given: unknown[], next) =>
          runServerCommand(this.pages, command, given, next),
        // A command is whole as it is; the server refuses to complete an action that carries nothing.
        resolveCodeAction: (action, token, next) => (action.command ? action : next(action, token)),
        // The client would ask for all files of any server that can tell of them.
        provideWorkspaceDiagnostics: (ids, token, report, next) =>
          vscode.workspace.getConfiguration(SECTION).get("diagnostics") === "workspace"
            ? next(ids, token, report)
            : { items: [] },
      },
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => {
          const now = Date.now();
          stops.push(now);
          const recent = stops.filter((time) => now - time < 3 * 60_000).length;
          const again = recent < TRIES;
          return { action: again ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true };
        },
      },
    };
  }

  private show(state: State): void {
    if (state === State.Starting) {
      this.status.set("starting");
    } else if (state === State.Running) {
      const version = this.client?.initializeResult?.serverInfo?.version ?? "";
      const from = this.program ? `${this.program.origin}: \`${this.program.command}\`` : "";
      this.status.set("ready", `${version} (${from})`);
    } else {
      this.status.set("failed", "The output says more.");
    }
  }

  private offerPath(): void {
    const settings = "Open the settings";
    const told = vscode.window.showErrorMessage("toctou-lint: there is no program to start.", settings);
    void told.then((choice) => {
      if (choice === settings) {
        void vscode.commands.executeCommand("workbench.action.openSettings", `${SECTION}.path`);
      }
    });
  }

  /** The program, or a message that there is none. */
  async needProgram(): Promise<Program | undefined> {
    this.program ??= await find(this.context);
    if (this.program === undefined) {
      this.offerPath();
    }
    return this.program;
  }

  dispose(): void {
    void this.stop();
  }
}
