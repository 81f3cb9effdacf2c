//! Owns the programs that a test writes and then runs.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Writes a script that can be run. A process of its own writes it: held open by ours, it would for a moment also be open in whatever another
/// thread of the test starts just then, and to run it would fail with "text file busy".
pub(crate) fn script(path: &Path, text: &str) {
    let mut shell = Command::new("/bin/sh");
    let mut writer = shell.args(["-c", "cat > \"$0\" && chmod 755 \"$0\""]).arg(path).stdin(Stdio::piped()).spawn().unwrap();
    writer.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(writer.wait().unwrap().success(), "{}", path.display());
}
