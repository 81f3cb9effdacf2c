//! `completions` and `man`: what packagers install beside the binary, made from the command line's own description.

use clap::CommandFactory;

use super::args::Arguments;
use super::{Exit, World};

const NAME: &str = "transship";

/// Prints the completion script of a shell.
pub(super) fn run(shell: clap_complete::Shell, world: &mut World<'_>) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), NAME, &mut script);
    let _ = world.out(|out| out.write_all(&script));
    Exit::Clean
}

/// Prints the manual page: the command itself, then one section for each of its commands.
pub(super) fn man(world: &mut World<'_>) -> Result<Exit, Exit> {
    let mut page = Vec::new();
    let made = clap_mangen::Man::new(Arguments::command()).render(&mut page);
    made.map_err(|error| world.fail(&format!("the manual page cannot be written: {}", crate::diagnostic::reason(&error)), ""))?;
    let _ = world.out(|out| out.write_all(&page));
    Ok(Exit::Clean)
}
