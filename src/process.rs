//! Owns the end of a program that is run: it is ended with all its children.

use std::process::{Child, Command, Stdio};

/// Lets a program run in a group of its own, so that [`end`] reaches its children.
pub(crate) fn in_group(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(not(unix))]
    let _ = command;
}

/// Kills the program's whole group. It must have been started [`in_group`], and not be waited for yet: until then the group cannot be
/// another's.
pub(crate) fn end(child: &mut Child) {
    #[cfg(unix)]
    {
        let group = child.id().to_string();
        let _ = Command::new("/bin/sh").args(["-c", "kill -KILL \"-$0\""]).arg(group).stderr(Stdio::null()).status();
    }
    let _ = child.kill();
    let _ = child.wait();
}
