//! Real files and real processes.
//!
//! `cfg(test)` tells clippy that all of it is test code, helpers included.

#[cfg(test)]
mod chores;
#[cfg(test)]
mod copies;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod full_disk;
#[cfg(test)]
mod help;
#[cfg(test)]
mod history;
#[cfg(test)]
mod node_compat;
#[cfg(test)]
mod oddities;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod resources;
#[cfg(test)]
mod stat_hours;
#[cfg(test)]
mod users;
