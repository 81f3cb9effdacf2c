//! Arguments in, exit code out.

use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use transship::cli::{World, run};
use transship::report::human::Colour;

fn main() -> ExitCode {
    let (out, errors) = (std::io::stdout(), std::io::stderr());
    let colour = |choice| if choice == ColorChoice::Never { Colour::No } else { Colour::Yes };
    let colours = [colour(AutoStream::choice(&out)), colour(AutoStream::choice(&errors))];
    // A folder that is gone makes every relative path fail by itself, each with its own message.
    let start = std::env::current_dir().unwrap_or_default();
    let mut world = World::new(std::io::stdin().lock(), out.lock(), errors, start).with_colours(colours[0], colours[1]);
    run(std::env::args_os(), &mut world).into()
}
