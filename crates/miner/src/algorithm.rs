//! Which algorithm a reading is about. A program may mine several at once; their
//! hashrates and shares are different things and are never added up.

use quaiminer_domain::Fact;

use crate::lenient::{NOT_REPORTED, words};

/// The one that is read, of those that the program lists.
pub(crate) struct Chosen {
    /// Its place in the list; 0 in an empty one.
    pub(crate) at: usize,
    /// Its name and, after a `+` each, those of the others.
    pub(crate) shown: Fact<String>,
}

/// KawPoW, which a Quai rig is there for, or else the first.
pub(crate) fn choose<'a>(names: impl IntoIterator<Item = &'a str>) -> Chosen {
    let mut names: Vec<&str> = names.into_iter().map(|name| plain(name.trim())).collect();
    let at = names.iter().position(|name| *name == KAWPOW).unwrap_or(0);
    if let Some(first) = names.get_mut(..=at) {
        first.rotate_right(1);
    }
    names.retain(|name| !name.is_empty());
    let shown = names.join("+");
    let shown = if shown.is_empty() { Fact::unknown(NOT_REPORTED) } else { words(Some(&shown)) };
    Chosen { at, shown }
}

const KAWPOW: &str = "kawpow";

/// BzMiner calls it after a coin, others write it in capitals.
fn plain(name: &str) -> &str {
    let is_kawpow = ["kawpow", "rvn"].iter().any(|known| known.eq_ignore_ascii_case(name));
    if is_kawpow { KAWPOW } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_the_one_that_is_read() {
        let check = |names: &[&str], at: usize, shown: Option<&str>| {
            let chosen = choose(names.iter().copied());
            assert_eq!(chosen.at, at, "{names:?}");
            assert_eq!(chosen.shown.known().map(String::as_str), shown, "{names:?}");
        };
        check(&["KAWPOW"], 0, Some("kawpow"));
        check(&["rvn"], 0, Some("kawpow"));
        check(&["Etchash"], 0, Some("Etchash"));
        check(&["abel", "kawpow", "zil"], 1, Some("kawpow+abel+zil"));
        check(&["autolykos2 ", " kheavyhash"], 0, Some("autolykos2+kheavyhash"));
        check(&["", "kawpow"], 1, Some("kawpow"));
        check(&[""], 0, None);
        check(&[], 0, None);
    }
}
