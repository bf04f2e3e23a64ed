// Runs inside Visual Studio Code: asserts through its API what the extension does, and writes what
// held to the file that DRIVER_REPORT names.
const fs = require("node:fs");
const vscode = require("vscode");

const RULE = "fs-check-then-create";

async function waitFor(condition, bound = 15_000) {
  const end = Date.now() + bound;
  let value = await condition();
  while (!value && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    value = await condition();
  }
  return value;
}

const own = (uri) => vscode.languages.getDiagnostics(uri).filter((one) => one.source === "toctou-lint");

async function drive(check) {
  const uri = vscode.Uri.joinPath(vscode.workspace.workspaceFolders[0].uri, "src/lock.rs");
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document);
  await waitFor(() => own(uri).length > 0);
  const found = own(uri);
  check("one race", found.length === 1 && found[0].code?.value === RULE, found);
  check("with a link to its page", String(found[0].code?.target).includes(`${RULE}.md`), found[0].code);
  check("and where it was checked", found[0].relatedInformation?.[0]?.location.range.start.line === 6, found[0]);

  const moved = new vscode.WorkspaceEdit();
  moved.insert(uri, new vscode.Position(0, 0), "// 🦀 crabs\n");
  await vscode.workspace.applyEdit(moved);
  check("it moves with the text", await waitFor(() => own(uri)[0]?.range.start.line === 10), own(uri));

  const { range } = own(uri)[0];
  const hovers = await vscode.commands.executeCommand("vscode.executeHoverProvider", uri, range.start);
  const says = hovers.flatMap((hover) => hover.contents.map((part) => part.value)).join("\n");
  check("hover shows the other run", says.includes("another") && says.includes(RULE), says);

  await pages(check, uri, range);
  await extras(check, uri);
  await settings(check, uri);
  await fix(check, uri, document);
}

async function pages(check, uri, range) {
  const rendered = (name) =>
    waitFor(() =>
      vscode.window.tabGroups.all.some((group) => group.tabs.some((tab) => tab.label.includes(name))),
    );
  vscode.window.activeTextEditor.selection = new vscode.Selection(range.start, range.start);
  await vscode.commands.executeCommand("toctouLint.showInterleaving");
  check("the race is shown beside", await rendered("How the race goes"), tabs());
  await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.One });
  await vscode.commands.executeCommand("toctouLint.explainRule", RULE);
  check("the rule is explained beside", await rendered(RULE), tabs());
  await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.One });
}

const tabs = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs.map((tab) => tab.label));

async function settings(check, uri) {
  const section = vscode.workspace.getConfiguration("toctou-lint");
  const target = vscode.ConfigurationTarget.Workspace;
  await section.update("enable", false, target);
  check("turned off it is quiet", await waitFor(() => own(uri).length === 0), own(uri));
  await section.update("enable", undefined, target);
  check("turned on it is back", await waitFor(() => own(uri).length === 1), own(uri));
  await section.update("path", "no/such/program", target);
  check("a wrong path starts no other program", await waitFor(() => own(uri).length === 0), own(uri));
  await section.update("path", undefined, target);
  check("the bundled program is back", await waitFor(() => own(uri).length === 1), own(uri));
  await section.update("extraArgs", ["--config", `rules.${RULE}="off"`], target);
  check("arguments reach the server", await waitFor(() => own(uri).length === 0), own(uri));
  await section.update("extraArgs", undefined, target);
  check("and are taken back", await waitFor(() => own(uri).length === 1), own(uri));
  await vscode.commands.executeCommand("toctouLint.restart");
  check("after a restart it is there", await waitFor(() => own(uri).length === 1), own(uri));
}

const actions = (uri) =>
  vscode.commands.executeCommand(
    "vscode.executeCodeActionProvider", uri, own(uri)[0].range, vscode.CodeActionKind.QuickFix.value, 20,
  );

/** What newer servers have; an older one goes on without, which is all that is asked of it. */
async function extras(check, uri) {
  const section = vscode.workspace.getConfiguration("toctou-lint");
  const target = vscode.ConfigurationTarget.Workspace;
  let titles = [];
  let asked = 0;
  await waitFor(async () => {
    asked += 1;
    titles = (await actions(uri)).map((one) => one.title);
    return titles.length > 0;
  });
  const lenses = () => vscode.commands.executeCommand("vscode.executeCodeLensProvider", uri, 10);
  const whole = new vscode.Range(0, 0, 100, 0);
  const hints = () => vscode.commands.executeCommand("vscode.executeInlayHintProvider", uri, whole);
  check("no lens and no hint by default", (await lenses()).length + (await hints()).length === 0, titles);
  check(`${titles.length} actions are offered, asked ${asked} times`, titles.length > 1, titles);
  if (!titles.some((title) => title.startsWith("Show how"))) return;
  await section.update("codeLens", true, target);
  await section.update("inlayHints", true, target);
  check("a lens when asked for", await waitFor(async () => (await lenses()).length === 1), await lenses());
  check("a hint when asked for", await waitFor(async () => (await hints()).length === 1), await hints());
  await section.update("codeLens", undefined, target);
  await section.update("inlayHints", undefined, target);
  check("and none again", await waitFor(async () => (await lenses()).length === 0), await lenses());
  await section.update("ignoreReason", "one installer, once", target);
  const silences = async () => {
    const silence = (await actions(uri)).find((one) => /^silence .* here/i.test(one.title));
    return JSON.stringify(silence.edit.entries()).includes("-- one installer, once");
  };
  check("a suppression gives the reason of the settings", await waitFor(silences), titles);
  await section.update("ignoreReason", undefined, target);
}

async function fix(check, uri, document) {
  const offered = await actions(uri);
  const action = offered.find((one) => one.title.startsWith("create the file only if it is absent"));
  check("the atomic form is offered", action?.edit !== undefined, offered.map((one) => one.title));
  check("and a suppression", offered.some((one) => /silence/i.test(one.title)), offered.map((one) => one.title));
  await vscode.workspace.applyEdit(action.edit);
  check("it is put in", document.getText().includes("File::create_new(path)?"), document.getText());
  check("no race is left", await waitFor(() => own(uri).length === 0), own(uri));
  await document.save();
  check("it is saved", fs.readFileSync(uri.fsPath, "utf8").includes("File::create_new(path)?"), uri.fsPath);
}

exports.activate = async () => {
  const report = { version: vscode.version, checks: [] };
  const check = (name, isRight, what) => {
    const held = Boolean(isRight);
    report.checks.push(held ? { name, held } : { name, held, what });
    if (!held) throw new Error(name);
  };
  try {
    await drive(check);
  } catch (error) {
    report.error = String(error?.stack ?? error);
  }
  // What comes after is looked at by people.
  await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  await vscode.commands.executeCommand("notifications.clearAll");
  fs.writeFileSync(`${process.env.DRIVER_REPORT}.part`, JSON.stringify(report, undefined, 1));
  fs.renameSync(`${process.env.DRIVER_REPORT}.part`, process.env.DRIVER_REPORT);
};
