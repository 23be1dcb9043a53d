//! Who goes with whom: as many pairs as there can be, whatever the order.

/// Returns for each of `wanted` the one of `found` it goes with. Nobody is left alone who could have a partner without
/// taking one away from another for good.
pub(super) fn match_up(wanted: usize, found: usize, fit: impl Fn(usize, usize) -> bool) -> Vec<Option<usize>> {
    let fitting: Vec<Vec<usize>> =
        (0..wanted).map(|want| (0..found).filter(|&find| fit(want, find)).collect()).collect();
    let mut owner: Vec<Option<usize>> = vec![None; found];
    for want in 0..wanted {
        place(want, &fitting, &mut owner);
    }
    let mut pairs = vec![None; wanted];
    for (find, want) in owner.iter().enumerate().filter_map(|(find, owner)| owner.map(|want| (find, want))) {
        pairs[want] = Some(find);
    }
    pairs
}

/// Finds a partner for one, moving others to other partners where that is needed.
fn place(want: usize, fitting: &[Vec<usize>], owner: &mut [Option<usize>]) {
    // Breadth first, so that a long chain of moves costs no stack.
    let mut from: Vec<Option<usize>> = vec![None; owner.len()];
    let mut seen = vec![false; owner.len()];
    let mut queue = std::collections::VecDeque::from([want]);
    while let Some(seeker) = queue.pop_front() {
        for &find in &fitting[seeker] {
            if std::mem::replace(&mut seen[find], true) {
                continue;
            }
            from[find] = Some(seeker);
            match owner[find] {
                Some(other) => queue.push_back(other),
                None => return move_along(find, &from, owner),
            }
        }
    }
}

/// Gives the free one to its seeker, whose former partner goes to the seeker before, and so on.
fn move_along(free: usize, from: &[Option<usize>], owner: &mut [Option<usize>]) {
    let mut next = Some(free);
    while let Some(find) = next {
        let Some(seeker) = from[find] else { return };
        let before = owner.iter().position(|owner| *owner == Some(seeker));
        owner[find] = Some(seeker);
        if let Some(before) = before {
            owner[before] = None;
        }
        next = before;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_fits_many_makes_room_for_one_who_fits_few() {
        let fit = |want: usize, find: usize| want == 0 || find == 0;
        assert_eq!(match_up(2, 2, fit), [Some(1), Some(0)]);
        let chain = |want: usize, find: usize| find == want || find == want + 1 && want < 3;
        let reversed = |want: usize, find: usize| chain(3 - want, find);
        assert_eq!(match_up(4, 4, reversed).iter().flatten().count(), 4);
    }

    #[test]
    fn who_fits_nobody_stays_alone() {
        assert_eq!(match_up(2, 1, |want, _| want == 1), [None, Some(0)]);
        assert_eq!(match_up(2, 1, |_, _| true).iter().flatten().count(), 1);
    }
}
