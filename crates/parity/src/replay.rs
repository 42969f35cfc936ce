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
    /// The Node server that is asked the same, and what it gave.
    node: Option<(Server, Captures)>,
}

impl Replay {
    /// `captures` are the credentials that cannot be had from an answer.
    pub fn new(server: Server, setting: Setting, captures: Captures) -> Self {
        Replay { server, story: Story::new(captures), setting, node: None }
    }

    /// Against a Node server that runs, instead of what was recorded of one.
    pub fn beside(node: Server, server: Server, captures: Captures) -> Self {
        let node = Some((node, captures.clone()));
        Replay { node, ..Replay::new(server, Setting::Beside, captures) }
    }

    /// Goes on with a new server, of which nothing is known.
    pub fn restart(&mut self, server: Server, captures: Captures) {
        self.server = server;
        self.story = Story::new(captures);
    }

    /// Sends the row and judges the answer.
    pub fn run(&mut self, row: &Row) -> Result<Outcome, String> {
        let expected = match &mut self.node {
            None => row.expected(&self.story.captures),
            Some((node, captures)) => {
                let answer = Answer::of(&node.send(&row.request(captures))?);
                if answer.status == 429 {
                    let refusal = "answers no more for now: its limit of requests is used up";
                    return Err(format!("{} {refusal}", node.authority));
                }
                row.learn(&answer, captures);
                row.answered(answer)
            }
        };
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
