//! Pages with text and lines: as much of PDF as a report needs. The fonts are
//! those that every reader has, so none is in the file.

use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

/// A4, in points.
pub const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
pub const MARGIN: f32 = 48.0;
pub const RIGHT: f32 = WIDTH - MARGIN;
/// What is below belongs to the page number.
const BOTTOM: f32 = 64.0;

const REGULAR: Name<'static> = Name(b"F1");
const BOLD: Name<'static> = Name(b"F2");

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    pub size: f32,
    pub bold: bool,
    pub gray: f32,
}

pub const TITLE: Style = Style { size: 20.0, bold: true, gray: 0.0 };
pub const HEADING: Style = Style { size: 13.0, bold: true, gray: 0.0 };
pub const BODY: Style = Style { size: 9.5, bold: false, gray: 0.0 };
pub const STRONG: Style = Style { bold: true, ..BODY };
pub const NOTE: Style = Style { size: 8.0, bold: false, gray: 0.4 };

pub struct Document {
    pages: Vec<Content>,
    page: Content,
    /// Where the next thing begins, from below.
    y: f32,
}

impl Document {
    pub fn new() -> Document {
        Document { pages: Vec::new(), page: Content::new(), y: HEIGHT - MARGIN }
    }

    /// Takes room from above, on a new page where it is needed, and gives the
    /// lower end of it. Whether the page is new is told, too.
    pub fn take(&mut self, height: f32) -> (f32, bool) {
        let new = self.y - height < BOTTOM;
        if new {
            self.pages.push(std::mem::replace(&mut self.page, Content::new()));
            self.y = HEIGHT - MARGIN;
        }
        self.y -= height;
        (self.y, new)
    }

    /// A line of text.
    pub fn line(&mut self, style: Style, text: &str) {
        let (y, _) = self.take(style.size * 1.5);
        self.text(MARGIN, y, style, text);
    }

    pub fn heading(&mut self, text: &str) {
        let (y, _) = self.take(HEADING.size * 2.4);
        self.text(MARGIN, y, HEADING, text);
        self.take(4.0);
    }

    pub fn text(&mut self, x: f32, y: f32, style: Style, text: &str) {
        let font = if style.bold { BOLD } else { REGULAR };
        self.page.set_fill_gray(style.gray).begin_text().set_font(font, style.size);
        self.page.next_line(x, y).show(Str(&encode(text))).end_text();
    }

    /// Text that ends at `x`; of numbers, whose widths are known.
    pub fn number(&mut self, x: f32, y: f32, style: Style, text: &str) {
        let width: f32 = text.chars().map(width).sum();
        self.text(x - width * style.size, y, style, text);
    }

    pub fn rule(&mut self, y: f32, gray: f32) {
        self.polyline(&[(MARGIN, y), (RIGHT, y)], [gray; 3], 0.5);
    }

    pub fn polyline(&mut self, points: &[(f32, f32)], [r, g, b]: [f32; 3], width: f32) {
        let Some(((x, y), rest)) = points.split_first() else { return };
        self.page.set_stroke_rgb(r, g, b).set_line_width(width).move_to(*x, *y);
        if rest.is_empty() {
            // A single value is a dot.
            self.page.line_to(x + width, *y);
        }
        for (x, y) in rest {
            self.page.line_to(*x, *y);
        }
        self.page.stroke();
    }

    pub fn finish(mut self, title: &str) -> Vec<u8> {
        let last = std::mem::replace(&mut self.page, Content::new());
        let mut contents = std::mem::take(&mut self.pages);
        contents.push(last);
        let total = contents.len();

        let mut pdf = Pdf::new();
        // NODE-COMPAT: the version of Node's reports; nothing here needs a
        // later one.
        pdf.set_version(1, 3);
        let mut next = 0;
        let mut id = || {
            next += 1;
            Ref::new(next)
        };
        let (catalog, tree, regular, bold, info) = (id(), id(), id(), id(), id());
        let pages: Vec<(Ref, Ref)> = (0..total).map(|_| (id(), id())).collect();
        pdf.catalog(catalog).pages(tree);
        pdf.pages(tree).kids(pages.iter().map(|(page, _)| *page)).count(total as i32);
        for (font, name) in [(regular, b"Helvetica".as_slice()), (bold, b"Helvetica-Bold")] {
            pdf.type1_font(font)
                .base_font(Name(name))
                .encoding_predefined(Name(b"WinAnsiEncoding"));
        }
        pdf.document_info(info).title(TextStr(title)).producer(TextStr("QuaiMiner Dashboard"));
        for (number, ((page_id, content_id), content)) in pages.iter().zip(contents).enumerate() {
            let mut page = pdf.page(*page_id);
            page.media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT)).parent(tree).contents(*content_id);
            page.resources().fonts().pair(REGULAR, regular).pair(BOLD, bold);
            page.finish();
            self.page = content;
            let place = format!("{} / {total}", number + 1);
            self.number(RIGHT, MARGIN - 8.0, NOTE, &place);
            self.text(MARGIN, MARGIN - 8.0, NOTE, title);
            let content = std::mem::replace(&mut self.page, Content::new());
            pdf.stream(*content_id, &content.finish());
        }
        pdf.finish()
    }
}

/// In the encoding of the fonts, which is Latin-1 as far as we need it.
fn encode(text: &str) -> Vec<u8> {
    let byte = |c: char| match u8::try_from(u32::from(c)) {
        Ok(byte) if !c.is_control() => byte,
        _ => b'?',
    };
    text.chars().map(byte).collect()
}

/// Of the signs that numbers and times are made of, in parts of the size.
fn width(c: char) -> f32 {
    match c {
        ' ' | '.' | ',' | ':' | '/' => 0.278,
        '-' => 0.333,
        '%' => 0.889,
        'W' => 0.944,
        'M' => 0.833,
        'Q' => 0.778,
        'U' | 'H' | 'C' => 0.722,
        'A' => 0.667,
        'k' | 's' => 0.5,
        'I' => 0.278,
        '°' => 0.4,
        _ => 0.556,
    }
}
