"""Three editors that talk to a real server: one like Visual Studio Code, one like Neovim, one that can next to nothing."""

import asyncio
import os
import pathlib

import pytest
import pytest_lsp
from lsprotocol import types as t
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

SERVER = os.environ["TOCTOU_LINT"]


def like_vscode() -> t.ClientCapabilities:
    """What the newest profile lacks is added as today's Visual Studio Code sends it."""
    capabilities = client_capabilities("visual-studio-code@1.65.2")
    text, workspace = capabilities.text_document, capabilities.workspace
    text.diagnostic = t.DiagnosticClientCapabilities(dynamic_registration=True, related_document_support=True)
    workspace.diagnostics = t.DiagnosticWorkspaceClientCapabilities(refresh_support=True)
    text.inlay_hint = t.InlayHintClientCapabilities(dynamic_registration=True)
    workspace.inlay_hint = t.InlayHintWorkspaceClientCapabilities(refresh_support=True)
    capabilities.general.position_encodings = [t.PositionEncodingKind.Utf16]
    return capabilities


PROFILES = {
    "vscode": like_vscode,
    "neovim": lambda: client_capabilities("neovim@0.11.0"),
    "minimal": t.ClientCapabilities,
}


class Editor:
    """One client with what a test needs of it."""

    def __init__(self, client: LanguageClient, folder: pathlib.Path, profile: str):
        self.client, self.folder, self.profile = client, folder, profile
        self.answer: t.InitializeResult | None = None
        self.versions: dict[str, int] = {}
        for method in (t.CLIENT_REGISTER_CAPABILITY, t.WORKSPACE_INLAY_HINT_REFRESH, t.WORKSPACE_CODE_LENS_REFRESH):
            client.feature(method)(lambda *_: None)

    @property
    def pulls(self) -> bool:
        return self.answer.capabilities.diagnostic_provider is not None

    @property
    def encoding(self) -> str:
        return self.answer.capabilities.position_encoding or "utf-16"

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def units(self, text: str) -> int:
        """How many columns a text takes."""
        if self.encoding == "utf-8":
            return len(text.encode())
        if self.encoding == "utf-32":
            return len(text)
        return len(text.encode("utf-16-le")) // 2

    async def start(self, options=None, folders=None, capabilities=None):
        folders = [self.folder] if folders is None else folders
        listed = [t.WorkspaceFolder(uri=folder.as_uri(), name=folder.name) for folder in folders]
        self.answer = await self.client.initialize_session(
            t.InitializeParams(
                capabilities=capabilities or PROFILES[self.profile](),
                workspace_folders=listed,
                root_uri=listed[0].uri if listed else None,
                initialization_options=options,
            )
        )

    def open(self, name: str, text: str):
        uri, language = self.uri(name), "rust" if name.endswith(".rs") else "typescript"
        self.versions[uri] = 1
        self.client.diagnostics.pop(uri, None)
        item = t.TextDocumentItem(uri=uri, language_id=language, version=1, text=text)
        self.client.text_document_did_open(t.DidOpenTextDocumentParams(text_document=item))

    def change(self, name: str, *changes):
        """Changes are whole texts, or (start, end, text) with places as (line, column)."""
        uri = self.uri(name)
        self.versions[uri] += 1
        self.client.diagnostics.pop(uri, None)

        def event(change):
            if isinstance(change, str):
                return t.TextDocumentContentChangeWholeDocument(text=change)
            start, end, text = change
            place = t.Range(start=t.Position(*start), end=t.Position(*end))
            return t.TextDocumentContentChangePartial(range=place, text=text)

        document = t.VersionedTextDocumentIdentifier(uri=uri, version=self.versions[uri])
        params = t.DidChangeTextDocumentParams(text_document=document, content_changes=[event(c) for c in changes])
        self.client.text_document_did_change(params)

    def close(self, name: str):
        document = t.TextDocumentIdentifier(uri=self.uri(name))
        self.client.text_document_did_close(t.DidCloseTextDocumentParams(text_document=document))

    async def diagnostics(self, name: str) -> list[t.Diagnostic]:
        """Those of the text as it was last sent."""
        uri = self.uri(name)
        if self.pulls:
            document = t.TextDocumentIdentifier(uri=uri)
            report = await self.client.text_document_diagnostic_async(t.DocumentDiagnosticParams(text_document=document))
            return list(report.items)
        for _ in range(600):
            if uri in self.client.diagnostics:
                return list(self.client.diagnostics[uri])
            await asyncio.sleep(0.05)
        raise AssertionError(f"nothing was told of {name}")

    async def eventually(self, name: str, wanted) -> list[t.Diagnostic]:
        """What follows an edit elsewhere comes when it comes."""
        found = None
        for _ in range(400):
            if self.pulls:
                found = await self.diagnostics(name)
            else:
                found = self.client.diagnostics.get(self.uri(name))
                found = None if found is None else list(found)
            if found is not None and wanted(found):
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"{name} has {found}")

    async def actions(self, name: str, line: int, only=None) -> list:
        place = t.Range(start=t.Position(line, 0), end=t.Position(line, 10_000))
        params = t.CodeActionParams(
            text_document=t.TextDocumentIdentifier(uri=self.uri(name)),
            range=place,
            context=t.CodeActionContext(diagnostics=[], only=only),
        )
        return list(await self.client.text_document_code_action_async(params) or [])


@pytest_lsp.fixture(config=ClientServerConfig(server_command=[SERVER, "lsp"]))
async def connected(lsp_client: LanguageClient):
    """A client and its server; a test begins the session."""
    yield
    await lsp_client.shutdown_session()


@pytest.fixture(params=list(PROFILES))
def editor(request, connected, tmp_path):
    """An editor of each profile in a folder of its own; a test starts it."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / ".git").mkdir()
    return Editor(connected, folder, request.param)


@pytest.fixture
def raw():
    """A server without a client: bytes in, bytes out."""
    import subprocess

    server = subprocess.Popen([SERVER, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    yield server
    if server.poll() is None:
        server.kill()
    server.wait()
