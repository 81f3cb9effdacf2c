//! Owns the script that makes remote repositories of Google Artifact Registry: repositories that fetch from one upstream each.

use super::prefix::{agreed, fetched_alike};
use super::script::{Script, quote};
use super::{Engine, Options, Profile, Purpose, Row, Written};

pub(super) const ENGINE: Profile =
    Profile::new("gar-remote", Purpose::Copy, write, "a script that makes Artifact Registry's remote repositories");

/// A repository of Artifact Registry.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Remote {
    location: String,
    project: String,
    repository: String,
}

fn write(rows: &[Row], options: &Options) -> Written {
    let (mut written, fitting) = Written::sift(rows, |row| remote(row, options).map(|remote| (remote, row.source_domain(), row)));
    let remotes = agreed(fitting, &mut written, |_, upstream: &String| format!("the repository already fetches from `{upstream}`"));
    if remotes.is_empty() {
        return written;
    }
    let mut script = Script::new(Engine::GarRemote, options, include_str!("../../rules/engines/gar-remote.sh"), &[]);
    for (remote, (upstream, rows)) in remotes {
        for row in rows {
            script.places(row);
        }
        let upstream = if upstream == crate::reference::DOCKER_HUB { "DOCKER-HUB".to_owned() } else { format!("https://{upstream}") };
        script.line(&format!(
            "attempt gcloud artifacts repositories create {} --project={} --location={} --repository-format=docker --mode=remote-repository --remote-docker-repo={}",
            quote(&remote.repository),
            quote(&remote.project),
            quote(&remote.location),
            quote(&upstream)
        ));
    }
    written.script("mirror.sh", script.finish());
    written
}

fn remote(row: &Row, options: &Options) -> Result<Remote, &'static str> {
    const SHAPE: &str = "the target is not LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/ before the whole source path";
    let domain = row.target_domain();
    let location = domain.strip_suffix("-docker.pkg.dev").filter(|location| !location.is_empty()).ok_or(SHAPE)?;
    if options.plain_http.contains(&row.source_domain()) {
        return Err("Artifact Registry reads upstreams over TLS only");
    }
    let path = row.target_path();
    let source = row.source_path();
    // Projects of a domain are `example.com:project`, which no reference can hold; two segments are all there can be.
    let mut segments = path.splitn(3, '/');
    match (segments.next(), segments.next(), segments.next()) {
        (Some(project), Some(repository), Some(rest)) if rest == source => {
            fetched_alike(row)?;
            Ok(Remote { location: location.to_owned(), project: project.to_owned(), repository: repository.to_owned() })
        }
        _ => Err(SHAPE),
    }
}
