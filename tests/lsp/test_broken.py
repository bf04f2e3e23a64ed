"""Other sides that are no editor, or not for long."""

import json
import time

TEXT = "import fs from 'node:fs';\nif (!fs.existsSync(p)) {\n  fs.writeFileSync(p, d);\n}\n"


def frame(message) -> bytes:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def send(server, *messages):
    for message in messages:
        server.stdin.write(message if isinstance(message, bytes) else frame(message))
    server.stdin.flush()


def read(server):
    length = None
    while (line := server.stdout.readline().strip()) != b"":
        name, value = line.split(b": ")
        length = int(value) if name == b"Content-Length" else length
    return json.loads(server.stdout.read(length))


def answer_to(server, identity):
    while True:
        message = read(server)
        if message.get("id") == identity and "method" not in message:
            return message


def begin(server):
    initialize = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}
    send(server, initialize)
    answer_to(server, 1)
    send(server, {"jsonrpc": "2.0", "method": "initialized", "params": {}})


def ends(server, seconds=10) -> int:
    until = time.monotonic() + seconds
    while server.poll() is None:
        assert time.monotonic() < until, "the server is still there"
        time.sleep(0.02)
    return server.returncode


def test_what_is_no_message_is_passed_over(raw):
    begin(raw)
    send(raw, frame(b"{this is not json"), frame(b"[1, 2]"), frame(b"\xff\xfe"), frame({"jsonrpc": "2.0"}))
    send(raw, {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": 7}})
    send(raw, {"jsonrpc": "2.0", "method": "textDocument/didChange", "params": None})
    send(raw, {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "nobody"}})
    send(raw, {"jsonrpc": "2.0", "id": 99, "result": None})
    send(raw, {"jsonrpc": "2.0", "id": 2, "method": "textDocument/hover", "params": {}})
    assert answer_to(raw, 2)["error"]["code"] == -32602
    send(raw, {"jsonrpc": "2.0", "id": 3, "method": "no/such", "params": {}})
    assert answer_to(raw, 3)["error"]["code"] == -32601
    change = {"textDocument": {"uri": "file:///never/opened.ts", "version": 2}, "contentChanges": [{"text": ""}]}
    send(raw, {"jsonrpc": "2.0", "method": "textDocument/didChange", "params": change})
    document = {"uri": "file:///a/a.ts", "languageId": "typescript", "version": 1, "text": TEXT}
    send(raw, {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": document}})
    while (message := read(raw)).get("method") != "textDocument/publishDiagnostics":
        pass
    assert len(message["params"]["diagnostics"]) == 1
    send(raw, {"jsonrpc": "2.0", "id": 4, "method": "shutdown"})
    answer_to(raw, 4)
    send(raw, {"jsonrpc": "2.0", "id": 5, "method": "textDocument/hover", "params": {}})
    assert answer_to(raw, 5)["error"]["code"] == -32600
    send(raw, {"jsonrpc": "2.0", "method": "exit"})
    assert ends(raw) == 0


def test_questions_before_the_beginning_are_refused(raw):
    send(raw, {"jsonrpc": "2.0", "id": 7, "method": "textDocument/hover", "params": {}})
    assert answer_to(raw, 7)["error"]["code"] == -32002
    begin(raw)
    send(raw, {"jsonrpc": "2.0", "method": "exit"})
    ends(raw)


def test_an_editor_that_dies_takes_the_server_with_it(raw, tmp_path):
    for at in range(200):
        (tmp_path / f"f{at}.ts").write_text(TEXT + "export function f() {}\n" * 50)
    folders = [{"uri": tmp_path.as_uri(), "name": "x"}]
    params = {"capabilities": {}, "workspaceFolders": folders}
    send(raw, {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
    answer_to(raw, 1)
    send(raw, {"jsonrpc": "2.0", "method": "initialized", "params": {}})
    raw.stdin.close()
    ends(raw)


def test_one_that_speaks_something_else_ends_it(raw):
    try:
        raw.stdin.write(b"GET / HTTP/1.1\r\n" * 1000)
        raw.stdin.close()
    except BrokenPipeError:
        pass
    ends(raw)
