//! Owns what keeps a program that is run from files and connections that it has no business with, as far as the system can.
//!
//! On Linux that is Landlock, which holds for one thread and all that it starts, and an empty network namespace. Neither needs a privilege, and
//! neither is everywhere: containers and kernels may refuse them.

use std::io;
use std::path::PathBuf;
use std::process::Command;

use super::group::Group;
use super::run::{Bounds, Ended, Stopped, run_by};

/// Whether the system keeps a program from something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wall {
    /// It does, whatever the program does.
    System,
    /// It does not.
    #[default]
    None,
}

/// What the system keeps a caged program from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Walls {
    /// Files beyond those of its cage.
    pub files: Wall,
    /// Connections, also to this machine.
    pub network: Wall,
}

/// What a program may touch beside itself and the system's libraries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cage {
    /// Which walls there are to be.
    pub(crate) walls: Walls,
    /// Files and folders that it may read.
    pub(crate) read: Vec<PathBuf>,
    /// Files that it may read and run.
    pub(crate) run: Vec<PathBuf>,
    /// Folders that it may write in.
    pub(crate) write: Vec<PathBuf>,
}

/// Runs a program as [`run`](super::run) does, in a cage. One that cannot be built ends the run before the program starts.
pub(crate) fn run(command: &mut Command, cage: &Cage, input: Vec<u8>, bounds: Bounds) -> Result<Ended, Stopped> {
    run_by(command, input, bounds, |command| match cage.walls.files {
        Wall::None => Group::start(command),
        // The thread that is caged starts the program, which inherits the cage, and ends: no thread ever leaves one.
        Wall::System => std::thread::scope(|scope| {
            let started = scope.spawn(|| system::enter(cage).and_then(|()| Group::start(command)));
            started.join().unwrap_or_else(|_| Err(io::Error::other("the cage was not built")))
        }),
    })
}

/// What the program is begun with, so that it has no network; nothing where the system has no empty one.
pub(crate) fn before(walls: Walls) -> &'static [&'static str] {
    if walls.network == Wall::System && system::has_empty_network() { system::UNSHARE } else { &[] }
}

pub use system::walls;

#[cfg(target_os = "linux")]
mod system {
    use std::io;
    use std::process::{Command, Stdio};
    use std::sync::OnceLock;

    use landlock::{
        ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _,
        RulesetError, Scope, path_beneath_rules,
    };

    use super::{Cage, Wall, Walls};

    /// Starts a program without any network but a loopback of its own, which is down (unshare(1), of util-linux).
    pub(super) const UNSHARE: &[&str] = &["/usr/bin/unshare", "--user", "--net", "--"];

    /// Where systems keep their programs and libraries, and how these are found.
    const PROGRAMS: [&str; 17] = [
        "/usr",
        "/bin",
        "/sbin",
        "/lib",
        "/lib32",
        "/lib64",
        "/libx32",
        "/nix/store",
        "/gnu/store",
        "/etc/alternatives",
        "/etc/ld.so.cache",
        "/etc/ld.so.conf",
        "/etc/ld.so.conf.d",
        "/etc/ld.so.preload",
        "/etc/localtime",
        "/dev/random",
        "/dev/urandom",
    ];

    /// What is needed of a system to find other machines and to believe them.
    const NETWORK: [&str; 8] = [
        "/etc/resolv.conf",
        "/etc/hosts",
        "/etc/nsswitch.conf",
        "/etc/gai.conf",
        "/etc/ssl",
        "/etc/pki",
        "/etc/ca-certificates",
        "/run/systemd/resolve",
    ];

    /// The rights that every kernel with Landlock knows; what later ones know besides is taken where it is there.
    const LEAST: ABI = ABI::V1;
    const MOST: ABI = ABI::V10;

    /// The walls that this system gives.
    pub fn walls() -> Walls {
        static WALLS: OnceLock<Walls> = OnceLock::new();
        *WALLS.get_or_init(|| {
            let by = |is_there: bool| if is_there { Wall::System } else { Wall::None };
            let rules = || Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
            let files = rules().handle_access(AccessFs::from_all(LEAST)).and_then(Ruleset::create).is_ok();
            let connections = rules().handle_access(AccessNet::ConnectTcp).and_then(Ruleset::create).is_ok();
            Walls { files: by(files), network: by((files && connections) || has_empty_network()) }
        })
    }

    /// Whether the system starts programs in an empty network; tried once.
    pub(super) fn has_empty_network() -> bool {
        static HAS: OnceLock<bool> = OnceLock::new();
        *HAS.get_or_init(|| {
            let [program, arguments @ ..] = UNSHARE else { return false };
            let mut command = Command::new(program);
            command.args(arguments).arg("/bin/true").env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        })
    }

    /// Keeps this thread, and whatever it starts, in the cage from now on.
    pub(super) fn enter(cage: &Cage) -> io::Result<()> {
        restrict(cage).map_err(|fault| io::Error::other(format!("the cage was not built: {fault}")))
    }

    fn restrict(cage: &Cage) -> Result<(), RulesetError> {
        let look = AccessFs::ReadFile | AccessFs::ReadDir;
        let start = look | AccessFs::Execute;
        let write = AccessFs::from_all(MOST) & !BitFlags::from(AccessFs::Execute);
        let rules = Ruleset::default().set_compatibility(CompatLevel::HardRequirement).handle_access(AccessFs::from_all(LEAST))?;
        let rules = rules.set_compatibility(CompatLevel::BestEffort).handle_access(AccessFs::from_all(MOST))?;
        // Sockets of others that have a name of their own; signals to others.
        let rules = rules.scope(Scope::AbstractUnixSocket | Scope::Signal)?;
        let is_open = cage.walls.network == Wall::None;
        let rules = if is_open { rules } else { rules.handle_access(AccessNet::ConnectTcp | AccessNet::BindTcp)? };
        let network: &[&str] = if is_open { &NETWORK } else { &[] };
        let rules = rules.create()?.no_new_privs(true);
        let rules = rules.add_rules(path_beneath_rules(PROGRAMS, start))?.add_rules(path_beneath_rules(&cage.run, start))?;
        let rules = rules.add_rules(path_beneath_rules(network, look))?.add_rules(path_beneath_rules(&cage.read, look))?;
        let rules = rules.add_rules(path_beneath_rules(["/dev/null"], look | AccessFs::WriteFile))?;
        rules.add_rules(path_beneath_rules(&cage.write, write))?.restrict_self().map(drop)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::{Cage, Walls};

    pub(super) const UNSHARE: &[&str] = &[];

    pub(super) const fn has_empty_network() -> bool {
        false
    }

    /// None that need no privilege.
    pub fn walls() -> Walls {
        Walls::default()
    }

    pub(super) fn enter(_: &Cage) -> std::io::Result<()> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}
