//! `policy`: the rules as a policy for programs that decide elsewhere.

use crate::policy::Policy;
use crate::text::count;

use super::args::PolicyArgs;
use super::{Exit, World, help};

/// Runs the command. The policy is printed; what it cannot say goes to the errors.
pub(super) fn run(args: &PolicyArgs, world: &mut World<'_>) -> Result<Exit, Exit> {
    let config = help::required(&args.mappings, "policy --for PROGRAM", world)?;
    let policy = Policy::new(&config, args.mappings.today());
    let text = policy.write(args.form);
    let _ = world.out(|out| out.write_all(text.as_bytes()));
    for left in &policy.left {
        world.tell(&format!("left out: {left}"));
    }
    world.tell(&format!("{}, {} left out", count(policy.rules(), "rule"), policy.left.len()));
    Ok(Exit::Clean)
}
