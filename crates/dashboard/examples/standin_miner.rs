//! A miner for tests and for a first look: it mines nothing, but answers and
//! writes a log like one. See `quaiminer_standin` for what it can be told.

fn main() {
    quaiminer_standin::miner_main();
}
