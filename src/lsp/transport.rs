//! Standard input and output to messages. A message that cannot be read costs only itself.

use crossbeam_channel::{Receiver, Sender, unbounded};
use lsp_server::{Connection, Message, Notification};
use serde_json::json;
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::thread::{Builder, JoinHandle};

/// Messages in a row that cannot be read before the other side is taken to speak something else.
const MOST_BROKEN: u32 = 100;

/// The threads that read and write.
pub(super) struct Pipes {
    writer: JoinHandle<io::Result<()>>,
}

impl Pipes {
    /// Waits until everything is written that was sent; the connection must be dropped by then.
    pub(super) fn join(self) -> io::Result<()> {
        self.writer.join().unwrap_or_else(|_| Err(io::Error::other("the writing thread panicked")))
    }
}

/// A connection over standard input and output.
pub(super) fn stdio() -> io::Result<(Connection, Pipes)> {
    let (to_editor, outgoing) = unbounded();
    let (incoming, from_editor) = unbounded();
    let answers = to_editor.clone();
    // Nobody waits for the reader: it ends with its pipe, or with the program.
    Builder::new()
        .name("lsp-reader".to_owned())
        .spawn(move || read(&mut BufReader::new(io::stdin().lock()), &incoming, &answers))?;
    let writer = Builder::new().name("lsp-writer".to_owned()).spawn(move || write(&outgoing))?;
    Ok((Connection { sender: to_editor, receiver: from_editor }, Pipes { writer }))
}

fn write(outgoing: &Receiver<Message>) -> io::Result<()> {
    let mut output = io::stdout().lock();
    for message in outgoing {
        let Some(is_last) = write_one(&message, &mut output) else { break };
        if is_last {
            break;
        }
    }
    output.flush()
}

/// Writes one message; `None` if the editor is gone. An `exit` of our own is the sign to stop.
fn write_one(message: &Message, output: &mut impl Write) -> Option<bool> {
    if matches!(message, Message::Notification(note) if note.method == "exit") {
        return Some(true);
    }
    message.write(output).ok().map(|()| false)
}

/// Reads until the pipe ends.
fn read(input: &mut impl BufRead, incoming: &Sender<Message>, answers: &Sender<Message>) {
    let mut broken = 0;
    loop {
        match Message::read(input) {
            Ok(Some(message)) => {
                broken = 0;
                if incoming.send(message).is_err() {
                    return;
                }
            }
            Ok(None) => return,
            Err(error) if error.kind() == ErrorKind::InvalidData && broken < MOST_BROKEN => {
                broken += 1;
                // Whose message it was is not known, and this library has no answer to nobody: it is
                // told to whoever reads the log.
                let message = format!("not a message: {}", first_line(&error.to_string()));
                let params = json!({ "type": 1, "message": message });
                let answer = Notification { method: "window/logMessage".to_owned(), params };
                if answers.send(Message::Notification(answer)).is_err() {
                    return;
                }
            }
            Err(_) => return,
        }
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn what_cannot_be_read_is_told_and_left_behind() {
        let good = r#"{"jsonrpc":"2.0","method":"initialized","params":{}}"#;
        let text = [framed("{not json"), framed("[]"), "Nonsense\r\n".to_owned(), framed(good)].concat();
        let ((incoming, read_from), (answers, answered)) = (unbounded(), unbounded());
        read(&mut Cursor::new(text), &incoming, &answers);
        assert_eq!(answered.len(), 3);
        let Ok(Message::Notification(note)) = read_from.recv() else { panic!("the good one is read") };
        assert_eq!(note.method, "initialized");
    }

    #[test]
    fn one_that_speaks_something_else_is_given_up() {
        let ((incoming, _keep), (answers, answered)) = (unbounded(), unbounded());
        read(&mut Cursor::new("hello\n".repeat(1000)), &incoming, &answers);
        assert_eq!(answered.len(), MOST_BROKEN as usize);
    }
}
