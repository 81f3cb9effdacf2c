//! A credential that is not accepted is not tried for a whole list: it may lock its user out.

use transship::credentials::{Credentials, Places};
use transship::registry::verify::{Options, Wanted, all};
use transship::registry::{Code, Outcome};

use crate::kit::{client_with, entry, file, login, reference, settings};
use crate::support::{Reply, Seen, Server};

/// References of a list, each in a repository of its own, so that nothing learned of one serves another.
const REFERENCES: usize = 60;

const PER_HOST: usize = 4;

/// Wants a password, and takes none.
fn by_password(_: &Seen) -> Reply {
    Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", r#"Basic realm="x""#)
}

/// Wants tokens, from a server that takes no password.
fn by_token(seen: &Seen) -> Reply {
    let challenge = format!(r#"Bearer realm="http://{}/token",service="s""#, seen.header("host"));
    Reply::error(401, "UNAUTHORIZED").header("WWW-Authenticate", challenge)
}

fn logins(server: &Server) -> usize {
    server.seen().iter().filter(|seen| seen.header("authorization").starts_with("Basic ")).count()
}

#[test]
fn a_wrong_password_is_tried_a_few_times_and_not_for_every_reference() {
    for shape in [by_password as fn(&Seen) -> Reply, by_token] {
        let server = Server::start(shape);
        let domain = server.domain();
        let wanted: Vec<Wanted> = (0..REFERENCES).map(|n| Wanted::of(reference(&format!("{domain}/team/x{n}:1")))).collect();
        let folder = tempfile::tempdir().unwrap();
        let docker = file(folder.path(), "config.json", &format!(r#"{{"auths":{{{}}}}}"#, entry(&domain, "alice", "stale")));
        let checked = |jobs: usize| {
            let before = logins(&server);
            let options = Options { jobs, per_host: PER_HOST, ..Options::default() };
            let places = Places { docker: Some(docker.clone()), ..Places::default() };
            let client = client_with(settings(&[&domain]), Credentials::load(&places).unwrap());
            let checks = all(&client, &wanted, &options, &|_, _| {});
            (checks, logins(&server) - before)
        };
        let (one, tried) = checked(1);
        assert_eq!(tried, 5);
        let (many, tried) = checked(16);
        // Those in flight when the fifth fails are asked in vain.
        assert!(tried <= 5 + PER_HOST, "{tried}");
        assert!(many == one, "{:?}", many.distinct().iter().map(|checked| checked.presence.outcome()).collect::<Vec<_>>());
        let outcomes: Vec<Outcome> = one.distinct().iter().map(|checked| checked.presence.outcome()).collect();
        assert!(outcomes[..5].iter().all(|outcome| *outcome == Outcome::Unauthorized), "{outcomes:?}");
        let given_up = one.distinct()[5..].iter().map(|checked| checked.presence.reason()).collect::<Vec<_>>();
        for reason in given_up {
            assert_eq!((reason.code, reason.cause), (Code::HostGivenUp, Some(Code::BadCredentials)));
            assert!(reason.message.starts_with(&format!("`{domain}` was given up, as it failed 5 times in a row: ")), "{reason:?}");
            assert!(reason.message.contains("does not accept the credential"), "{reason:?}");
            assert!(reason.help().unwrap().contains("log in again"), "{reason:?}");
        }
    }
}

/// What one repository refuses says nothing of the next: some registries answer so for what is missing or private.
#[test]
fn a_password_that_serves_elsewhere_is_tried_on() {
    let model = crate::support::Model::usual();
    let server = Server::start(move |seen| match seen.header("authorization") {
        "" => by_password(seen),
        _ if seen.path.contains("/public/") => model.answer(seen),
        _ => by_password(seen),
    });
    let domain = server.domain();
    let names = ["a/x", "b/x", "c/x", "d/x", "public/multi", "q/x", "r/x", "s/x", "t/x", "u/x"];
    let wanted: Vec<Wanted> = names.iter().map(|name| Wanted::of(reference(&format!("{domain}/{name}:1.0")))).collect();
    let checks = all(&client_with(settings(&[&domain]), login(&domain, "alice", "s3cret")), &wanted, &Options::default(), &|_, _| {});
    let outcome = |at: usize| checks.of(at).unwrap().presence.outcome();
    assert!((0..names.len()).all(|at| outcome(at) == if at == 4 { Outcome::Exists } else { Outcome::Unauthorized }));
}
