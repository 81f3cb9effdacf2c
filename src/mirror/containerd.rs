//! Owns containerd's hosts.toml, which can serve a whole registry from a folder of another, and nothing narrower.

use std::fmt::Write as _;

use super::prefix::{agreed, found_alike, prepended};
use super::registries_conf::string;
use super::script::{header, shown};
use super::{Engine, Options, Profile, Purpose, Row, Written};
use crate::text::harmless;

pub(super) const ENGINE: Profile =
    Profile::new("containerd", Purpose::Use, write, "containerd's hosts.toml: a whole old registry served by the new one")
        .of_repositories();

fn write(rows: &[Row], options: &Options) -> Written {
    let (mut written, fitting) = Written::sift(rows, |row| {
        found_alike(row)?;
        let folder = prepended(&row.source_path(), &row.target_path());
        let folder = folder.ok_or("hosts.toml keeps the whole old path, and the target changes it")?;
        Ok::<_, &str>((row.source_domain(), (row.target_domain(), folder), row))
    });
    let hosts = agreed(fitting, &mut written, |domain, (target, folder): &(String, String)| {
        format!("hosts.toml serves all of `{domain}` from one place, and most of its images are in `{target}/{folder}`")
    });
    for (domain, ((target, folder), rows)) in hosts {
        let scheme = |domain: &String| if options.plain_http.contains(domain) { "http" } else { "https" };
        let server = if domain == crate::reference::DOCKER_HUB { "registry-1.docker.io" } else { &domain };
        let mut text =
            header(Engine::Containerd, options, include_str!("../../rules/engines/containerd.toml"), &[("domain", vec![domain.clone()])]);
        let folder = if folder.is_empty() { folder } else { format!("/{folder}") };
        let _ = write!(text, "server = {}\n\n", string(&format!("{}://{server}", scheme(&domain))));
        if let Some(places) = shown(rows.iter().flat_map(|row| row.places())) {
            let _ = writeln!(text, "# {}", harmless(&places));
        }
        // override_path, since the folder comes after /v2.
        let _ = writeln!(text, "[host.{}]", string(&format!("{}://{target}/v2{folder}", scheme(&target))));
        text += "capabilities = [\"pull\", \"resolve\"]\noverride_path = true\n";
        written.data(format!("certs.d/{domain}/hosts.toml"), text);
    }
    written
}
