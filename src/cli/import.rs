//! `import`: makes a rule file of what another tool is told of moves.

use crate::config::Options;
use crate::disk::shown;
use crate::import::import;
use crate::source::{Memory, TreePath};
use crate::text::count;

use super::args::ImportArgs;
use super::{Exit, World, help};

/// Runs the command. The rule file is printed; what is left out, and what is wrong with it, goes to the errors.
pub(super) fn run(args: &ImportArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let is_input = args.file.as_os_str() == "-";
    let name = if is_input { "standard input".to_owned() } else { shown(&args.file) };
    let bytes = if is_input { world.read_input() } else { std::fs::read(world.start.join(&args.file)) };
    let bytes = bytes.map_err(|error| world.fail(&format!("`{name}` was not read: {}", crate::diagnostic::reason(&error)), ""))?;
    let Ok(text) = String::from_utf8(bytes) else { return Err(world.fail(&format!("`{name}` is not UTF-8"), "")) };
    let imported = import(text.trim_start_matches('\u{FEFF}')).map_err(|why| {
        let help = "`transship init` begins a rule file, docs/mappings.md tells its language";
        world.fail(&format!("`{name}` was not imported: {why}"), help)
    })?;
    let rules = imported.rules();
    let _ = world.out(|out| out.write_all(rules.as_bytes()));
    for left in &imported.left {
        world.tell(&format!("left out: {left}"));
    }
    world.tell(&format!("{}, {} left out", count(imported.moves(), "mapping"), imported.left.len()));
    // What stands there is as another tool had it: two lists may say two things of one image.
    let path = TreePath::new("imported.yaml").ok();
    help::load(&Options { config: path, ..Options::default() }, &Memory::from([("imported.yaml", rules.as_str())]), world)?;
    Ok(Exit::Clean)
}
