//! Owns registries.yaml of K3s and RKE2: an endpoint for each old registry, and a rewrite for each of its repositories.

use std::collections::BTreeMap;

use super::node::Node;
use super::prefix::{agreed, found_alike, pattern};
use super::script::{header, shown};
use super::{Engine, Options, Profile, Purpose, Row, Written};

pub(super) const ENGINE: Profile =
    Profile::new("k3s", Purpose::Use, write, "registries.yaml for K3s and RKE2: old names served by the new registry").of_repositories();

fn write(rows: &[Row], options: &Options) -> Written {
    let (mut written, fitting) = Written::sift(rows, |row| found_alike(row).map(|()| (row.source_domain(), row.target_domain(), row)));
    // Rewrites hold for every endpoint of a registry, so one endpoint is all there can be.
    let endpoints = agreed(fitting, &mut written, |domain, target: &String| {
        format!("`{domain}` has one endpoint, and most of its images are in `{target}`")
    });
    let mut mirrors = Vec::new();
    for (domain, (target, rows)) in endpoints {
        let paths = rows.into_iter().map(|row| (row.source_path(), row.target_path(), row));
        let paths = agreed(paths, &mut written, |_, target: &String| {
            format!("a repository has one rewrite, and most of its images are in `{target}`")
        });
        let (moved, alike): (Vec<_>, Vec<_>) = paths.into_iter().partition(|(from, (to, _))| from != to);
        let places = |rows: &[&Row]| shown(rows.iter().flat_map(|row| row.places()));
        let rewrites: BTreeMap<String, Node> =
            moved.into_iter().map(|(from, (to, rows))| (format!("^{}$", pattern(&from)), Node::Text(to).noted(places(&rows)))).collect();
        let alike: Vec<&Row> = alike.into_iter().flat_map(|(_, (_, rows))| rows).collect();
        let scheme = if options.plain_http.contains(&target) { "http" } else { "https" };
        let mut keys = vec![("endpoint".to_owned(), Node::texts([format!("{scheme}://{target}")]))];
        if !rewrites.is_empty() {
            keys.push(("rewrite".to_owned(), Node::Map(rewrites.into_iter().collect())));
        }
        mirrors.push((domain, Node::Map(keys).noted(places(&alike))));
    }
    if !mirrors.is_empty() {
        written.data(
            "registries.yaml",
            header(Engine::K3s, options, include_str!("../../rules/engines/k3s.yaml"), &[])
                + &Node::map([("mirrors", Node::Map(mirrors))]).yaml(),
        );
    }
    written
}
