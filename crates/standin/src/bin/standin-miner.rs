//! A stand-in miner to try the dashboard with; see `quaiminer_standin::program`.

fn main() {
    quaiminer_standin::miner_main()
}
