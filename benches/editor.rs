//! How long an edit takes until its diagnostics are there, through the protocol and two pipes.
//!
//! `cargo bench --bench editor` types into a TypeScript and a Rust file of 5,000 lines and prints
//! percentiles in milliseconds; `EDITS=10000 cargo bench --bench editor` shows besides that memory
//! stays what it is. Half of the edits leave the text broken in between, as typing does.

use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

const LINES: usize = 5000;

fn main() {
    // `cargo test --benches` only wants to know whether it runs.
    let is_test = std::env::args().any(|argument| argument == "--test");
    let asked = std::env::var("EDITS").ok().and_then(|edits| edits.parse().ok());
    let edits: usize = if is_test { 4 } else { asked.unwrap_or(400) };
    let typescript = typescript();
    report("TypeScript", "a.ts", &typescript, "    const extra = ", edits);
    let rust = rust();
    report("Rust", "a.rs", &rust, "        let extra = ", edits);
    let mut parses: Vec<Duration> = (0..15)
        .map(|_| {
            let begin = Instant::now();
            syn::parse_file(&rust).expect("the generated text parses");
            begin.elapsed()
        })
        .collect();
    parses.sort();
    println!("one syn parse of the Rust file: p50 {:.1} ms, p95 {:.1} ms", ms(parses[7]), ms(parses[14]));
}

/// Types into a file and tells how long each edit took.
fn report(language: &str, name: &str, text: &str, typed: &str, edits: usize) {
    let mut editor = Editor::start();
    let uri = format!("file:///home/shop/src/{name}");
    let begin = Instant::now();
    let found = editor.open(&uri, text);
    let first = begin.elapsed();
    let places: Vec<usize> =
        text.lines().enumerate().filter(|(_, line)| line.contains("total = 0")).map(|(at, _)| at).collect();
    let (mut whole, mut broken) = (Vec::new(), Vec::new());
    let mut memory = Vec::new();
    let mut version = 1;
    let mut at = 0;
    while version < edits as i32 {
        // Types a statement letter by letter after a line of some function, and takes it out again.
        let line = places[(at * 7919) % places.len()] + 1;
        at += 1;
        let mut column = 0;
        for letter in format!("{typed}{at};\n").chars() {
            version += 1;
            let edit = (line, column, line, column, letter.to_string());
            let took = editor.change(&uri, version, &edit);
            column += 1;
            // The statement is one before its first letter, from its number on, and at its end.
            let is_whole = column <= typed.len() - typed.trim_start().len() || column > typed.len();
            if is_whole { whole.push(took) } else { broken.push(took) }
        }
        version += 1;
        whole.push(editor.change(&uri, version, &(line, 0, line + 1, 0, String::new())));
        if at == 3 || at % 100 == 0 {
            memory.push((version, editor.memory()));
        }
    }
    memory.push((version, editor.memory()));
    let lines = text.lines().count();
    println!("{language}, {lines} lines, {found} findings: opened in {:.1} ms", ms(first));
    println!("  edits that leave the text whole:  {}", percentiles(&mut whole));
    println!("  edits that leave the text broken: {}", percentiles(&mut broken));
    let told: Vec<String> = memory
        .iter()
        .map(|(version, kib)| format!("{:.1} MiB after {version}", *kib as f64 / 1024.0))
        .collect();
    println!("  memory: {}", told.join(", "));
}

fn percentiles(times: &mut [Duration]) -> String {
    times.sort();
    let at = |part: usize| times.get((times.len() * part / 100).min(times.len().saturating_sub(1)));
    let one = |part: usize| at(part).map_or(0.0, |time| ms(*time));
    format!("p50 {:.1} ms, p95 {:.1} ms, max {:.1} ms ({} edits)", one(50), one(95), one(100), times.len())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

struct Editor {
    server: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Editor {
    fn start() -> Editor {
        let mut command = Command::new(env!("CARGO_BIN_EXE_toctou-lint"));
        let mut server = command.arg("lsp").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = server.stdin.take().unwrap();
        let output = BufReader::new(server.stdout.take().unwrap());
        let mut editor = Editor { server, input, output };
        let watched = json!({ "didChangeWatchedFiles": { "dynamicRegistration": true } });
        let params = json!({ "capabilities": { "workspace": watched } });
        editor.send(&json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params }));
        while editor.read()["id"] != 1 {}
        editor.send(&json!({ "jsonrpc": "2.0", "method": "initialized", "params": {} }));
        editor
    }

    /// Opens a text and waits; how many findings it has.
    fn open(&mut self, uri: &str, text: &str) -> usize {
        let language = if uri.ends_with(".rs") { "rust" } else { "typescript" };
        let document = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        let params = json!({ "textDocument": document });
        self.send(&json!({ "jsonrpc": "2.0", "method": "textDocument/didOpen", "params": params }));
        self.diagnostics(1)["diagnostics"].as_array().map_or(0, Vec::len)
    }

    fn change(&mut self, uri: &str, version: i32, edit: &(usize, usize, usize, usize, String)) -> Duration {
        let (line, column, last, end, text) = edit;
        let start = json!({ "line": line, "character": column });
        let range = json!({ "start": start, "end": { "line": last, "character": end } });
        let document = json!({ "uri": uri, "version": version });
        let params =
            json!({ "textDocument": document, "contentChanges": [{ "range": range, "text": text }] });
        let message = json!({ "jsonrpc": "2.0", "method": "textDocument/didChange", "params": params });
        let begin = Instant::now();
        self.send(&message);
        self.diagnostics(version);
        begin.elapsed()
    }

    fn diagnostics(&mut self, version: i32) -> Value {
        loop {
            let message = self.read();
            let params = &message["params"];
            if message["method"] == "textDocument/publishDiagnostics" && params["version"] == version {
                return params.clone();
            }
        }
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        self.input.flush().unwrap();
    }

    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.output.read_line(&mut line).unwrap();
            match line.trim().split_once(": ") {
                Some(("Content-Length", value)) => length = value.parse().unwrap(),
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// What the server has in memory, in KiB; 0 where the system does not say.
    fn memory(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.server.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A file of functions and classes as an application has them, some of which race.
fn typescript() -> String {
    let mut text = String::from(
        "import { existsSync, writeFileSync } from 'node:fs';\nimport { readFile } from 'node:fs/promises';\n\
         import { PrismaClient } from '@prisma/client';\n\nconst db = new PrismaClient();\n",
    );
    let mut at = 0;
    while text.lines().count() < LINES {
        at += 1;
        let _ = write!(
            text,
            "
export function summarise{at}(rows: {{ id: string; cents: number }}[]): number {{
  let total = 0;
  const groups = new Map<string, number>();
  for (const row of rows) {{
    groups.set(row.id, (groups.get(row.id) ?? 0) + row.cents);
    total += row.cents;
  }}
  for (const [id, cents] of [...groups.entries()].sort((a, b) => b[1] - a[1])) {{
    if (cents < 0) console.warn(`negative ${{id}}: ${{cents}}`);
  }}
  return total;
}}

export async function debit{at}(id: string, cents: number): Promise<void> {{
  const wallet = await db.wallet.findUnique({{ where: {{ id }} }});
  if (!wallet || wallet.cents < cents) {{
    throw new Error('not enough');
  }}
  await db.wallet.update({{ where: {{ id }}, data: {{ cents: wallet.cents - cents }} }});
}}

export class Store{at} {{
  private items: string[] = [];
  constructor(private readonly path: string) {{}}
  keep(text: string): boolean {{
    if (existsSync(this.path)) {{
      return false;
    }}
    writeFileSync(this.path, text);
    return true;
  }}
  async load(): Promise<number> {{
    const text = await readFile(this.path, 'utf8');
    this.items = text.split('\\n').filter((line) => line !== '');
    return this.items.length;
  }}
}}
"
        );
    }
    text
}

/// The like in Rust.
fn rust() -> String {
    let mut text = String::from(
        "use std::collections::HashMap;\nuse std::fs;\nuse std::path::{Path, PathBuf};\nuse std::sync::Mutex;\n",
    );
    let mut at = 0;
    while text.lines().count() < LINES {
        at += 1;
        let _ = write!(
            text,
            "
pub fn summarise{at}(rows: &[(String, i64)]) -> i64 {{
    let mut total = 0;
    let mut groups: HashMap<&str, i64> = HashMap::new();
    for (id, cents) in rows {{
        *groups.entry(id.as_str()).or_insert(0) += cents;
        total += cents;
    }}
    let mut sorted: Vec<(&str, i64)> = groups.into_iter().collect();
    sorted.sort_by(|one, other| other.1.cmp(&one.1));
    for (id, cents) in sorted.iter().filter(|(_, cents)| *cents < 0) {{
        eprintln!(\"negative {{id}}: {{cents}}\");
    }}
    total
}}

pub fn keep{at}(path: &Path, text: &str) -> std::io::Result<bool> {{
    if path.exists() {{
        return Ok(false);
    }}
    fs::write(path, text)?;
    Ok(true)
}}

pub struct Store{at} {{
    path: PathBuf,
    items: Mutex<Vec<String>>,
}}

impl Store{at} {{
    pub fn new(path: PathBuf) -> Self {{
        Self {{ path, items: Mutex::new(Vec::new()) }}
    }}
    pub fn load(&self) -> std::io::Result<usize> {{
        let text = fs::read_to_string(&self.path)?;
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let count = lines.len();
        *self.items.lock().unwrap() = lines;
        Ok(count)
    }}
    pub fn add(&self, item: &str) {{
        if self.items.lock().unwrap().iter().any(|known| known == item) {{
            return;
        }}
        self.items.lock().unwrap().push(item.to_owned());
    }}
}}
"
        );
    }
    text
}
