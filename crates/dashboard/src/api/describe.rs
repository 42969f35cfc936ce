//! What a route says of itself. Written beside the route, read only when
//! somebody asks for `/api/openapi.json`.

use super::schema::Schema;

/// The description of a route.
pub struct Doc {
    pub summary: &'static str,
    pub parameters: Vec<Parameter>,
    /// What it takes as JSON; nothing when `None`.
    pub body: Option<Schema>,
    /// A request without a body is an empty object, or a mistake.
    pub body_required: bool,
    pub answers: Vec<Answer>,
}

pub struct Parameter {
    pub name: &'static str,
    pub place: Place,
    pub schema: Schema,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Path,
    Query,
    /// In the query, as JSON.
    JsonQuery,
    Header,
}

pub struct Answer {
    pub status: u16,
    pub about: &'static str,
    pub content: Content,
}

pub enum Content {
    Json(Schema),
    /// Of this media type.
    Other(&'static str),
    Nothing,
}

impl Doc {
    pub fn new(summary: &'static str) -> Self {
        Doc {
            summary,
            parameters: Vec::new(),
            body: None,
            body_required: false,
            answers: Vec::new(),
        }
    }

    /// A part of the path, such as `id` in `/api/rigs/{id}`.
    #[must_use]
    pub fn path(self, name: &'static str, schema: Schema) -> Self {
        self.parameter(name, Place::Path, schema)
    }

    #[must_use]
    pub fn query(self, name: &'static str, schema: Schema) -> Self {
        self.parameter(name, Place::Query, schema)
    }

    /// A parameter that is JSON itself.
    #[must_use]
    pub fn query_json(self, name: &'static str, schema: Schema) -> Self {
        self.parameter(name, Place::JsonQuery, schema)
    }

    #[must_use]
    pub fn header(self, name: &'static str, schema: Schema) -> Self {
        self.parameter(name, Place::Header, schema)
    }

    fn parameter(mut self, name: &'static str, place: Place, schema: Schema) -> Self {
        self.parameters.push(Parameter { name, place, schema });
        self
    }

    /// The JSON object that it takes; a request without a body is refused.
    #[must_use]
    pub fn takes(self, body: Schema) -> Self {
        Doc { body: Some(body), body_required: true, ..self }
    }

    /// The JSON object that it takes; a request without a body is as one with
    /// `{}`.
    #[must_use]
    pub fn may_take(self, body: Schema) -> Self {
        Doc { body: Some(body), ..self }
    }

    /// The JSON of a 200.
    #[must_use]
    pub fn gives(self, schema: Schema) -> Self {
        self.answer(200, "Done", Content::Json(schema))
    }

    /// Another answer. The refusals that any route may give (400, 401, 403,
    /// 413 …) need not be named.
    #[must_use]
    pub fn answer(mut self, status: u16, about: &'static str, content: Content) -> Self {
        self.answers.push(Answer { status, about, content });
        self
    }

    /// A refusal in the usual form.
    #[must_use]
    pub fn refuses(self, status: u16, about: &'static str) -> Self {
        self.answer(status, about, Content::Json(super::openapi::refusal()))
    }
}
