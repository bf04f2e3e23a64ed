// Reads an example off a rule's page, byte for byte.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const LANGUAGES = { ts: "TypeScript", js: "TypeScript", rust: "Rust" };

/** The fenced examples of a page: `{ kind, language, extension, fixed, code }`, in order. */
export function examples(text) {
  const found = [];
  let kind = "";
  let fence;
  for (const line of text.split("\n")) {
    if (fence) {
      if (line === "```") {
        found.push({ ...fence, code: fence.lines.join("\n") + "\n" });
        fence = undefined;
      } else fence.lines.push(line);
      continue;
    }
    const heading = /^## (.*)$/.exec(line);
    if (heading) kind = heading[1];
    const opening = /^```(\w+)(.*)$/.exec(line);
    if (!opening) continue;
    const [, extension, rest] = opening;
    fence = { kind, language: LANGUAGES[extension], extension, fixed: rest.includes("fixed"), lines: [] };
  }
  return found;
}

/**
 * The one example of `rule` in `language` that stands under `kind` ("Flagged", "Clean", or "Fixed" for what the
 * rewrite of a flagged one must give) and contains all of `words`. Anything but exactly one is an error: then the page
 * has changed, and the row must say anew which example it means.
 */
export function example(root, rule, language, kind, words) {
  const text = readFileSync(join(root, "rules", `${rule}.md`), "utf8");
  const wanted = (one) =>
    one.language === language &&
    (kind === "Fixed" ? one.fixed : one.kind === kind && !one.fixed) &&
    words.every((word) => one.code.includes(word));
  const found = examples(text).filter(wanted);
  if (found.length !== 1) {
    throw new Error(`rules/${rule}.md: ${found.length} examples in ${language} under ${kind} contain ${words.join(" and ")}`);
  }
  return found[0];
}
