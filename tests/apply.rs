//! A file is either the old one or the new one, and a patch is one that git takes.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and its data needs no care")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use proptest::prelude::*;
use tempfile::TempDir;
use transship::apply::{Change, Existing, Failure, HardLinks, Mode, clear, create, write};
use transship::disk::{Disk, begun_name, trees};
use transship::plan::diff;
use transship::source::{Files, Scope, TreePath, Vendored};

fn file(text: &[u8]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("Dockerfile");
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn one(path: &Path, before: &[u8], after: &[u8]) -> Result<Vec<HardLinks>, Failure> {
    write(&disk(path), &[Change { path, before, after }])
}

/// The folder of a file as a tree.
fn disk(path: &Path) -> Disk {
    let folder = path.parent().unwrap();
    Disk::new(folder, folder)
}

#[test]
fn writes_and_keeps_the_mode() {
    let (folder, path) = file(b"FROM a\n");
    fs::set_permissions(&path, Permissions::from_mode(0o754)).unwrap();
    assert_eq!(one(&path, b"FROM a\n", b"FROM b\n").unwrap(), []);
    assert_eq!(fs::read(&path).unwrap(), b"FROM b\n");
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o754);
    assert_eq!(names(folder.path()), ["Dockerfile"]);
}

#[test]
fn a_file_that_changed_since_is_left_alone() {
    for now in ["FROM c\n", "FROM a\nRUN x\n", ""] {
        let (folder, path) = file(now.as_bytes());
        let failure = one(&path, b"FROM a\n", b"FROM b\n").unwrap_err();
        assert!(matches!(failure, Failure::Changed { .. }), "{failure}");
        assert_eq!(fs::read(&path).unwrap(), now.as_bytes());
        assert_eq!(names(folder.path()), ["Dockerfile"]);
    }
}

#[test]
fn of_several_files_all_are_written_or_none() {
    let (folder, first) = file(b"a");
    let second = folder.path().join("second");
    fs::write(&second, "somebody else's").unwrap();
    let changes = [Change { path: &first, before: b"a", after: b"A" }, Change { path: &second, before: b"b", after: b"B" }];
    assert!(write(&disk(&first), &changes).is_err());
    assert_eq!(fs::read(&first).unwrap(), b"a");
    fs::write(&second, "b").unwrap();
    write(&disk(&first), &changes).unwrap();
    assert_eq!((fs::read(&first).unwrap(), fs::read(&second).unwrap()), (b"A".to_vec(), b"B".to_vec()));
}

#[test]
fn a_file_that_is_gone_keeps_the_others_from_being_written() {
    let (folder, first) = file(b"a");
    let gone = folder.path().join("gone");
    let changes = [Change { path: &first, before: b"a", after: b"A" }, Change { path: &gone, before: b"", after: b"B" }];
    assert!(matches!(write(&disk(&first), &changes), Err(Failure::System { doing: "it cannot be replaced", .. })));
    assert_eq!(fs::read(&first).unwrap(), b"a");
    assert_eq!(names(folder.path()), ["Dockerfile"]);
}

#[test]
fn a_symbolic_link_stays_and_its_file_changes() {
    let (folder, path) = file(b"FROM a\n");
    let link = folder.path().join("link");
    symlink("Dockerfile", &link).unwrap();
    one(&link, b"FROM a\n", b"FROM b\n").unwrap();
    assert_eq!(fs::read_link(&link).unwrap(), Path::new("Dockerfile"));
    assert_eq!(fs::read(&path).unwrap(), b"FROM b\n");
}

#[test]
fn nothing_outside_of_the_tree_is_written_whatever_link_leads_there() {
    let (outer, path) = file(b"FROM a\n");
    let tree = outer.path().join("tree");
    fs::create_dir_all(tree.join("real")).unwrap();
    symlink(&path, tree.join("absolute")).unwrap();
    symlink("../Dockerfile", tree.join("up")).unwrap();
    symlink("..", tree.join("folder")).unwrap();
    symlink("up", tree.join("twice")).unwrap();
    symlink("round", tree.join("round")).unwrap();
    let disk = Disk::new(&tree, &tree);
    for name in ["absolute", "up", "folder/Dockerfile", "twice", "round", "real/../../Dockerfile", "real"] {
        let path = tree.join(name);
        assert!(write(&disk, &[Change { path: &path, before: b"FROM a\n", after: b"FROM b\n" }]).is_err(), "{name}");
        if name != "real" {
            assert!(create(&disk, &path, b"x", Existing::Replace, Mode::Data).is_err(), "{name}");
        }
    }
    assert!(create(&disk, &tree.join("folder/new/x"), b"x", Existing::Refuse, Mode::Data).is_err());
    assert_eq!(fs::read(&path).unwrap(), b"FROM a\n");
    assert_eq!(names(outer.path()), ["Dockerfile", "tree"]);
    create(&disk, &tree.join("new/folder/x"), b"x", Existing::Refuse, Mode::Data).unwrap();
    assert_eq!(fs::read(tree.join("new/folder/x")).unwrap(), b"x");
}

#[test]
fn a_folder_that_becomes_a_link_meanwhile_leads_nowhere() {
    let (outer, path) = file(b"FROM a\n");
    let tree = outer.path().join("tree");
    fs::create_dir_all(tree.join("app")).unwrap();
    fs::write(tree.join("app/Dockerfile"), "FROM a\n").unwrap();
    let disk = Disk::new(&tree, &tree);
    // Between the look and the change the folder is exchanged for a link to where another file of that name and text stands.
    fs::rename(tree.join("app"), tree.join("old")).unwrap();
    symlink(outer.path(), tree.join("app")).unwrap();
    let failure = write(&disk, &[Change { path: &tree.join("app/Dockerfile"), before: b"FROM a\n", after: b"FROM b\n" }]).unwrap_err();
    assert_eq!(failure.to_string(), "it cannot be replaced: it leads out of the tree");
    assert_eq!(fs::read(&path).unwrap(), b"FROM a\n");
}

#[test]
fn what_a_run_that_was_killed_began_is_cleared_and_nothing_else() {
    let (folder, path) = file(b"a");
    let left = folder.path().join(begun_name(1, 0));
    let held = folder.path().join(begun_name(1, 1));
    let others = folder.path().join(".transship-x.new");
    for path in [&left, &held, &others] {
        fs::write(path, "x").unwrap();
    }
    let writer = fs::File::open(&held).unwrap();
    writer.lock().unwrap();
    let disk = disk(&path);
    assert_eq!(disk.list(&Scope::new(vec![TreePath::default()], Vendored::Skip)).len(), 2);
    clear(&disk);
    assert_eq!(names(folder.path()), [".transship-1-1.new", ".transship-x.new", "Dockerfile"]);
}

#[cfg(target_os = "linux")]
#[test]
fn attributes_and_access_control_lists_are_kept() {
    use rustix::fs::{XattrFlags, getxattr, setxattr};
    let (folder, path) = file(b"a");
    // Version 2: the owner rw, user 1000 rw, the group r, all of them rw, others nothing (`acl(5)`, linux/posix_acl_xattr.h).
    let entries: [(u16, u16, u32); 5] = [(1, 6, u32::MAX), (2, 6, 1000), (4, 4, u32::MAX), (0x10, 6, u32::MAX), (0x20, 0, u32::MAX)];
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, may, id) in entries {
        list.extend(tag.to_le_bytes().into_iter().chain(may.to_le_bytes()).chain(id.to_le_bytes()));
    }
    let given: Vec<(&str, &[u8])> = vec![("user.note", b"mine"), ("system.posix_acl_access", &list)];
    // Not every file system has them.
    let given: Vec<_> = given.into_iter().filter(|(name, value)| setxattr(&path, *name, value, XattrFlags::empty()).is_ok()).collect();
    one(&path, b"a", b"b").unwrap();
    for (name, value) in given {
        let mut kept = vec![0; 100];
        let length = getxattr(&path, name, kept.as_mut_slice()).unwrap();
        assert_eq!(&kept[..length], value, "{name}");
    }
    assert_eq!(names(folder.path()), ["Dockerfile"]);
}

#[test]
fn other_names_of_the_file_are_noted() {
    let (folder, path) = file(b"a");
    fs::hard_link(&path, folder.path().join("other")).unwrap();
    assert_eq!(one(&path, b"a", b"b").unwrap(), [HardLinks { path: path.clone(), others: 1 }]);
    assert_eq!(fs::read(folder.path().join("other")).unwrap(), b"a");
}

#[test]
fn a_write_protected_file_is_left_alone() {
    let (folder, path) = file(b"a");
    fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
    let failure = one(&path, b"a", b"b").unwrap_err();
    assert_eq!(failure.to_string(), "it is write-protected: permission denied");
    assert_eq!(fs::read(&path).unwrap(), b"a");
    assert_eq!(names(folder.path()), ["Dockerfile"]);
}

/// The part of the next test that runs with little room: a process of its own, since the limit holds for a whole process.
#[test]
fn child_with_little_room() {
    let Some(path) = std::env::args().find_map(|argument| argument.strip_prefix("skip-room-").map(PathBuf::from)) else { return };
    let before = fs::read(&path).unwrap();
    let failure = one(&path, &before, &vec![b'x'; 1 << 20]).unwrap_err();
    assert!(failure.to_string().starts_with("the new file could not be written beside it"), "{failure}");
}

#[test]
fn without_room_for_the_new_text_the_old_file_stays_whole() {
    let (folder, path) = file(&vec![b'a'; 2_000]);
    let own = std::env::current_exe().unwrap();
    let script = "ulimit -f 64; trap '' XFSZ; exec \"$0\" --exact child_with_little_room --skip \"skip-room-$1\"";
    let status = Command::new("sh").args(["-c", script]).arg(own).arg(&path).stdout(Stdio::null()).status().unwrap();
    assert!(status.success());
    assert_eq!(fs::read(&path).unwrap(), vec![b'a'; 2_000]);
    assert_eq!(names(folder.path()), ["Dockerfile"]);
}

#[test]
fn a_new_file_does_not_replace_an_old_one_unasked() {
    let (folder, path) = file(b"old");
    assert_eq!(create(&disk(&path), &path, b"new", Existing::Refuse, Mode::Data).unwrap_err().kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    create(&disk(&path), &path, b"new", Existing::Replace, Mode::Data).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(names(folder.path()), ["Dockerfile"]);
}

fn git(folder: &Path, arguments: &[&str]) -> std::process::Output {
    // What the user has set for line ends and spaces is not ours.
    let mut git = Command::new("git");
    git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    git.args(arguments).current_dir(folder).output().unwrap()
}

/// Applies the patch with git, in `folder`, and says what the file holds then.
fn applied(folder: &Path, name: &str, before: &[u8], after: &[u8]) -> Vec<u8> {
    fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
    fs::write(folder.join(name), before).unwrap();
    let patch = folder.join("p.patch");
    fs::write(&patch, diff(&from_top(folder, name), before, after)).unwrap();
    let output = git(folder, &["apply", "--whitespace=nowarn", "p.patch"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read(folder.join(name)).unwrap()
}

/// What a patch calls the file `name` of `folder`.
fn from_top(folder: &Path, name: &str) -> String {
    let trees = trees(&[name.into()], Vendored::Skip, folder, &|_| None);
    trees[0].scope.roots[0].to_string()
}

#[test]
fn git_applies_patches_from_the_folder_they_were_made_in() {
    let repository = TempDir::new().unwrap();
    assert!(git(repository.path(), &["init", "-q"]).status.success());
    let below = repository.path().join("below");
    fs::create_dir(&below).unwrap();
    for folder in [repository.path(), &below] {
        for name in ["Dockerfile", "a b/c d.yaml", "ü/\"q\".yaml", "below/x"] {
            assert_eq!(applied(folder, name, b"x\r\nFROM \xff a\r\ny", b"x\r\nFROM \xff b\r\ny"), b"x\r\nFROM \xff b\r\ny", "{name}");
        }
    }
}

#[test]
fn folders_that_several_make_at_once_are_there_for_all() {
    let tree = TempDir::new().unwrap();
    for round in 0..50 {
        std::thread::scope(|scope| {
            let write = |number: usize| {
                let path = tree.path().join(format!("{round}/a/b/c/d/{number}"));
                create(&Disk::new(tree.path(), tree.path()), &path, b"x", Existing::Refuse, Mode::Data)
            };
            let all: Vec<_> = (0..8).map(|number| scope.spawn(move || write(number))).collect();
            for one in all {
                one.join().unwrap().unwrap();
            }
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn git_makes_the_new_text_of_the_old_one(lines in prop::collection::vec("[ab\r]{0,3}\n", 1..30), changed in prop::collection::vec(0..30usize, 1..4), end in "[ab]{0,2}") {
        let folder = TempDir::new().unwrap();
        let before = lines.concat() + &end;
        let mut after = lines.clone();
        for at in changed {
            if let Some(line) = after.get_mut(at) {
                line.insert(0, 'X');
            }
        }
        let after = after.concat() + &end;
        prop_assume!(before != after);
        prop_assert_eq!(applied(folder.path(), "f", before.as_bytes(), after.as_bytes()), after.as_bytes());
    }
}
