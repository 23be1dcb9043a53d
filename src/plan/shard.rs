//! A part of the runbooks, so that several machines can share the work.

use std::str::FromStr;

use crate::model::RunbookId;

/// One of several shards. Which one a runbook is in depends on its id and on nothing else: all shards together are all
/// runbooks, and a new runbook moves no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    number: u64,
    count: u64,
}

impl Shard {
    /// Returns whether a runbook is in this shard.
    pub fn holds(self, id: &RunbookId) -> bool {
        // FNV-1a, which is the same on every machine and in every version.
        let hash = id
            .as_str()
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        // The low bits of such a hash are the weak ones.
        (hash ^ (hash >> 32)) % self.count == self.number - 1
    }
}

impl FromStr for Shard {
    type Err = String;

    /// Reads `K/N`, the first being `1/N`.
    fn from_str(written: &str) -> Result<Self, String> {
        let parsed = written.split_once('/').and_then(|(number, count)| {
            Some(Self { number: number.trim().parse().ok()?, count: count.trim().parse().ok()? })
        });
        let shard = parsed.ok_or_else(|| "expected K/N, such as 1/4".to_owned())?;
        if shard.number == 0 || shard.number > shard.count {
            return Err(format!("the shards of {} are 1/{0} to {0}/{0}", shard.count.max(1)));
        }
        Ok(shard)
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.number, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_runbook_is_in_one_shard_and_no_shard_is_left_out() {
        let shards: Vec<Shard> = (1..=4).map(|number| Shard { number, count: 4 }).collect();
        let mut sizes = [0; 4];
        for number in 0..400 {
            let id = RunbookId(format!("incident/runbook-{number}"));
            let holding: Vec<usize> = (0..4).filter(|&at| shards[at].holds(&id)).collect();
            assert_eq!(holding.len(), 1, "{id:?}");
            sizes[holding[0]] += 1;
        }
        assert!(sizes.iter().all(|&size| size > 60), "{sizes:?}");
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        assert_eq!("2/4".parse(), Ok(Shard { number: 2, count: 4 }));
        for written in ["0/4", "5/4", "1", "a/b", "1/0", "", "-1/4"] {
            assert!(written.parse::<Shard>().is_err(), "{written}");
        }
    }
}
