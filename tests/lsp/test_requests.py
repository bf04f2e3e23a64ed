"""Every request that an editor can make, by each kind of editor."""

import asyncio

import pytest
from lsprotocol import types as t

TEXT = "import fs from 'node:fs';\nif (!fs.existsSync(p)) {\n  '😀'; fs.writeFileSync(p, d);\n}\n"
IMPORTER = (
    "import fs from 'node:fs';\nimport { save } from './save';\n\n"
    "export function keep(p: string, d: string) {\n  if (!fs.existsSync(p)) {\n    save(p, d);\n  }\n}\n"
)
HELPER = "import { writeFileSync } from 'node:fs';\n\nexport function save(p: string, d: string) {\n  writeFileSync(p, d);\n}\n"

pytestmark = pytest.mark.asyncio


async def test_capabilities_follow_the_editor(editor):
    await editor.start()
    capabilities = editor.answer.capabilities
    assert editor.encoding == {"vscode": "utf-16", "neovim": "utf-8", "minimal": "utf-16"}[editor.profile]
    # The profile of Neovim cannot be told to ask again.
    assert editor.pulls == (editor.profile == "vscode")
    assert capabilities.text_document_sync.change == t.TextDocumentSyncKind.Incremental
    assert "toctou-lint.showInterleaving" in capabilities.execute_command_provider.commands
    assert editor.answer.server_info.name == "toctou-lint"


async def test_a_finding_and_all_that_belongs_to_it(editor):
    await editor.start()
    editor.open("a.ts", TEXT)
    (found,) = await editor.diagnostics("a.ts")
    assert found.range.start == t.Position(2, editor.units("  '😀'; "))
    assert found.source == "toctou-lint" and found.severity == t.DiagnosticSeverity.Warning
    if editor.profile == "vscode":
        assert found.code_description.href.endswith(f"rules/{found.code}.md")
        assert found.related_information[0].location.range.start.line == 1
        assert found.data["fingerprint"]
    if editor.profile == "minimal":
        assert found.related_information is None and found.data is None

    place = t.TextDocumentIdentifier(uri=editor.uri("a.ts"))
    for line, column in [(2, editor.units("  '😀'; fs.")), (1, 8)]:
        hover = await editor.client.text_document_hover_async(t.HoverParams(text_document=place, position=t.Position(line, column)))
        assert "\n2. " in hover.contents.value and found.code in hover.contents.value
    nothing = await editor.client.text_document_hover_async(t.HoverParams(text_document=place, position=t.Position(0, 0)))
    assert nothing is None


async def test_result_ids_say_what_is_unchanged(editor):
    await editor.start()
    if not editor.pulls:
        pytest.skip("this editor does not ask")
    editor.open("a.ts", TEXT)
    place = t.TextDocumentIdentifier(uri=editor.uri("a.ts"))

    async def pull(before=None):
        params = t.DocumentDiagnosticParams(text_document=place, previous_result_id=before)
        return await editor.client.text_document_diagnostic_async(params)

    first = await pull()
    assert first.kind == "full" and len(first.items) == 1
    assert (await pull(first.result_id)).kind == "unchanged"
    editor.change("a.ts", ((0, 0), (0, 0), "// one more line\n"))
    moved = await pull(first.result_id)
    assert moved.kind == "full" and moved.items[0].range.start.line == 3
    known = [t.PreviousResultId(uri=place.uri, value=moved.result_id)]
    everything = await editor.client.workspace_diagnostic_async(t.WorkspaceDiagnosticParams(previous_result_ids=known))
    assert [(item.uri, item.kind) for item in everything.items] == [(place.uri, "unchanged")]


async def test_actions_edit_what_they_say(editor):
    await editor.start(options={"ignoreReason": "one writer"})
    editor.open("a.ts", TEXT)
    await editor.diagnostics("a.ts")
    actions = await editor.actions("a.ts", 2)
    assert any("only if it is absent" in action.title for action in actions)
    silence = next(action for action in actions if action.title.startswith("Silence") and "here" in action.title)
    if editor.profile == "minimal":
        # Such an editor knows commands alone, and is sent the edit.
        edits = asyncio.get_running_loop().create_future()

        @editor.client.feature(t.WORKSPACE_APPLY_EDIT)
        def _(params: t.ApplyWorkspaceEditParams):
            edits.set_result(params.edit)
            return t.ApplyWorkspaceEditResult(applied=True)

        params = t.ExecuteCommandParams(command=silence.command, arguments=silence.arguments)
        await editor.client.workspace_execute_command_async(params)
        edit = await asyncio.wait_for(edits, 10)
        text = edit.changes[editor.uri("a.ts")][0].new_text
    else:
        edit = silence.edit or (await editor.client.code_action_resolve_async(silence)).edit
        assert (edit.document_changes is not None) == (editor.profile == "vscode")
        if edit.document_changes:
            assert edit.document_changes[0].text_document.version == 1
            text = edit.document_changes[0].edits[0].new_text
        else:
            text = edit.changes[editor.uri("a.ts")][0].new_text
    assert text.startswith("  // toctou-lint: ignore[") and text.endswith("] -- one writer\n")
    lines = TEXT.split("\n")
    lines.insert(2, text.rstrip("\n"))
    editor.change("a.ts", "\n".join(lines))
    assert await editor.diagnostics("a.ts") == []


async def test_commands_answer(editor):
    await editor.start()
    editor.open("a.ts", TEXT)
    (found,) = await editor.diagnostics("a.ts")
    explain = t.ExecuteCommandParams(command="toctou-lint.explain", arguments=[{"rule": found.code, "quiet": True}])
    page = await editor.client.workspace_execute_command_async(explain)
    assert "## Flagged" in page["text"] and page["address"].endswith(".md")
    if found.data:
        wanted = {"uri": editor.uri("a.ts"), "fingerprint": found.data["fingerprint"], "quiet": True}
        show = t.ExecuteCommandParams(command="toctou-lint.showInterleaving", arguments=[wanted])
        assert "cost" in (await editor.client.workspace_execute_command_async(show))["text"]
    await editor.client.workspace_execute_command_async(t.ExecuteCommandParams(command="toctou-lint.rescan"))
    with pytest.raises(Exception, match="unknown command"):
        await editor.client.workspace_execute_command_async(t.ExecuteCommandParams(command="no.such"))


async def test_lenses_and_hints_if_they_are_wanted(editor):
    await editor.start(options={"codeLens": True, "inlayHints": True})
    editor.open("a.ts", TEXT)
    place = t.TextDocumentIdentifier(uri=editor.uri("a.ts"))
    (lens,) = await editor.client.text_document_code_lens_async(t.CodeLensParams(text_document=place))
    assert lens.command.title.startswith("checked in line 2")
    everything = t.Range(start=t.Position(0, 0), end=t.Position(9, 0))
    (hint,) = await editor.client.text_document_inlay_hint_async(t.InlayHintParams(text_document=place, range=everything))
    assert hint.position.line == 2


async def test_across_files_without_saving(editor):
    (editor.folder / "keep.ts").write_text(IMPORTER)
    (editor.folder / "save.ts").write_text(HELPER)
    await editor.start()
    editor.open("keep.ts", IMPORTER)
    await editor.eventually("keep.ts", lambda found: len(found) == 1)
    editor.open("save.ts", HELPER)
    editor.change("save.ts", HELPER.replace("(p, d);", "(p, d, { flag: 'wx' });"))
    await editor.eventually("keep.ts", lambda found: found == [])
    editor.close("save.ts")
    await editor.eventually("keep.ts", lambda found: len(found) == 1)


async def test_folders_come_and_go(editor, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "keep.ts").write_text(IMPORTER)
    (other / "save.ts").write_text(HELPER)
    await editor.start()
    editor.folder = other
    event = t.WorkspaceFoldersChangeEvent(added=[t.WorkspaceFolder(uri=other.as_uri(), name="other")], removed=[])
    editor.client.workspace_did_change_workspace_folders(t.DidChangeWorkspaceFoldersParams(event=event))
    editor.open("keep.ts", IMPORTER)
    await editor.eventually("keep.ts", lambda found: len(found) == 1)
    event = t.WorkspaceFoldersChangeEvent(added=[], removed=event.added)
    editor.client.workspace_did_change_workspace_folders(t.DidChangeWorkspaceFoldersParams(event=event))
    # Alone, the importer cannot show what the helper does.
    await editor.eventually("keep.ts", lambda found: found == [])


async def test_watched_files_and_settings(editor):
    await editor.start()
    editor.open("a.ts", TEXT)
    (found,) = await editor.diagnostics("a.ts")
    configuration = editor.folder / "toctou-lint.toml"
    configuration.write_text(f'[rules]\n{found.code} = "error"\n')
    event = t.FileEvent(uri=configuration.as_uri(), type=t.FileChangeType.Created)
    editor.client.workspace_did_change_watched_files(t.DidChangeWatchedFilesParams(changes=[event]))
    await editor.eventually("a.ts", lambda found: found and found[0].severity == t.DiagnosticSeverity.Error)


async def test_requests_can_be_cancelled_and_are_always_answered(editor):
    await editor.start()
    editor.open("a.ts", TEXT * 300)
    place = t.TextDocumentIdentifier(uri=editor.uri("a.ts"))
    params = t.HoverParams(text_document=place, position=t.Position(2, 12))
    asked = [editor.client.protocol.send_request_async(t.TEXT_DOCUMENT_HOVER, params, msg_id=f"hover-{at}") for at in range(20)]
    asked = [asyncio.ensure_future(one) for one in asked]
    await asyncio.sleep(0)
    for at in range(0, 20, 2):
        editor.client.cancel_request(t.CancelParams(id=f"hover-{at}"))
    answers = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 30)
    assert len(answers) == 20
    assert all(answer is not None for answer in answers[1::2])
