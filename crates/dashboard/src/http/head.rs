//! The fields of a request that are looked at each time: most requests have
//! few of them, so one pass over what there is costs less than a search for
//! each.

use hyper::header::{HeaderMap, HeaderValue};

/// Of a field that is there several times, the first.
pub struct Head<'a> {
    pub all: &'a HeaderMap,
    pub accept_encoding: Option<&'a HeaderValue>,
    pub api_key: Option<&'a HeaderValue>,
    pub authorization: Option<&'a HeaderValue>,
    pub content_length: Option<&'a HeaderValue>,
    pub content_type: Option<&'a HeaderValue>,
    pub cookie: Option<&'a HeaderValue>,
    pub origin: Option<&'a HeaderValue>,
    pub request_id: Option<&'a HeaderValue>,
    pub sec_fetch_site: Option<&'a HeaderValue>,
    pub transfer_encoding: Option<&'a HeaderValue>,
    pub upgrade: Option<&'a HeaderValue>,
}

impl<'a> Head<'a> {
    pub fn of(all: &'a HeaderMap) -> Self {
        let mut head = Head {
            all,
            accept_encoding: None,
            api_key: None,
            authorization: None,
            content_length: None,
            content_type: None,
            cookie: None,
            origin: None,
            request_id: None,
            sec_fetch_site: None,
            transfer_encoding: None,
            upgrade: None,
        };
        for (name, value) in all {
            let place = match name.as_str() {
                "accept-encoding" => &mut head.accept_encoding,
                "x-api-key" => &mut head.api_key,
                "authorization" => &mut head.authorization,
                "content-length" => &mut head.content_length,
                "content-type" => &mut head.content_type,
                "cookie" => &mut head.cookie,
                "origin" => &mut head.origin,
                "x-request-id" => &mut head.request_id,
                "sec-fetch-site" => &mut head.sec_fetch_site,
                "transfer-encoding" => &mut head.transfer_encoding,
                "upgrade" => &mut head.upgrade,
                _ => continue,
            };
            place.get_or_insert(value);
        }
        head
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_each_name() {
        let mut all = HeaderMap::new();
        for (name, value) in [("Cookie", "a"), ("x-api-key", "k"), ("Host", "h"), ("Cookie", "b")] {
            let name: hyper::header::HeaderName = name.parse().unwrap();
            all.append(name, HeaderValue::from_static(value));
        }
        let head = Head::of(&all);
        assert_eq!(head.cookie, all.get("cookie"));
        assert_eq!(head.cookie.unwrap(), "a");
        assert_eq!(head.api_key.unwrap(), "k");
        assert_eq!(head.origin, None);
    }
}
