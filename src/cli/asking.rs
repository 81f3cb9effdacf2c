//! Owns what the commands that ask registries have in common: which may be asked, by which credentials, and what is shown meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::ask::{Answer, ask};
use crate::credentials::{Credentials, Places};
use crate::judge::{Rules, Targets};
use crate::mapping::{ChartMappings, MappingSet, Voice};
use crate::platform::Platform;
use crate::reference::Scheme;
use crate::registry::verify::{Checked, Compare, Options, Suggest, Wanted, all};
use crate::registry::{Cached, Client, Depth, Hosts, Limits, Proxies, Registry, Settings, default_certs_d, system_file};
use crate::text::harmless;

use super::registry_args::{CredentialArgs, DepthArgs, RegistryArgs, host};
use super::{Exit, World, bar, environment};

/// Registries that everybody knows. Without mappings nothing else says which may be asked, and a scanned file must not.
const WELL_KNOWN: &str = include_str!("../../rules/lists/registries.txt");

/// Under so many pulls left at a registry, that is said.
const FEW: i64 = 20;

/// Whether answers of a few minutes ago serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Memory {
    /// They do, unless a pipeline runs us.
    Kept,
    /// They do not.
    Fresh,
}

/// Which registries' names are trusted, beside those of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// Those in the `to` of the mappings.
    Targets,
    /// Those in the `from` as well.
    Both,
}

/// Reads the credentials of this machine.
///
/// # Errors
/// The code to end with, when a file cannot be used; that is said already.
pub(super) fn credentials(args: &CredentialArgs, world: &mut World<'_>) -> Result<Credentials, Exit> {
    let at = |path: &Option<PathBuf>| path.as_ref().map(|path| world.start.join(path));
    let named = Places { authfile: at(&args.authfile), syncer: at(&args.auth), ..Places::from_environment(environment::value) };
    Credentials::load(&named).map_err(|fault| world.fail(&fault.to_string(), "mend the file, or name another one"))
}

/// Registries, ready to be asked.
pub(super) struct Asking {
    registry: Box<dyn Registry>,
    /// When the run must be over.
    end: Option<Instant>,
    /// Requests in flight to one registry.
    per_host: usize,
}

impl Asking {
    /// Reads credentials and certificates; opens no connection. Says which registries are spoken to without TLS, and which auth files others
    /// can read.
    ///
    /// # Errors
    /// The code to end with, when a file cannot be used; that is said already.
    pub(super) fn new(
        args: &RegistryArgs,
        rules: &Rules,
        ends: Ends,
        listed: &[String],
        memory: Memory,
        world: &mut World<'_>,
    ) -> Result<Self, Exit> {
        let hosts = hosts(args, rules, ends, listed, world)?;
        let limits = limits(args);
        let (end, per_host) = (limits.end, limits.per_host);
        let client = client(args, hosts, limits, world)?;
        let folder = environment::presence_cache().filter(|_| memory == Memory::Kept && !environment::is_pipeline());
        Ok(Self {
            registry: match folder {
                Some(folder) => Box::new(Cached::new(client, folder)),
                None => Box::new(client),
            },
            end,
            per_host,
        })
    }

    /// Pulls left at each registry that told so; where few are, that is said.
    pub(super) fn remaining(&self, world: &mut World<'_>) -> BTreeMap<String, i64> {
        let remaining = self.registry.remaining();
        for (domain, left) in remaining.iter().filter(|(_, left)| **left <= FEW) {
            world.tell(&format!("`{domain}` has {left} pulls left for you now"));
        }
        remaining
    }

    /// What holds for every question of the run.
    fn bounded(&self, options: &Options) -> Options {
        Options { end: self.end, per_host: self.per_host, ..options.clone() }
    }

    /// Asks for every wish.
    pub(super) fn ask(&self, targets: &Targets, platforms: &[Platform], options: &Options) -> Vec<Answer> {
        bar::shown("asked", |show| ask(&*self.registry, targets, platforms, &self.bounded(options), show))
    }

    /// Asks for what the targets of `answers` are copies of, by their canonical names: their digests, and nothing of what they are not.
    pub(super) fn sources<'a>(&self, answers: impl Iterator<Item = &'a Answer>, options: &Options) -> BTreeMap<String, Checked> {
        let sources = answers.filter_map(|answer| answer.sought.original().cloned());
        let options = Options { depth: Depth::Digest, compare: Compare::Nothing, suggest: Suggest::Nothing, ..options.clone() };
        self.check(sources.map(|source| (source.canonical(), Wanted::of(source))).collect(), &options)
    }

    /// Asks for single references, each under a name of its own.
    pub(super) fn check<K: Ord>(&self, wanted: BTreeMap<K, Wanted>, options: &Options) -> BTreeMap<K, Checked> {
        let (names, wanted): (Vec<K>, Vec<Wanted>) = wanted.into_iter().unzip();
        let checks = bar::shown("asked", |show| all(&*self.registry, &wanted, &self.bounded(options), show));
        names.into_iter().enumerate().filter_map(|(index, name)| Some((name, checks.of(index)?.clone()))).collect()
    }
}

/// A client that may ask those hosts.
///
/// # Errors
/// As [`Asking::new`].
pub(super) fn client(args: &RegistryArgs, hosts: Hosts, limits: Limits, world: &mut World<'_>) -> Result<Client, Exit> {
    let credentials = credentials(&args.credentials, world)?;
    notes(args, &credentials, world);
    let settings = settings(args, hosts, limits, world);
    let client = Client::new(settings, Arc::new(credentials));
    client.map_err(|fault| world.fail(&fault.to_string(), "give a file of certificates in PEM"))
}

/// What the options and the environment say of a client that may ask those hosts.
pub(super) fn settings(args: &RegistryArgs, hosts: Hosts, limits: Limits, world: &World<'_>) -> Settings {
    Settings {
        hosts,
        plain_http: args.plain_http.iter().cloned().collect(),
        realms: args.realm.iter().cloned().collect(),
        ca_files: args.ca_file.iter().map(|path| world.start.join(path)).collect(),
        certs_d: default_certs_d(environment::value),
        system_file: system_file(environment::value),
        proxies: Proxies::from_environment(environment::value),
        limits,
    }
}

/// What the options say of times and numbers.
pub(super) fn limits(args: &RegistryArgs) -> Limits {
    let mut limits = Limits::default();
    if let Some(seconds) = args.timeout {
        limits.request = Duration::from_secs(seconds.get());
        limits.connect = limits.connect.min(limits.request);
    }
    // A time that no clock can count to is no end.
    limits.end = args.max_time.and_then(|seconds| Instant::now().checked_add(Duration::from_secs(seconds.get())));
    limits.per_host = args.per_host.map_or(limits.per_host, NonZeroUsize::get);
    limits
}

/// The registries that may be asked, as [`known_hosts`] finds them. One that only a rule file of the tree names, which a stranger may have changed,
/// is shown no credential; that is said.
pub(super) fn hosts(args: &RegistryArgs, rules: &Rules, ends: Ends, listed: &[String], world: &mut World<'_>) -> Result<Hosts, Exit> {
    let hosts = known_hosts(args, rules, ends, listed, world)?;
    let strange: Vec<String> = hosts.anonymous().map(|domain| format!("`{}`", harmless(domain))).collect();
    if !strange.is_empty() {
        let (strange, flags) =
            (strange.join(", "), hosts.anonymous().map(|domain| format!("--allow-host {}", harmless(domain))).collect::<Vec<_>>());
        world.tell(&format!("only the rule file of this tree names {strange}: asked without credentials, and at public addresses alone"));
        world.say(&format!("help: `{}` if you trust it\n", flags.join(" ")));
    }
    Ok(hosts)
}

/// The registries that the command line, the environment, the user's own list and the mappings name.
pub(super) fn known_hosts(args: &RegistryArgs, rules: &Rules, ends: Ends, listed: &[String], world: &mut World<'_>) -> Result<Hosts, Exit> {
    let allowed = environment::value(ALLOW_HOSTS).unwrap_or_default().to_string_lossy().into_owned();
    let allowed = allowed.split([',', ' ', '\n']).filter(|host| !host.is_empty()).map(host);
    let allowed = allowed.collect::<Result<Vec<String>, String>>();
    let allowed = allowed.map_err(|fault| world.fail(&format!("{ALLOW_HOSTS}: {fault}"), "name registries with commas between them"))?;
    let named: BTreeSet<String> = args.allow_host.iter().chain(&args.plain_http).chain(listed).cloned().chain(allowed).collect();
    let domains = |mappings: &MappingSet| {
        let sources = if ends == Ends::Both { mappings.source_domains() } else { BTreeMap::new() };
        mappings.target_domains().into_iter().chain(sources)
    };
    let of_charts = |mappings: &ChartMappings| {
        let each = [Scheme::Index, Scheme::Registry].map(|scheme| mappings.of(scheme).target_domains());
        each.into_iter().flatten().collect::<Vec<_>>()
    };
    let all = rules.mappings().flat_map(domains).chain(rules.chart_mappings().flat_map(of_charts));
    let (users, trees): (Vec<_>, Vec<_>) = all.partition(|(_, voice)| *voice == Voice::User);
    let well_known = (!rules.moves_anything()).then(|| WELL_KNOWN.lines()).into_iter().flatten();
    let named = named.iter().map(String::as_str).chain(users.iter().map(|(domain, _)| domain.as_str())).chain(well_known);
    Ok(Hosts::only(named).and_anonymously(trees.iter().map(|(domain, _)| domain.as_str())))
}

/// The variable that names registries that may be asked with credentials, with commas between them.
const ALLOW_HOSTS: &str = "TRANSSHIP_ALLOW_HOSTS";

fn notes(args: &RegistryArgs, credentials: &Credentials, world: &mut World<'_>) {
    for host in &args.plain_http {
        world.tell(&format!("`{host}` is spoken to without TLS"));
    }
    let exposed: Vec<&Path> = credentials.exposed().collect();
    for path in exposed {
        world.say(&format!("warning: others than you can read the secrets in `{}` (chmod 600 mends it)\n", path.display()));
    }
    for key in credentials.insecure() {
        let host = key.split('/').next().unwrap_or_default();
        if !args.plain_http.iter().any(|named| named == host) {
            world.tell(&format!("the auth file calls `{host}` insecure; if it has no TLS, name it with `--plain-http {host}`"));
        }
    }
}

/// Go's names of processors, which images use (`KnownArch` in Go's internal/syslist, as of 1.24).
const KNOWN: &str = include_str!("../../rules/lists/processors.txt");

/// Warns of platforms that look like a slip; an image may still be for one.
pub(super) fn doubt(platforms: &[Platform], world: &mut World<'_>) {
    for platform in platforms.iter().filter(|platform| KNOWN.lines().all(|known| known != platform.architecture())) {
        let architecture = platform.architecture();
        world.say(&format!(
            "warning: `--platform {platform}`: `{architecture}` is no processor that Go knows, such as `amd64` or `arm64`\n"
        ));
    }
}

/// How many requests are in flight: as many as the user says, or what suits registries.
pub(super) fn options(jobs: Option<NonZeroUsize>) -> Options {
    jobs.map_or_else(Options::default, |jobs| Options { jobs: jobs.get(), ..Options::default() })
}

/// The same, as closely as the options say.
pub(super) fn options_at(depth: &DepthArgs, jobs: Option<NonZeroUsize>) -> Options {
    Options { depth: if depth.strict { Depth::Hash } else { Depth::Head }, ..options(jobs) }
}
