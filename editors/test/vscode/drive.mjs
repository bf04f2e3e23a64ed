// Opens a folder in Visual Studio Code with a browser: lets the driver extension assert, then does
// what a user does with mouse and keyboard, and takes the pictures of the READMEs on the way.
// drive.mjs CHROMIUM ADDRESS WORKSPACE REPORT [PICTURES]
import { chromium } from "playwright-core";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [browser, address, workspace, report, pictures] = process.argv.slice(2);
const FILE = join(workspace, "src/avatars.ts");
const FIXED = 'writeFileSync(path, picture, { flag: "wx" })';

function check(name, isRight, what) {
  console.log(`${isRight ? "ok" : "failed"}: ${name}${isRight ? "" : `: ${JSON.stringify(what)}`}`);
  if (!isRight) throw new Error(name);
}

const running = await chromium.launch({ executablePath: browser, args: ["--no-sandbox", "--disable-gpu"] });
const page = await running.newPage({ viewport: { width: 1240, height: 560 } });
page.setDefaultTimeout(20_000);

async function shoot(name) {
  await page.waitForTimeout(400);
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`) });
}

async function until(condition, bound = 15_000) {
  const end = Date.now() + bound;
  while (!condition() && Date.now() < end) await page.waitForTimeout(100);
  return condition();
}

async function driver() {
  await until(() => existsSync(report), 60_000);
  check("the driver has ended", existsSync(report), report);
  const { version, checks, error } = JSON.parse(readFileSync(report, "utf8"));
  console.log(`Visual Studio Code ${version}`);
  for (const { name, held, what } of checks) check(name, held, what);
  check("no error in the driver", error === undefined, error);
}

async function open(name) {
  for (const part of name.split("/")) {
    const row = page.locator(".explorer-folders-view .monaco-list-row", { hasText: part }).first();
    await row.waitFor();
    await (name.endsWith(part) ? row.dblclick() : row.click());
    await page.waitForTimeout(400);
  }
}

async function command(title) {
  await page.keyboard.press("F1");
  await page.locator(".quick-input-widget input[type=text]").fill(`>${title}`);
  await page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first().click();
  // Away from what shows a hint under the mouse.
  await page.mouse.move(620, 555);
}

async function user() {
  if (!(await page.locator(".explorer-folders-view .monaco-list-row", { hasText: "avatars.ts" }).count())) {
    await open("src");
  }
  await open("avatars.ts");
  await page.keyboard.press("Control+B");
  const squiggle = page.locator(".squiggly-warning").first();
  await squiggle.waitFor();
  check("the race is underlined", true);
  const item = page.locator(".statusbar-item", { hasText: "toctou-lint" }).first();
  await item.locator(".codicon-check").waitFor();
  check("the status bar says that all is well", true);
  await page.keyboard.press("Control+Shift+M");
  const row = page.locator(".markers-panel .monaco-list-row", { hasText: "fs-check-then-create" }).first();
  await row.waitFor();
  check("the Problems view holds it", true);
  await shoot("problems");
  await page.keyboard.press("Control+J");
  await hovers(squiggle);
  await act().click({ position: { x: 90, y: 8 } });
  await command("toctou-lint: Show How the Race Goes");
  await page.locator(".tab", { hasText: "How the race goes" }).first().waitFor();
  check("the race is shown beside", true);
  await rendered("writeFileSync(path, picture)");
  await shoot("race");
  await page.locator(".tab", { hasText: "How the race goes" }).first().click({ button: "middle" });
  await fixes(squiggle);
  await explains();
}

const act = () => page.locator(".view-line", { hasText: "writeFileSync(path" }).first();

async function hovers(squiggle) {
  await squiggle.hover({ force: true, position: { x: 40, y: 8 } });
  const hover = page.locator(".monaco-hover:visible", { hasText: "another" }).first();
  await hover.waitFor();
  check("the hover says how it goes", true);
  const box = await hover.boundingBox();
  await page.mouse.move(box.x + 60, box.y + box.height - 20, { steps: 5 });
  await page.mouse.wheel(0, 110);
  await shoot("hover");
  await page.keyboard.press("Escape");
}

/** Waits until a rendered page holds a text; it is in a frame of a frame. */
async function rendered(text) {
  const end = Date.now() + 15_000;
  const holds = (frame) => frame.evaluate((text) => document.body.innerText.includes(text), text).catch(() => false);
  while (Date.now() < end) {
    const inner = page.frames().filter((frame) => frame !== page.mainFrame());
    if ((await Promise.all(inner.map(holds))).includes(true)) return check(`rendered: ${text}`, true);
    await page.waitForTimeout(200);
  }
  check(`rendered: ${text}`, false, page.frames().map((frame) => frame.url()));
}

async function fixes(squiggle) {
  await act().click({ position: { x: 90, y: 8 } });
  await page.keyboard.press("Control+.");
  const choice = page.locator(".action-widget .monaco-list-row", { hasText: "create the file only if it is absent" });
  await choice.first().waitFor();
  check("the light bulb offers the atomic form", true);
  await shoot("quick-fix");
  await choice.first().click();
  await confirms(squiggle);
  await squiggle.waitFor({ state: "detached" });
  check("no squiggle is left", true);
  await page.keyboard.press("Control+S");
  const saved = () => readFileSync(FILE, "utf8").includes(FIXED);
  check("it is saved", await until(saved), readFileSync(FILE, "utf8"));
}

/** A rewrite that may shift meaning may come with a list of what to confirm. */
async function confirms(squiggle) {
  const list = page.locator(".pane-body .bulk-edit-panel, .bulk-edit-panel").first();
  await Promise.race([squiggle.waitFor({ state: "detached" }), list.waitFor()]);
  if (!(await list.isVisible())) return;
  await shoot("confirm");
  await list.locator("input[type=checkbox], .monaco-checkbox, .edit-checkbox").first().click();
  await list.getByText("Apply", { exact: true }).click();
  check("what may shift meaning is confirmed", true);
}

async function explains() {
  await command("toctou-lint: Explain Rule");
  const choice = page.locator(".quick-input-list .monaco-list-row", { hasText: "An atomic is loaded" }).first();
  await choice.waitFor();
  await page.keyboard.type("fs-check-then-create");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "fs-check-then-create" }).first().click();
  await page.mouse.move(620, 555);
  await page.locator(".tab", { hasText: "fs-check-then-create" }).first().waitFor();
  check("the page of a rule opens", true);
  await rendered("Flagged");
  await shoot("explain");
}

try {
  await page.goto(`${address}/?folder=${workspace}`);
  await page.waitForSelector(".monaco-workbench", { timeout: 60_000 });
  await driver();
  await user();
} catch (error) {
  console.log(String(error));
  await page.screenshot({ path: `${report}.png` }).catch(() => {});
  console.log(`what was seen last: ${report}.png`);
  process.exitCode = 1;
}
await running.close();
