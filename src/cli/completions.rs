//! `completions` and `man`: what packagers install beside the binary, made from the command line's own description.

use std::path::Path;

use clap::{Command, CommandFactory};
use clap_complete::{Generator, Shell as Known, generate};
use clap_complete_nushell::Nushell;

use crate::text::count;

use super::args::{Arguments, ShellName};
use super::{Exit, World, kept};

const NAME: &str = "transship";

/// Prints the completion script of a shell.
pub(super) fn run(shell: ShellName, world: &mut World<'_>) -> Exit {
    let script = match shell {
        ShellName::Bash => script(Known::Bash),
        ShellName::Elvish => script(Known::Elvish),
        ShellName::Fish => script(Known::Fish),
        ShellName::Nushell => script(Nushell),
        ShellName::PowerShell => script(Known::PowerShell),
        ShellName::Zsh => script(Known::Zsh),
    };
    let _ = world.out(|out| out.write_all(&script));
    Exit::Clean
}

fn script(shell: impl Generator) -> Vec<u8> {
    let mut script = Vec::new();
    generate(shell, &mut Arguments::command(), NAME, &mut script);
    script
}

/// Prints a manual page, or writes all of them.
pub(super) fn man(command: &[String], folder: Option<&Path>, world: &mut World<'_>) -> Result<Exit, Exit> {
    let mut pages = Vec::new();
    collect(&whole(), NAME, &mut pages);
    let Some(folder) = folder else {
        let name = std::iter::once(NAME).chain(command.iter().map(String::as_str)).collect::<Vec<_>>().join("-");
        let Some((_, page)) = pages.into_iter().find(|(known, _)| *known == name) else {
            return Err(world.fail(&format!("there is no command `{}`", command.join(" ")), "`transship help` lists the commands"));
        };
        let _ = world.out(|out| out.write_all(&page));
        return Ok(Exit::Clean);
    };
    for (name, page) in &pages {
        kept::write(&folder.join(format!("{name}.1")), page, world)?;
    }
    let text = format!("wrote {} to {}\n", count(pages.len(), "page"), crate::disk::shown(folder));
    let _ = world.out(|out| out.write_all(text.as_bytes()));
    Ok(Exit::Clean)
}

/// The command with all that its commands inherit.
fn whole() -> Command {
    let mut command = Arguments::command();
    command.build();
    command
}

/// The pages of a command and of its own, by their names.
fn collect(command: &Command, name: &str, pages: &mut Vec<(String, Vec<u8>)>) {
    let mut page = Vec::new();
    // Memory takes what is written.
    let _ = clap_mangen::Man::new(command.clone()).title(name).source(concat!("transship ", env!("CARGO_PKG_VERSION"))).render(&mut page);
    pages.push((name.to_owned(), page));
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        collect(inner, &format!("{name}-{}", inner.get_name()), pages);
    }
}
