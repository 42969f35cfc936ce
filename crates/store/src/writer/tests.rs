use quaiminer_domain::history::MinerSample;

use super::*;
use crate::open::{self, Location};

struct Bench {
    writer: Writer,
    inbox: Arc<Inbox>,
    health: watch::Receiver<StoreHealth>,
    _directory: tempfile::TempDir,
}

fn bench() -> Bench {
    let directory = tempfile::tempdir().unwrap();
    let location = Location::File(directory.path().join("quaiminer.db"));
    let opened = open::open(&location).unwrap();
    let inbox = Arc::new(Inbox::default());
    let (sender, health) = watch::channel(StoreHealth::Ok);
    let (tail, _) = Tail::load(opened.source.path().unwrap()).unwrap();
    let writer = Writer::new(
        opened.writer,
        inbox.clone(),
        sender,
        Options::default(),
        Some(tail),
        opened.lock,
    );
    Bench { writer, inbox, health, _directory: directory }
}

fn samples(count: i64) -> impl Iterator<Item = MinerSample> {
    let start_ms = now_ms() - 100_000_000;
    (0..count).map(move |n| MinerSample {
        at_ms: start_ms + n * 5_000,
        miner: "a".into(),
        hashrate_hs: Some(n as f64 + 0.5),
        ..MinerSample::default()
    })
}

fn is_failing(bench: &Bench, with: &StoreError) -> bool {
    let health = bench.health.borrow();
    matches!(&*health, StoreHealth::Failing { reason, .. } if **reason == with.to_string())
}

fn stored(bench: &Bench) -> i64 {
    let connection = &bench.writer.connection;
    connection.query_row("SELECT count(*) FROM qm_samples", [], |row| row.get(0)).unwrap()
}

#[test]
fn nothing_is_lost_while_there_is_no_room() {
    let mut bench = bench();
    let pragma = |bench: &Bench, value: i64| {
        let connection = &bench.writer.connection;
        connection.pragma_update_and_check(None, "max_page_count", value, |_| Ok(())).unwrap();
    };
    pragma(&bench, 1);
    bench.inbox.add_samples(samples(5_000));
    assert_eq!(bench.writer.commit(), Err(StoreError::Full));
    assert!(is_failing(&bench, &StoreError::Full));
    let since = bench.health.borrow().clone();
    bench.writer.tick();
    assert_eq!(*bench.health.borrow(), since, "it is the same failure");
    assert_eq!((bench.inbox.batch().samples.len(), stored(&bench)), (5_000, 0));

    pragma(&bench, 1_000_000);
    bench.writer.tick();
    assert_eq!(*bench.health.borrow(), StoreHealth::Ok);
    assert_eq!((bench.inbox.batch().samples.len(), stored(&bench)), (0, 5_000));
    assert_eq!(bench.inbox.dropped_samples(), 0);
}

#[test]
fn a_database_that_is_read_only_is_tried_until_it_is_not() {
    let mut bench = bench();
    bench.writer.connection.pragma_update(None, "query_only", true).unwrap();
    let refused =
        bench.writer.transact(Durability::Power, |connection| state::set(connection, "a", "b"));
    assert_eq!(refused, Err(StoreError::ReadOnly));
    // There is nothing to write, and yet it is not taken for well.
    bench.writer.tick();
    assert!(is_failing(&bench, &StoreError::ReadOnly));
    bench.writer.connection.pragma_update(None, "query_only", false).unwrap();
    bench.writer.tick();
    assert_eq!(*bench.health.borrow(), StoreHealth::Ok);
}

#[test]
fn a_refused_row_is_not_the_disks_fault() {
    let mut bench = bench();
    bench.inbox.add_samples(samples(3));
    let refused = bench
        .writer
        .transact(Durability::Power, |_| -> Result<(), _> { Err(StoreError::Duplicate) });
    assert_eq!(refused, Err(StoreError::Duplicate));
    assert_eq!(*bench.health.borrow(), StoreHealth::Ok);
    assert_eq!((bench.inbox.batch().samples.len(), stored(&bench)), (3, 0));
    bench.writer.commit().unwrap();
    assert_eq!(stored(&bench), 3);
}

#[test]
fn a_chore_that_fails_does_not_keep_samples_from_the_disk() {
    let mut bench = bench();
    bench.writer.connection.execute_batch("DROP TABLE qm_events").unwrap();
    bench.inbox.add_samples(samples(3));
    assert!(bench.writer.commit().is_err());
    assert_eq!(stored(&bench), 3);
}

#[test]
fn whoever_waits_for_a_writer_that_panics_is_told() {
    let Bench { mut writer, inbox, health, _directory } = bench();
    writer.options.keep_every = Duration::from_secs(3600);
    let (answer, answered) = std::sync::mpsc::channel::<()>();
    inbox.add_job(Box::new(|_| panic!("as a test"))).unwrap();
    inbox.add_job(Box::new(move |_| answer.send(()).unwrap())).unwrap();
    let (closed, _) = watch::channel(None);
    assert!(std::thread::spawn(move || writer.run(closed)).join().is_err());
    assert!(answered.recv().is_err(), "the job was dropped, not done");
    assert!(matches!(*health.borrow(), StoreHealth::Failing { .. }));
    assert_eq!(inbox.add_job(Box::new(|_| ())), Err(StoreError::Closed));
}
