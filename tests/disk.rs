//! Which files a tree on a disk has, in which order, and that nothing beyond its root is read.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use transship::disk::{Disk, Git, Revision, trees};
use transship::source::{Content, Files, Met, Named, Owner, Scope, Tracked, TreePath, Vendored, content};

fn tree(files: &[&str]) -> TempDir {
    let tree = TempDir::new().unwrap();
    for file in files {
        put(tree.path(), file, "x");
    }
    tree
}

#[allow(clippy::disallowed_methods, reason = "test data needs no care")]
fn put(root: &Path, file: &str, text: &str) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn met(tree: &TempDir, roots: &[&str], vendored: Vendored) -> Vec<String> {
    let roots: Vec<PathBuf> = roots.iter().map(|root| tree.path().join(root)).collect();
    let tree = trees(&roots, vendored, tree.path(), &|_| None).into_iter().next().unwrap();
    told(&tree.files, &tree.scope)
}

fn told(files: &dyn Files, scope: &Scope) -> Vec<String> {
    let name = |met: Met| match met {
        Met::File { path, named: Named::No | Named::Linked } => path.to_string(),
        Met::File { path, named: Named::Yes } => format!("{path} (named)"),
        Met::Unread { path, reason } => format!("{path}: {reason}"),
    };
    files.list(scope).into_iter().map(name).collect()
}

fn read(files: &dyn Files, path: &str) -> String {
    let mut buffer = Vec::new();
    match content(files, &TreePath::new(path).unwrap(), &mut buffer) {
        Content::Text(text) => String::from_utf8_lossy(text).into_owned(),
        Content::Binary => "binary".to_owned(),
        Content::Unread(reason) => format!("unread: {reason}"),
    }
}

#[test]
fn hidden_folders_of_ci_are_walked_and_stores_are_not() {
    let tree = tree(&[".github/workflows/a.yml", ".gitlab-ci.yml", ".env", ".git/config", ".terraform/x.tf", "Dockerfile"]);
    assert_eq!(met(&tree, &[""], Vendored::Skip), [".env", ".github/workflows/a.yml", ".gitlab-ci.yml", "Dockerfile"]);
}

#[test]
fn ignore_files_are_obeyed_also_without_a_repository() {
    let tree = tree(&["a/Dockerfile", "b/Dockerfile", "b/c/Dockerfile"]);
    put(tree.path(), ".gitignore", "b/*\n!b/c\n");
    assert_eq!(met(&tree, &[""], Vendored::Skip), [".gitignore", "a/Dockerfile", "b/c/Dockerfile"]);
    assert_eq!(met(&tree, &["b"], Vendored::Skip), ["b/c/Dockerfile"], "the ignore file above counts too");
}

#[test]
fn vendored_trees_wait_to_be_asked_for() {
    let tree = tree(&["a/vendor/x/Dockerfile", "node_modules/y/Dockerfile", "Dockerfile"]);
    assert_eq!(met(&tree, &[""], Vendored::Skip), ["Dockerfile"]);
    assert_eq!(met(&tree, &[""], Vendored::Include), ["Dockerfile", "a/vendor/x/Dockerfile", "node_modules/y/Dockerfile"]);
    assert_eq!(met(&tree, &["node_modules"], Vendored::Skip), ["node_modules/y/Dockerfile"], "what is named is walked");
}

#[test]
fn files_come_folder_by_folder_in_byte_order() {
    let tree = tree(&["b", "a/z", "a.txt", "a/b/c", "B", "a-b"]);
    assert_eq!(met(&tree, &[""], Vendored::Skip), ["B", "a/b/c", "a/z", "a-b", "a.txt", "b"]);
}

#[test]
fn a_named_file_is_read_although_it_is_ignored() {
    let tree = tree(&["a/secret.yaml", "a/b.yaml"]);
    put(tree.path(), ".gitignore", "secret.yaml\n");
    assert_eq!(met(&tree, &["a", "a/secret.yaml"], Vendored::Skip), ["a/b.yaml", "a/secret.yaml (named)"]);
}

#[test]
fn who_sees_a_change_is_known_of_any_number_of_files() {
    let names: Vec<String> = (0..40).flat_map(|number| [format!("a/{number}.env"), format!("a/{number}.yaml")]).collect();
    let tree = tree(&names.iter().map(String::as_str).collect::<Vec<_>>());
    put(tree.path(), ".gitignore", "*.env\n");
    let disk = Disk::new(tree.path(), tree.path());
    for name in &names {
        let wanted = if name.strip_suffix(".env").is_some() { Owner::Nobody } else { Owner::Tree };
        assert_eq!(disk.owner(&TreePath::new(name).unwrap(), Named::Linked), wanted, "{name}");
    }
}

#[test]
fn overlapping_paths_are_walked_once() {
    let tree = tree(&["a/x", "a/b/y", "c/z"]);
    let each = met(&tree, &["a/b", "", "a", "a/b/y", "a/./b", ""], Vendored::Skip);
    let mut sorted = each.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(each.len(), 3, "{each:?}");
    assert_eq!(sorted.len(), 3, "{each:?}");
}

#[test]
fn a_path_that_is_not_there_is_told() {
    let tree = tree(&["a"]);
    assert_eq!(met(&tree, &["a", "b"], Vendored::Skip), ["a (named)", "b: no such file or directory"]);
}

#[test]
fn what_was_listed_ahead_is_told_once_and_only_to_who_asks_for_the_same() {
    let tree = tree(&["a", "b/c"]);
    let scope = |tracked| Scope { roots: vec![TreePath::default()], tracked, ..Scope::default() };
    let disk = Disk::new(tree.path(), tree.path());
    let ahead = || disk.list_ahead(&scope(Tracked::Read)).len();
    assert_eq!(ahead(), 2);
    fs::remove_file(tree.path().join("a")).unwrap();
    assert_eq!(told(&disk, &scope(Tracked::Read)), ["a", "b/c"]);
    assert_eq!(read(&disk, "a"), "unread: no such file or directory", "what is gone meanwhile is told");
    assert_eq!(told(&disk, &scope(Tracked::Read)), ["b/c"]);
    assert_eq!(ahead(), 1);
    put(tree.path(), "a", "x");
    assert_eq!(told(&disk, &scope(Tracked::Ignore)), ["a", "b/c"]);
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_not_followed_unless_named() {
    let tree = tree(&["real/Dockerfile"]);
    std::os::unix::fs::symlink("real", tree.path().join("folder")).unwrap();
    std::os::unix::fs::symlink("real/Dockerfile", tree.path().join("link")).unwrap();
    std::os::unix::fs::symlink(".", tree.path().join("real/loop")).unwrap();
    assert_eq!(met(&tree, &[""], Vendored::Skip), ["real/Dockerfile"]);
    assert_eq!(met(&tree, &["link"], Vendored::Skip), ["link (named)"]);
    assert_eq!(met(&tree, &["folder"], Vendored::Skip), ["folder/Dockerfile"]);
}

#[cfg(unix)]
#[test]
fn nothing_outside_of_the_tree_is_read_whatever_links_lie_on_the_way() {
    use std::os::unix::fs::symlink;
    let tree = tree(&["in/a/file", "secret"]);
    let link = |target: &str, at: &str| symlink(target, tree.path().join("in").join(at)).unwrap();
    link("a/file", "inside");
    link("../secret", "up");
    link(tree.path().join("secret").to_str().unwrap(), "absolute");
    link("..", "folder");
    link("up", "twice");
    let disk = Disk::new(&tree.path().join("in"), tree.path());
    assert_eq!(read(&disk, "inside"), "x");
    for path in ["up", "absolute", "folder/secret", "twice"] {
        assert_eq!(read(&disk, path), "unread: it leads out of the tree", "{path}");
    }
    let outside = Scope::new(vec![TreePath::new("folder").unwrap()], Vendored::Skip);
    assert_eq!(told(&disk, &outside), ["folder: it leads out of the tree"]);
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_told_and_not_waited_for() {
    let tree = tree(&["a"]);
    let made = std::process::Command::new("mkfifo").arg(tree.path().join("pipe")).status().unwrap();
    assert!(made.success());
    let disk = Disk::new(tree.path(), tree.path());
    assert_eq!(read(&disk, "pipe"), "unread: it is no regular file");
    assert_eq!(read(&disk, "b"), "unread: no such file or directory");
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_text_is_read_all_the_same() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let tree = tree(&[]);
    let name = OsStr::from_bytes(b"Dockerfile.\xff");
    fs::File::create(tree.path().join(name)).unwrap();
    let disk = Disk::new(tree.path(), tree.path());
    let found = disk.list(&Scope::new(vec![TreePath::default()], Vendored::Skip));
    assert_eq!(found.len(), 1);
    assert_eq!(disk.place(found[0].path()), tree.path().join(name));
    assert_eq!(read(&disk, found[0].path().as_str()), "");
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut git = std::process::Command::new("git");
    git.arg("-C").arg(folder).args(["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]).args(arguments);
    assert!(git.stdout(std::process::Stdio::null()).status().unwrap().success(), "{arguments:?}");
}

#[test]
fn a_commit_and_the_index_are_trees() {
    let tree = tree(&["a/Dockerfile", "b", "vendor/c"]);
    git(tree.path(), &["init", "-q"]);
    git(tree.path(), &["add", "."]);
    git(tree.path(), &["commit", "-qm", "x"]);
    put(tree.path(), "b", "staged");
    git(tree.path(), &["add", "b"]);
    put(tree.path(), "b", "on the disk");
    let of = |revision: &Revision| Git::new(Disk::new(tree.path(), tree.path()), revision).unwrap();
    let (commit, index) = (of(&Revision::Commit("HEAD".to_owned())), of(&Revision::Index));
    assert_eq!(
        (read(&commit, "b"), read(&index, "b"), read(&commit, "d")),
        ("x".to_owned(), "staged".to_owned(), "unread: there is no such file".to_owned())
    );
    let scope = |root: &str| Scope::new(vec![TreePath::new(root).unwrap()], Vendored::Skip);
    assert_eq!(
        (told(&commit, &scope("")), told(&index, &scope("a"))),
        (vec!["a/Dockerfile".to_owned(), "b".to_owned()], vec!["a/Dockerfile".to_owned()])
    );
    assert_eq!(told(&commit, &scope("nowhere")), ["nowhere: there is no such file"]);
    let missing = Git::new(Disk::new(tree.path(), tree.path()), &Revision::Commit("nosuch".to_owned()));
    assert_eq!(missing.err().unwrap().to_string(), "`nosuch` is no commit of this repository");
}

#[test]
fn what_is_expected_is_read_as_what_is_not() {
    let names: Vec<String> = (0..200).map(|number| format!("{number:03}")).collect();
    let tree = tree(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for (number, name) in names.iter().enumerate().filter(|(number, _)| number % 3 != 0) {
        let long = if number % 50 == 1 { 100_000 } else { 1 };
        put(tree.path(), name, &format!("{number}\n").repeat(long));
    }
    git(tree.path(), &["init", "-q"]);
    git(tree.path(), &["add", "."]);
    // An object that is lost is told where it is asked for, and no other takes its place.
    let lost = std::process::Command::new("git").arg("-C").arg(tree.path()).args(["rev-parse", ":077"]).output().unwrap();
    let lost = String::from_utf8(lost.stdout).unwrap();
    fs::remove_file(tree.path().join(".git/objects").join(&lost[..2]).join(lost[2..].trim())).unwrap();
    let index = || Git::new(Disk::new(tree.path(), tree.path()), &Revision::Index).unwrap();
    let (one_by_one, expected) = (index(), index());
    let paths: Vec<TreePath> = names.iter().map(|name| TreePath::new(name).unwrap()).collect();
    expected.announce(&mut paths.iter());
    // In nearly that order, some twice, some never.
    let order = (0..200).filter(|number| number % 7 != 0).flat_map(|number| [number, number ^ 5, number / 2]);
    for number in order.filter_map(|number| names.get(number)) {
        assert_eq!(read(&expected, number), read(&one_by_one, number), "{number}");
    }
    assert!(read(&expected, "077").starts_with("unread: "), "{}", read(&expected, "077"));
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_are_each_a_file_of_their_own() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let tree = tree(&[]);
    let names: [&[u8]; 5] = [b"a\xfe.yaml", b"a\xff.yaml", "a\u{fffd}.yaml".as_bytes(), "a\u{f7ff}.yaml".as_bytes(), b"b\xff/a.yaml"];
    fs::create_dir(tree.path().join(OsStr::from_bytes(b"b\xff"))).unwrap();
    for name in names {
        std::io::Write::write_all(&mut fs::File::create(tree.path().join(OsStr::from_bytes(name))).unwrap(), name).unwrap();
    }
    git(tree.path(), &["init", "-q"]);
    git(tree.path(), &["add", "."]);
    git(tree.path(), &["commit", "-qm", "x"]);
    let disk = || Disk::new(tree.path(), tree.path());
    let of = |revision: &Revision| Git::new(disk(), revision).unwrap();
    let trees: [Box<dyn Files>; 3] = [Box::new(disk()), Box::new(of(&Revision::Commit("HEAD".to_owned()))), Box::new(of(&Revision::Index))];
    let scope = Scope::new(vec![TreePath::default()], Vendored::Skip);
    let contents = |files: &dyn Files| {
        let read = |met: &Met| {
            let mut bytes = Vec::new();
            files.read(met.path(), &mut bytes).unwrap();
            bytes
        };
        let mut all: Vec<Vec<u8>> = files.list(&scope).iter().map(read).collect();
        all.sort();
        all
    };
    let mut wanted: Vec<Vec<u8>> = names.iter().map(|name| name.to_vec()).collect();
    wanted.sort();
    for files in &trees {
        assert_eq!(contents(&**files), wanted);
        let shown: Vec<String> = files.list(&scope).iter().map(|met| files.shown(met.path())).collect();
        assert_eq!(shown.iter().filter(|one| one.contains('\u{fffd}')).count(), 4, "{shown:?}");
    }
    // What is ignored and kept is met under its own name, too.
    put(tree.path(), ".ignore", "*\n");
    assert_eq!(contents(&disk()), wanted);
}

#[cfg(unix)]
#[test]
fn git_fetches_nothing_by_programs_that_a_repository_names() {
    let tree = tree(&["a"]);
    git(tree.path(), &["init", "-q"]);
    git(tree.path(), &["add", "."]);
    git(tree.path(), &["commit", "-qm", "x"]);
    let witness = tree.path().join("witness");
    let pack = format!("touch {};", witness.display());
    let settings = [
        ("core.repositoryformatversion", "1"),
        ("extensions.partialclone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", "."),
        ("protocol.allow", "always"),
        ("remote.origin.uploadpack", pack.as_str()),
    ];
    for (key, value) in settings {
        git(tree.path(), &["config", key, value]);
    }
    for folder in fs::read_dir(tree.path().join(".git/objects")).unwrap() {
        for object in fs::read_dir(folder.unwrap().path()).unwrap() {
            let object = object.unwrap().path();
            let name = format!(
                "{}{}",
                object.parent().unwrap().file_name().unwrap().to_str().unwrap(),
                object.file_name().unwrap().to_str().unwrap()
            );
            let kind =
                std::process::Command::new("git").arg("-C").arg(tree.path()).args(["cat-file", "-t", &name]).output().unwrap().stdout;
            if kind == b"blob\n" {
                fs::remove_file(object).unwrap();
            }
        }
    }
    let commit = Git::new(Disk::new(tree.path(), tree.path()), &Revision::Commit("HEAD".to_owned())).unwrap();
    assert!(read(&commit, "a").starts_with("unread"), "{}", read(&commit, "a"));
    assert!(!witness.exists());
}

#[test]
fn what_git_keeps_is_met_though_it_is_ignored() {
    let tree = tree(&["Dockerfile", "a/Dockerfile", "a/long/way/Dockerfile", "vendor/Dockerfile", "no/Dockerfile", "z.yaml"]);
    put(tree.path(), ".ignore", "*\n");
    git(tree.path(), &["init", "-q"]);
    git(tree.path(), &["add", "-f", "Dockerfile", "a", "vendor", "z.yaml"]);
    fs::remove_file(tree.path().join("z.yaml")).unwrap();
    for version in ["2", "4"] {
        git(tree.path(), &["update-index", "--index-version", version]);
        let kept = ["Dockerfile", "a/Dockerfile", "a/long/way/Dockerfile"];
        assert_eq!(met(&tree, &[""], Vendored::Skip), kept, "version {version}");
        assert_eq!(met(&tree, &["a"], Vendored::Skip), kept[1..]);
    }
    let disk = Disk::new(tree.path(), tree.path());
    let scope = Scope { roots: vec![TreePath::default()], tracked: Tracked::Ignore, ..Scope::default() };
    assert_eq!(told(&disk, &scope), [""; 0]);
    put(tree.path(), ".git/index", "DIRC\0\0\0\x02\x7f\x7f\x7f\x7fxyz");
    assert_eq!(met(&tree, &[""], Vendored::Skip), [""; 0], "an index that cannot be read says nothing");
}
