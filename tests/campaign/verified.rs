//! What registries say of the targets of a campaign, and what it holds back.

use std::fs;

use crate::kit::Kit;
use crate::server::Server;

#[test]
fn each_target_is_asked_once_and_what_is_missing_is_not_shown() {
    let dockerfile = "FROM old.example.com/single:1.0\n";
    let kit = Kit::new(&[
        ("acme/app", &[("Dockerfile", dockerfile)]),
        ("acme/gone", &[("Dockerfile", "FROM old.example.com/none:1.0\n")]),
        ("acme/web", &[("Dockerfile", dockerfile)]),
    ]);
    let server = Server::usual();
    let domain = server.domain();
    kit.init("");
    let place = kit.path("campaign/campaign.yaml");
    let text = fs::read_to_string(&place).unwrap().replace("=new.example.com/", &format!("={domain}/public/"));
    fs::write(&place, text).unwrap();
    kit.ends(1, &["plan"]);
    let told = kit.ends(1, &["verify", "--plain-http", &domain]);
    assert!(told.contains("2 targets: 1 exist, 1 do not, 0 undecided"), "{told}");
    let asked = server.lines().iter().filter(|line| line.contains("/public/single/manifests/1.0")).count();
    assert_eq!(asked, 1, "{:?}", server.lines());

    let said = kit.say(&["publish"]);
    assert!(said.code == 2 && said.out.contains("2 opened") && said.out.contains("a target is missing: acme/gone"), "{said:?}");
    assert!(kit.pulls("acme/gone").is_empty());
    let body = kit.pulls("acme/app")[0]["body"].as_str().unwrap().to_owned();
    assert!(body.contains(&format!("`{domain}/public/single:1.0` | yes |")), "{body}");
    let page = kit.ends(0, &["report", "--format", "html"]);
    assert!(page.contains("a target is missing (1)") && !page.contains("src="), "{page}");
}
