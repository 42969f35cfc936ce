//! What the samples of a stretch of time come to. Stretches add up, so that a
//! month need not be made from its samples each time it is looked at.

/// Of the rig: all miners of a moment together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bucket {
    /// Points in time at which there was a sample.
    pub moments: u32,
    pub hashrate_hs: Numbers,
    pub power_w: Mean,
    /// The highest.
    pub temp_c: Option<f64>,
    /// Shares found, not counters.
    pub accepted: Option<u64>,
    pub rejected: Option<u64>,
}

impl Bucket {
    pub fn merge(&mut self, other: &Bucket) {
        self.moments = self.moments.saturating_add(other.moments);
        self.hashrate_hs.merge(&other.hashrate_hs);
        self.power_w.merge(&other.power_w);
        self.temp_c = higher(self.temp_c, other.temp_c);
        self.accepted = sum(self.accepted, other.accepted);
        self.rejected = sum(self.rejected, other.rejected);
    }
}

/// Of the moments at which a number was known.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Mean {
    pub count: u32,
    pub sum: f64,
}

impl Mean {
    pub(super) fn add(&mut self, number: Option<f64>) {
        if let Some(number) = number {
            self.merge(&Mean { count: 1, sum: number });
        }
    }

    fn merge(&mut self, other: &Mean) {
        self.count = self.count.saturating_add(other.count);
        self.sum += other.sum;
    }

    pub(super) fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / f64::from(self.count))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Numbers {
    pub all: Mean,
    /// Mean nothing where there is no number.
    pub min: f64,
    pub max: f64,
}

impl Numbers {
    pub(super) fn add(&mut self, number: Option<f64>) {
        if let Some(number) = number {
            self.merge(&Numbers { all: Mean { count: 1, sum: number }, min: number, max: number });
        }
    }

    fn merge(&mut self, other: &Numbers) {
        if other.all.count == 0 {
            return;
        }
        let first = self.all.count == 0;
        self.min = if first { other.min } else { self.min.min(other.min) };
        self.max = if first { other.max } else { self.max.max(other.max) };
        self.all.merge(&other.all);
    }

    pub(super) fn min(&self) -> Option<f64> {
        (self.all.count > 0).then_some(self.min)
    }

    pub(super) fn max(&self) -> Option<f64> {
        (self.all.count > 0).then_some(self.max)
    }

    /// Kept between the smallest and the largest, which rounding can leave.
    pub(super) fn mean(&self) -> Option<f64> {
        self.all.mean().map(|mean| mean.max(self.min).min(self.max))
    }
}

pub(super) fn higher(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    one.into_iter().chain(other).reduce(f64::max)
}

pub(super) fn sum(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.into_iter().chain(other).reduce(u64::saturating_add)
}
