//! The command line: one file a command, which says what its options come to; no flag goes further.

mod args;
mod asking;
mod auth;
mod bar;
mod campaign;
mod chart_targets;
mod charts;
mod check;
mod chosen;
mod collect;
mod completions;
mod config;
mod copies;
mod drive;
mod environment;
mod explain;
mod files;
mod fix;
mod found;
mod gate_args;
mod governed;
mod help;
mod ignoring;
mod images;
mod import;
mod init;
mod interactive;
mod kept;
mod list;
mod listed;
mod lock;
mod map;
mod mcp;
mod mirror;
mod old;
mod options;
mod outputs;
mod plan_files;
mod policy;
mod prove;
mod registry_args;
mod rendering;
mod rules;
mod signature;
mod stats;
mod teller;
mod update;
mod verify;
mod work;
mod world;

pub use world::{Exit, World};

use std::ffi::OsString;

use clap::Parser;

use args::{Arguments, Command};

/// Runs the command that `arguments` (the program's name first) ask for.
pub fn run(arguments: impl IntoIterator<Item = OsString>, world: &mut World<'_>) -> Exit {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error, world),
    };
    world.paint(arguments.color);
    let exit = match &arguments.command {
        Command::Check(options) if options.fix => fix::run(&options.as_fix(), world),
        Command::Check(options) => check::run(options, world),
        Command::Fix(options) => fix::run(options, world),
        Command::List(options) if options.rendered => images::run(options, world),
        Command::List(options) => list::run(options, world),
        Command::Stats(options) => stats::run(options, world),
        Command::Map(options) => map::run(options, world),
        Command::Explain(options) => explain::run(options, world),
        Command::Rules(options) => rules::run(options, world),
        Command::Files(options) => files::run(options, world),
        Command::Config(options) => config::run(options, world),
        Command::Prove(options) => prove::run(options, world),
        Command::Verify(options) => verify::run(options, world),
        Command::Lock(options) => lock::run(options, world),
        Command::Mirror(options) => mirror::run(options, world),
        Command::Charts(options) => charts::run(options, world),
        Command::Campaign(options) => campaign::run(options, world),
        Command::Auth(options) => auth::run(options, world),
        Command::Policy(options) => policy::run(options, world),
        Command::Import(options) => import::run(options, world),
        Command::Init(options) => init::run(options, world),
        Command::Mcp => mcp::run(world),
        Command::Schema => {
            world.json(&crate::config::schema());
            Ok(Exit::Clean)
        }
        Command::Completions { shell } => Ok(completions::run(*shell, world)),
        Command::Man { command, output } => completions::man(command, output.as_deref(), world),
    };
    world.close(exit.unwrap_or_else(|exit| exit))
}

/// Help and version go to the output, mistakes to the errors, as clap words them.
fn usage(error: &clap::Error, world: &mut World<'_>) -> Exit {
    let text = world.painted(&error.render());
    if error.use_stderr() {
        world.say(&text);
        return Exit::Failed;
    }
    let _ = world.out(|out| out.write_all(text.as_bytes()));
    world.close(Exit::Clean)
}
