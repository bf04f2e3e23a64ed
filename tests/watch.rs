//! `--watch` from the outside: a report after each change, until it is interrupted.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const RACE: &str = "import fs from 'node:fs';\nexport function keep(path, data) {\n  if (!fs.existsSync(path)) {\n    \
                    fs.writeFileSync(path, data);\n  }\n}\n";

struct Watch {
    child: Child,
    lines: Receiver<String>,
}

impl Watch {
    fn start(folder: &Path, arguments: &[&str]) -> Watch {
        let mut child = Command::new(env!("CARGO_BIN_EXE_toctou-lint"))
            .current_dir(folder)
            .args(["--watch", "--format", "concise"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (send, lines) = channel();
        let streams: [Box<dyn std::io::Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for stream in streams {
            let send = send.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let _ = send.send(line);
                }
            });
        }
        Watch { child, lines }
    }

    /// All lines up to the one that says that it waits.
    fn round(&self) -> Vec<String> {
        let mut round = Vec::new();
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(60)).expect("it looks again");
            if line.starts_with("watching for changes") {
                // The other stream may be a little behind.
                while let Ok(line) = self.lines.recv_timeout(Duration::from_millis(300)) {
                    round.push(line);
                }
                return round;
            }
            round.push(line);
        }
    }

    /// Ends it as Ctrl-C does; the signal that ended it.
    fn interrupt(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        // A shell that starts this in the background may have told it to ignore the signal.
        for _ in 0..600 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.signal();
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        self.child.kill().unwrap();
        panic!("it goes on after an interrupt: are interrupts ignored where the tests are run?");
    }
}

fn findings(round: &[String]) -> usize {
    round.iter().filter(|line| line.contains("fs-check-then")).count()
}

#[test]
fn changes_are_reported_until_it_is_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("src")).unwrap();
    fs::write(path("src/a.ts"), RACE).unwrap();
    let watch = Watch::start(folder.path(), &["--output", "json=report.json", "--output", "-"]);
    assert_eq!(findings(&watch.round()), 1);
    fs::write(path("src/b.ts"), RACE).unwrap();
    assert_eq!(findings(&watch.round()), 2);
    fs::create_dir(path("src/deep")).unwrap();
    fs::write(path("src/deep/c.ts"), RACE).unwrap();
    let mut round = watch.round();
    if findings(&round) == 2 {
        // The folder was seen before its file was there.
        round = watch.round();
    }
    assert_eq!(findings(&round), 3);
    fs::write(path("toctou-lint.toml"), "no-such-key = 1\n").unwrap();
    let round = watch.round();
    assert!(round.iter().any(|line| line.contains("no-such-key")), "{round:?}");
    fs::write(path("toctou-lint.toml"), "exclude = [\"src/deep\"]\n").unwrap();
    assert_eq!(findings(&watch.round()), 2);
    fs::remove_file(path("src/a.ts")).unwrap();
    assert_eq!(findings(&watch.round()), 1);
    assert!(fs::read_to_string(path("report.json")).unwrap().contains("src/b.ts"));
    // What it writes itself wakes nobody.
    assert!(watch.lines.recv_timeout(Duration::from_secs(2)).is_err());
    assert_eq!(watch.interrupt(), Some(2));
}
