//! Owns which forge a campaign speaks to.

use std::time::Duration;

use crate::campaign::forge::{BITBUCKET, Bitbucket, Forge, GITHUB, GITLAB, GitHub, GitLab, Gitea, Local, Login, Way};
use crate::campaign::{Cause, ForgeAt, Kind, Store, Trouble};
use crate::cli::environment;
use crate::registry::{Proxies, Settings, Web, default_certs_d, system_file};

use super::token;

/// The forge that `campaign.yaml` names. Nothing is asked yet; later, no more than `max_wait` seconds are waited where it asks for that.
pub(super) fn open(at: &ForgeAt, store: &Store, max_wait: u64) -> Result<Box<dyn Forge>, Trouble> {
    let way = |usual: &str, login: fn(&str) -> Option<Login>| {
        let base = at.at.as_deref().unwrap_or(usual).to_owned();
        let login = login(host(&base)?);
        Ok(Way { web: web()?, base, git: at.git.clone(), login, longest: Duration::from_secs(max_wait) })
    };
    Ok(match at.kind {
        Kind::Local => Box::new(Local::new(&store.place(at.at.as_deref().unwrap_or(".")))?),
        Kind::Github => Box::new(GitHub::new(way(GITHUB, token::github)?)),
        Kind::Gitlab => Box::new(GitLab::new(way(GITLAB, token::gitlab)?)),
        Kind::Gitea => Box::new(Gitea::new(way("", token::gitea)?)),
        Kind::Bitbucket => Box::new(Bitbucket::new(way(BITBUCKET, token::bitbucket)?)),
    })
}

/// The host whose token is shown to the API at an address.
fn host(base: &str) -> Result<&str, Trouble> {
    let host = base.split("://").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next()).filter(|host| !host.contains('@'));
    let host = host.filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| Trouble::new(Cause::State, format!("campaign.yaml: `at: {base}` is no address of an API")))?;
    Ok(host.strip_prefix("api.").filter(|host| ["github.com", "bitbucket.org"].contains(host)).unwrap_or(host))
}

/// What speaks to servers, as this machine is set up for it.
fn web() -> Result<Web, Trouble> {
    let settings = Settings {
        certs_d: default_certs_d(environment::value),
        system_file: system_file(environment::value),
        proxies: Proxies::from_environment(environment::value),
        ..Settings::default()
    };
    Web::new(settings).map_err(|fault| Trouble::new(Cause::State, fault.to_string()))
}
