"""Edits: letters of several units, line ends, large files, many at once, broken code."""

import asyncio
import random

import pytest
from lsprotocol import types as t

pytestmark = pytest.mark.asyncio

ACT = "  fs.writeFileSync(p, d);"
TEXT = "import fs from 'node:fs';\r\nconst greeting = '';\r\nif (!fs.existsSync(p)) {\r\n  fs.writeFileSync(p, d);\r\n}\r\n"


def large(lines: int) -> str:
    """A file of so many lines with a race in every tenth function."""
    parts = ["import fs from 'node:fs';"]
    at = 0
    while len(parts) < lines:
        at += 1
        if at % 10 == 0:
            parts += [f"export function keep{at}(p: string, d: string) {{", "  if (!fs.existsSync(p)) {", "  " + ACT, "  }", "}"]
        else:
            parts += [f"export function plain{at}(n: number) {{", "  let sum = 0;", "  for (let i = 0; i < n; i++) {", f"    sum += i * {at};", "  }", "  return sum;", "}"]
    return "\n".join(parts) + "\n"


async def test_emoji_and_line_ends(editor):
    await editor.start()
    editor.open("a.ts", TEXT)
    assert [found.range.start.line for found in await editor.diagnostics("a.ts")] == [3]
    column = len("const greeting = '")
    for letter in "a😀ä👩‍👩‍👧é":
        editor.change("a.ts", ((1, column), (1, column), letter))
        column += editor.units(letter)
    # Put before the act in its line: its column is counted in units of the editor.
    editor.change("a.ts", ((3, 2), (3, 2), "'😀'; "), ((0, 0), (0, 0), "// 😀\r\n"))
    (found,) = await editor.diagnostics("a.ts")
    assert found.range.start == t.Position(4, 2 + editor.units("'😀'; "))
    # Taking everything out again gives the first text, byte for byte.
    editor.change("a.ts", ((0, 0), (1, 0), ""))
    editor.change("a.ts", ((3, 2), (3, 2 + editor.units("'😀'; ")), ""))
    (found,) = await editor.diagnostics("a.ts")
    assert found.range.start == t.Position(3, 2)


async def test_a_file_of_5000_lines(editor):
    text = large(5000)
    await editor.start()
    editor.open("large.ts", text)
    first = await editor.diagnostics("large.ts")
    assert len(first) > 50
    # Lines put in at the top move all, and a check taken out takes its finding with it.
    editor.change("large.ts", ((1, 0), (1, 0), "// a\n// b\n"))
    moved = await editor.diagnostics("large.ts")
    assert [found.range.start.line for found in moved] == [found.range.start.line + 2 for found in first]
    line = moved[0].range.start.line
    editor.change("large.ts", ((line - 1, 0), (line - 1, 100), "  if (p) {"))
    assert len(await editor.diagnostics("large.ts")) == len(first) - 1


async def test_200_rapid_edits(editor):
    await editor.start()
    text = large(300)
    editor.open("a.ts", text)
    random.seed(7)
    lines = text.split("\n")
    for at in range(200):
        line = random.randrange(1, len(lines))
        new = f"// {at} 😀"
        lines.insert(line, new)
        editor.change("a.ts", ((line, 0), (line, 0), new + "\n"))
    # What the server has after all of it is what it would have been sent as a whole.
    uri = editor.uri("a.ts")
    if not editor.pulls:
        await asyncio.sleep(1)
    found = await editor.diagnostics("a.ts")
    editor.open("b.ts", "\n".join(lines))
    whole = await editor.diagnostics("b.ts")
    assert [(one.range, one.message) for one in found] == [(one.range, one.message) for one in whole]
    assert editor.versions[uri] == 201


async def test_findings_stay_while_code_is_half_typed(editor):
    rust = "use std::path::Path;\n\npub fn idle() -> u32 {\n    1\n}\n\npub fn put(p: &Path, text: &str) {\n    if !p.exists() {\n        std::fs::write(p, text).unwrap();\n    }\n}\n"
    await editor.start()
    for name, text, line in [("a.rs", rust, 3), ("a.ts", large(100), 1)]:
        editor.open(name, text)
        before = await editor.diagnostics(name)
        assert before
        editor.change(name, ((line, 0), (line, 0), "    let x = (\n"))
        after = await editor.diagnostics(name)
        assert [one.range.start.line for one in after] == [one.range.start.line + 1 for one in before], name
        assert [one.message for one in after] == [one.message for one in before]


async def test_closing_while_a_folder_is_read(editor):
    for at in range(150):
        (editor.folder / f"f{at}.ts").write_text(large(100))
    await editor.start()
    editor.open("f3.ts", large(100))
    assert await editor.diagnostics("f3.ts")
    editor.close("f3.ts")
    editor.open("f4.ts", large(100))
    editor.close("f4.ts")
    # The fixture leaves at once: shutting down is answered in the middle of it.


async def test_a_buffer_wins_over_the_disk(editor):
    (editor.folder / "a.ts").write_text(TEXT)
    await editor.start()
    editor.open("a.ts", "f();\n")
    assert await editor.diagnostics("a.ts") == []
    event = t.FileEvent(uri=editor.uri("a.ts"), type=t.FileChangeType.Changed)
    editor.client.workspace_did_change_watched_files(t.DidChangeWatchedFilesParams(changes=[event]))
    await asyncio.sleep(0.3)
    editor.change("a.ts", "g();\n")
    assert await editor.diagnostics("a.ts") == []
