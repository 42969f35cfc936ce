//! Sends rows one after the other and judges the answers.

use crate::answer::Answer;
use crate::http::Server;
use crate::judge::{Case, Setting, Verdict, judge};
use crate::recording::{Captures, Row};
use crate::story::Story;

pub struct Outcome {
    pub name: String,
    /// As in `GET /api/stats`.
    pub request: String,
    pub verdict: Verdict,
}

/// A replay against one server after the other.
pub struct Replay {
    server: Server,
    story: Story,
    setting: Setting,
}

impl Replay {
    /// `captures` are the credentials that cannot be had from an answer.
    pub fn new(server: Server, setting: Setting, captures: Captures) -> Self {
        Replay { server, story: Story::new(captures), setting }
    }

    /// Goes on with a new server, of which nothing is known.
    pub fn restart(&mut self, server: Server, captures: Captures) {
        self.server = server;
        self.story = Story::new(captures);
    }

    /// The row's answer against the recorded one.
    pub fn run(&mut self, row: &Row) -> Result<Outcome, String> {
        let expected = row.expected(&self.story.captures);
        self.compare(row, &expected)
    }

    /// The row's answer against that of another server.
    pub fn run_against(&mut self, row: &Row, other: &Server) -> Result<Outcome, String> {
        let mut expected = Answer::of(&other.send(&row.request(&self.story.captures))?);
        row.loosen(&mut expected);
        self.compare(row, &expected)
    }

    fn compare(&mut self, row: &Row, expected: &Answer) -> Result<Outcome, String> {
        let sent = row.request(&self.story.captures);
        let raw = self.server.send(&sent).map_err(|error| format!("{}: {error}", row.name))?;
        if let Some(tag) = raw.header("etag") {
            self.story.captures.insert("ETAG".to_owned(), tag.to_owned());
        }
        let got = Answer::of(&raw);
        let case = Case {
            row,
            sent: &sent,
            expected,
            got: &got,
            story: &self.story,
            setting: self.setting,
        };
        let verdict = judge(&case);
        self.story.note(row, &got, &verdict);
        Ok(Outcome {
            name: row.name.clone(),
            request: format!("{} {}", row.method, row.path),
            verdict,
        })
    }
}
