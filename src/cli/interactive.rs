//! `fix --interactive`: asks of each fix whether it shall be made, as `git add -p` does.

use std::path::PathBuf;

use crate::text::harmless;

use super::chosen::{Chosen, Offer};
use super::{Exit, World};

/// The answers that are understood.
const ANSWERS: &str = "\
y - make this change
n - leave it
a - make this change and all later ones in the file
d - leave this change and all later ones in the file
q - leave this change and all later ones
? - show this
";

/// What was said of all later fixes of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Later {
    Made,
    Left,
}

/// Says that nobody can be asked, where standard input gives something else.
///
/// # Errors
/// The code to end with, always.
pub(super) fn nobody(world: &mut World<'_>) -> Result<(), Exit> {
    Err(world.fail("answers come from standard input, so nothing else can", "name files and folders, or leave `--interactive` out"))
}

/// Asks of all fixes that are offered; nothing is written before the last answer.
pub(super) fn chosen(offers: Vec<Offer>, world: &mut World<'_>) -> Chosen {
    let mut chosen = Chosen::default();
    let total = offers.len();
    let mut later: Option<(PathBuf, Later)> = None;
    for (number, offer) in offers.into_iter().enumerate() {
        let file = offer.file().cloned().unwrap_or_default();
        if let Some((_, said)) = later.as_ref().filter(|(of, _)| *of == file) {
            if *said == Later::Made {
                chosen.take(offer);
            }
            continue;
        }
        let _ = world.out(|out| out.write_all(&offer.patch));
        if let Some(caution) = &offer.caution {
            let _ = world.out(|out| writeln!(out, "caution: {}", harmless(caution)));
        }
        loop {
            let answer = world.ask(&format!("({}/{total}) Make this change [y,n,a,d,q,?]? ", number + 1));
            match answer.as_deref().map(str::trim) {
                Some("y") => chosen.take(offer),
                Some("n") => {}
                Some("a") => {
                    chosen.take(offer);
                    later = Some((file, Later::Made));
                }
                Some("d") => later = Some((file, Later::Left)),
                Some("q") => return chosen,
                None => {
                    // The next line is no part of the question.
                    let _ = world.out(|out| writeln!(out));
                    return chosen;
                }
                Some(_) => {
                    let _ = world.out(|out| out.write_all(ANSWERS.as_bytes()));
                    continue;
                }
            }
            break;
        }
    }
    chosen
}
