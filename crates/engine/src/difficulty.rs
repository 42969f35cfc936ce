//! The difficulty of the node's zone over the last days, in memory: it can be
//! had from the chain again, and a trend over a pause would be none.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use quaiminer_domain::snapshot::Snapshot;

/// As the Node server keeps it: a value every five minutes, about three and a
/// half days of them.
const EVERY_MS: i64 = 300_000;
const MAX_POINTS: usize = 1000;

/// The difficulty at one time; a gap while the node does not tell it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DifficultyPoint {
    pub at_ms: i64,
    pub difficulty: Option<f64>,
}

#[derive(Clone, Default)]
pub struct DifficultyHistory {
    // Never held across an await; each use leaves it valid.
    points: Arc<Mutex<VecDeque<DifficultyPoint>>>,
}

impl DifficultyHistory {
    /// Oldest first.
    pub fn since(&self, from_ms: i64) -> Vec<DifficultyPoint> {
        let points = self.points.lock().unwrap_or_else(PoisonError::into_inner);
        points.iter().filter(|point| point.at_ms >= from_ms).copied().collect()
    }

    /// Takes a point from a snapshot if one is due.
    pub(crate) fn note(&self, snapshot: &Snapshot) {
        let node = snapshot.node.reading.value();
        let difficulty = node.and_then(|node| node.difficulty.get());
        self.push(DifficultyPoint { at_ms: snapshot.at_ms, difficulty });
    }

    fn push(&self, point: DifficultyPoint) {
        let mut points = self.points.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = points.back() {
            // Counted in both directions, as clocks are set back too.
            let fresh = (point.at_ms - last.at_ms).abs() < EVERY_MS;
            match (last.difficulty, point.difficulty) {
                // The first that is told fills the gap of its five minutes.
                (None, Some(_)) if fresh => drop(points.pop_back()),
                _ if fresh => return,
                _ => {}
            }
        }
        points.push_back(point);
        if points.len() > MAX_POINTS {
            points.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_point_in_five_minutes_and_a_gap_only_if_nothing_came() {
        let history = DifficultyHistory::default();
        let minute = 60_000;
        for (at_min, difficulty) in [
            (0, None),
            (1, Some(1.0)),
            (2, None),
            (3, Some(3.0)),
            (6, None),
            (7, None),
            (11, None),
            (12, Some(12.0)),
            // The clock is set back by an hour.
            (-48, Some(-48.0)),
        ] {
            history.push(DifficultyPoint { at_ms: at_min * minute, difficulty });
        }
        let kept: Vec<_> = history
            .since(i64::MIN)
            .iter()
            .map(|point| (point.at_ms / minute, point.difficulty))
            .collect();
        assert_eq!(kept, [(1, Some(1.0)), (6, None), (12, Some(12.0)), (-48, Some(-48.0))]);
        assert_eq!(history.since(7 * minute).len(), 1);
    }

    #[test]
    fn it_does_not_grow_for_ever() {
        let history = DifficultyHistory::default();
        for index in 0..3 * MAX_POINTS as i64 {
            history.push(DifficultyPoint { at_ms: index * EVERY_MS, difficulty: Some(1.0) });
        }
        assert_eq!(history.since(0).len(), MAX_POINTS);
    }
}
