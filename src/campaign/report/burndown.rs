//! Owns the line of what was still to do at each time.

use super::Account;
use crate::campaign::status::Status;

/// References that were still to move from a time on, in seconds since 1970; in the order of time.
pub(super) fn burndown(account: &Account<'_>) -> Vec<(u64, usize)> {
    let (_, all) = account.references();
    let merged = account.repositories.iter().filter(|row| row.status == Status::Merged);
    let mut ends: Vec<(u64, usize)> = merged.filter_map(|row| Some((row.ended?, row.references))).collect();
    ends.sort_unstable();
    let begin = account.repositories.iter().filter_map(|row| row.opened).min().unwrap_or(account.at);
    let mut line = vec![(begin.min(ends.first().map_or(begin, |(time, _)| *time)), all)];
    let mut left = all;
    for (time, references) in ends {
        left -= references.min(left);
        // Merges of one moment are one step; the beginning stays.
        match line.get_mut(1..).and_then(<[_]>::last_mut) {
            Some(last) if last.0 == time => last.1 = left,
            _ => line.push((time, left)),
        }
    }
    line.push((account.at, left));
    line
}

/// The same as points of a drawing that is so wide and so high, with steps: what is left falls at the moment of a merge.
pub(super) fn points(line: &[(u64, usize)], width: f64, height: f64) -> String {
    let (Some(first), Some(last)) = (line.first(), line.last()) else { return String::new() };
    #[expect(clippy::cast_precision_loss, reason = "a drawing has fewer points than a float has numbers")]
    let (span, most) =
        ((last.0.saturating_sub(first.0)).max(1) as f64, line.iter().map(|(_, left)| *left).max().unwrap_or(1).max(1) as f64);
    #[expect(clippy::cast_precision_loss, reason = "as above")]
    let at = |time: u64, left: usize| {
        let x = (time - first.0) as f64 / span * width;
        let y = height - left as f64 / most * height;
        format!("{x:.1},{y:.1}")
    };
    let mut points = Vec::new();
    let mut before = first.1;
    for (time, left) in line {
        points.push(at(*time, before));
        points.push(at(*time, *left));
        before = *left;
    }
    points.dedup();
    points.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaign::name::Name;
    use crate::campaign::status::Row;

    fn row(name: &str, status: Status, references: usize, times: (u64, Option<u64>)) -> Row {
        Row {
            repository: Name::new(name).unwrap(),
            status,
            references,
            refused: 0,
            left: 0,
            retired: 0,
            unread: 0,
            mappings: Vec::new(),
            url: None,
            trouble: None,
            opened: Some(times.0),
            ended: times.1,
        }
    }

    #[test]
    fn what_is_left_falls_with_each_merge() {
        let rows = [
            row("a/a", Status::Merged, 5, (10, Some(30))),
            row("a/b", Status::Merged, 3, (10, Some(20))),
            row("a/c", Status::Open, 2, (15, None)),
        ];
        let account = Account { campaign: "c", at: 50, repositories: &rows };
        let line = burndown(&account);
        assert_eq!(line, [(10, 10), (20, 7), (30, 2), (50, 2)]);
        assert_eq!(points(&line, 40.0, 10.0), "0.0,0.0 10.0,0.0 10.0,3.0 20.0,3.0 20.0,8.0 40.0,8.0");
        let empty = Account { campaign: "c", at: 50, repositories: &[] };
        assert_eq!(burndown(&empty), [(50, 0), (50, 0)]);
        assert!(!points(&burndown(&empty), 1.0, 1.0).contains("NaN"));
    }
}
