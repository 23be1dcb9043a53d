//! Page texts made short for the reader of the index: what stood in them before, or stands in a sample of the site's
//! pages, is named by its place instead of being written again.
//!
//! Pages of one site say much the same, so a text shrinks to a fifth. What comes out is text for a template literal of
//! JavaScript: no decoding but a loop of a few lines, which works on a disk as over HTTP, and the same bytes everywhere.

/// How much of the site's pages is written out once.
const SAMPLE: usize = 16_000;
/// How many pages it is taken from.
pub(super) const SAMPLED: usize = 8;
/// Fewer pages than this share too little to be worth a sample.
pub(super) const FEW: usize = 24;
/// Signs that digits are written with: all that need no escape.
const DIGITS: usize = 92;
/// Signs that mark a repetition: control characters that a script may hold as they are.
const MARKS: [u8; 28] = marks();
/// How many lengths a mark tells by itself.
const LENGTHS: usize = 13;
/// The shortest repetition.
const SHORTEST: usize = 4;
/// The longest.
const LONGEST: usize = SHORTEST + LENGTHS + DIGITS - 1;
/// A repetition that is nearer takes one digit less.
const NEAR: usize = DIGITS * DIGITS;
/// How many places are tried for a repetition.
const TRIES: usize = 12;
/// Longer texts are cut: what is behind is found all the same, but without its line.
const LONGEST_TEXT: usize = 60_000;
const BITS: u32 = 12;
const NOWHERE: u32 = u32::MAX;

const fn marks() -> [u8; 28] {
    let mut marks = [0; 28];
    let (mut at, mut code) = (0, 1);
    while at < marks.len() {
        // Tab and the two ends of lines mean themselves.
        if code != 9 && code != 10 && code != 13 {
            marks[at] = code;
            at += 1;
        }
        code += 1;
    }
    marks
}

/// What pages of a site have in common, and where in it what begins.
#[derive(Debug)]
pub(super) struct Sample {
    units: Vec<u16>,
    places: Places,
}

impl Sample {
    /// Joins the beginnings of some pages.
    pub(super) fn of(texts: &[String]) -> Self {
        let mut units = Vec::with_capacity(SAMPLE);
        for text in texts {
            units.extend(units_of(text).take(SAMPLE / SAMPLED));
            if units.last().is_some_and(|&unit| is_first_half(unit)) {
                units.pop();
            }
        }
        let mut places = Places::for_length(units.len());
        (0..units.len()).for_each(|at| places.add(&units, at));
        Self { units, places }
    }

    /// Returns the sample itself, for the reader.
    pub(super) fn packed(&self) -> String {
        let nothing = Self { units: Vec::new(), places: Places::for_length(0) };
        nothing.pack(&String::from_utf16_lossy(&self.units))
    }

    /// Returns a text made short, as the inside of a template literal.
    pub(super) fn pack(&self, text: &str) -> String {
        let before = self.units.len();
        let mut units = Vec::with_capacity(before + text.len());
        units.extend_from_slice(&self.units);
        units.extend(units_of(text).take(LONGEST_TEXT));
        let mut own = Places::for_length(units.len() - before);
        let mut out = String::with_capacity(text.len() / 3);
        let mut at = before;
        while at < units.len() {
            let found = own.longest(&units, at, before);
            let found = found.max(self.places.longest(&units, at, 0));
            let length = match found {
                Some(found) => {
                    repetition(&mut out, found.length, at - found.place);
                    found.length
                }
                None => literal(&mut out, &units[at..]),
            };
            (at..at + length).for_each(|at| own.add_at(&units, at, before));
            at += length;
        }
        out
    }
}

/// A repetition; of two, the longer is the greater, and of these the nearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    length: usize,
    place: usize,
}

/// Where which four units stand in a text.
#[derive(Debug)]
struct Places {
    /// The last place of each kind of four units.
    last: Vec<u32>,
    /// For each place, the one before it of the same kind.
    before: Vec<u32>,
}

impl Places {
    fn for_length(length: usize) -> Self {
        Self { last: vec![NOWHERE; 1 << BITS], before: Vec::with_capacity(length) }
    }

    fn add(&mut self, units: &[u16], at: usize) {
        self.add_at(units, at, 0);
    }

    /// Notes the place `at` of `units`; places are counted from `from` on.
    fn add_at(&mut self, units: &[u16], at: usize, from: usize) {
        let place = u32::try_from(at - from).unwrap_or(NOWHERE);
        let known = kind(units, at).map(|kind| std::mem::replace(&mut self.last[kind], place));
        self.before.push(known.unwrap_or(NOWHERE));
    }

    /// Returns the longest repetition that is worth writing as one; places are counted from `from` on.
    fn longest(&self, units: &[u16], at: usize, from: usize) -> Option<Found> {
        let mut place = self.last[kind(units, at)?];
        let mut best: Option<Found> = None;
        for _ in 0..TRIES {
            if place == NOWHERE {
                break;
            }
            let start = from + place as usize;
            // One that is longer than the best so far is like it up to where that ends, and there as well.
            let longer = best.is_none_or(|best| units.get(at + best.length) == Some(&units[start + best.length]));
            let length = if longer { common(units, start, at) } else { 0 };
            let worth = SHORTEST + usize::from(at - start >= NEAR);
            if length >= worth && best.is_none_or(|best| length > best.length) {
                best = Some(Found { length, place: start });
            }
            place = self.before[place as usize];
        }
        best
    }
}

fn kind(units: &[u16], at: usize) -> Option<usize> {
    let four = units.get(at..at + SHORTEST)?;
    let mixed = four.iter().fold(0_u32, |mixed, &unit| mixed.wrapping_mul(0x0101_0b35).wrapping_add(u32::from(unit)));
    Some((mixed.wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize)
}

/// Returns how many units are the same at two places; a character is never cut in halves.
fn common(units: &[u16], one: usize, other: usize) -> usize {
    let most = LONGEST.min(other - one).min(units.len() - other);
    let same = (0..most).take_while(|&at| units[one + at] == units[other + at]).count();
    let halved = same > 0 && is_first_half(units[other + same - 1]);
    same - usize::from(halved)
}

fn is_first_half(unit: u16) -> bool {
    (0xd800..0xdc00).contains(&unit)
}

/// Returns the units that JavaScript counts a text in; signs that mark repetitions become spaces.
fn units_of(text: &str) -> impl Iterator<Item = u16> + '_ {
    text.encode_utf16().map(|unit| if unit < 32 && unit != 10 { 32 } else { unit })
}

fn repetition(out: &mut String, length: usize, distance: usize) {
    let far = distance >= NEAR;
    let (told, rest) = match (length - SHORTEST).checked_sub(LENGTHS) {
        None => (length - SHORTEST, None),
        Some(rest) => (LENGTHS, Some(rest)),
    };
    out.push(char::from(MARKS[told + usize::from(far) * (LENGTHS + 1)]));
    out.extend(rest.map(digit));
    if far {
        out.push(digit(distance / NEAR));
    }
    out.push(digit(distance / DIGITS % DIGITS));
    out.push(digit(distance % DIGITS));
}

/// Returns one of the printable signs of ASCII without `$`, `\` and the backtick.
fn digit(number: usize) -> char {
    let code = b' ' + u8::try_from(number % DIGITS).unwrap_or(0);
    char::from(match code {
        ..b'$' => code,
        b'$'..=b'Z' => code + 1,
        b'['..=b']' => code + 2,
        _ => code + 3,
    })
}

/// Writes the character that `units` begins with; returns how many units it is.
fn literal(out: &mut String, units: &[u16]) -> usize {
    let letter = char::decode_utf16(units.iter().copied()).next().and_then(Result::ok).unwrap_or(' ');
    match letter {
        '`' => out.push_str("\\`"),
        '\\' => out.push_str("\\\\"),
        '{' if out.ends_with('$') => out.push_str("\\{"),
        letter => out.push(letter),
    }
    letter.len_utf16()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads what was packed, as `search.js` does.
    fn unpacked(sample: &Sample, packed: &str) -> String {
        let number = |sign: u16| (0..DIGITS).find(|&number| digit(number) as u16 == sign).unwrap();
        let mut units = sample.units.clone();
        let text = packed.replace("\\{", "{").replace("\\`", "`").replace("\\\\", "\\");
        let mut signs = text.encode_utf16();
        while let Some(sign) = signs.next() {
            let Some(mark) = MARKS.iter().position(|&mark| u16::from(mark) == sign) else {
                units.push(sign);
                continue;
            };
            let mut next = || number(signs.next().unwrap());
            let told = mark % (LENGTHS + 1);
            let length = if told < LENGTHS { told } else { LENGTHS + next() } + SHORTEST;
            let far = if mark > LENGTHS { next() * NEAR } else { 0 };
            let from = units.len() - (far + next() * DIGITS + next());
            (from..from + length).for_each(|at| units.push(units[at]));
        }
        String::from_utf16(&units[sample.units.len()..]).unwrap()
    }

    #[test]
    fn all_digits_differ_and_none_needs_an_escape() {
        let digits: std::collections::BTreeSet<char> = (0..DIGITS).map(digit).collect();
        assert_eq!(digits.len(), DIGITS);
        assert!(digits.iter().all(|digit| (' '..='~').contains(digit) && !"$\\`".contains(*digit)));
    }

    #[test]
    fn what_is_packed_is_read_again_as_it_was() {
        let line = "kubectl -n ${NS} get pods `x` C:\\a \\{ 🙂 한글 rollout undo --to-revision\n";
        let texts: Vec<String> = (0..40).map(|number| format!("{number} {line}{line}{number} 🙂🙃")).collect();
        for sample in [Sample::of(&texts[..8]), Sample::of(&[])] {
            for text in [&texts[3], &texts[39], &String::new(), &"🙂".repeat(70), &line.repeat(300)] {
                let expected: String = text.clone();
                assert_eq!(unpacked(&sample, &sample.pack(text)), expected);
            }
        }
    }

    #[test]
    fn pages_that_say_the_same_become_short() {
        let texts: Vec<String> =
            (0..40).map(|at| format!("{at} the queue is not drained within ten minutes")).collect();
        assert!(Sample::of(&texts[..8]).pack(&texts[7]).len() < 12);
    }
}
