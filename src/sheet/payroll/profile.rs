//! What a payroll file is to look like.

/// How a file is written: for which items, and in which columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The encoding of its CSV.
    pub encoding: Encoding,
    /// What a row is.
    pub layout: Layout,
    /// The items that it has: those of one payment channel; none: all.
    pub items: Option<Vec<String>>,
    /// Its columns from left to right.
    pub columns: Vec<Column>,
}

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What stands above it.
    pub heading: String,
    /// What stands in it.
    pub content: Content,
}

/// What stands in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The payee's id.
    Id,
    /// The payee's name.
    Name,
    /// The id of the payee's school.
    SchoolId,
    /// The name of the payee's school.
    SchoolName,
    /// The sum of the payee's lines in this file.
    Total,
    /// What the payee reads of a line.
    Item,
    /// The group of items.
    Category,
    /// The payroll system's own code.
    PayrollCode,
    /// The amount of a line.
    Amount,
    /// What the payee has of this item.
    OfItem(String),
}

/// What the words of contents mean, and whether only a file of lines has them.
const WORDS: [(&str, Content, bool); 9] = [
    ("id", Content::Id, false),
    ("name", Content::Name, false),
    ("school_id", Content::SchoolId, false),
    ("school_name", Content::SchoolName, false),
    ("total", Content::Total, false),
    ("item", Content::Item, true),
    ("category", Content::Category, true),
    ("payroll_code", Content::PayrollCode, true),
    ("amount", Content::Amount, true),
];
/// What stands before the text of an item.
const OF_ITEM: &str = "item:";

impl Content {
    /// The content of a word in a file of this layout.
    pub fn parse(word: &str, layout: Layout) -> Option<Content> {
        if let Some(item) = word.strip_prefix(OF_ITEM) {
            return (layout == Layout::People && !item.is_empty()).then(|| Content::OfItem(item.to_owned()));
        }
        let known = WORDS.iter().find(|(known, _, of_lines)| *known == word && (layout == Layout::Lines || !of_lines));
        known.map(|(_, content, _)| content.clone())
    }

    /// The words that a file of this layout may have.
    pub fn words(layout: Layout) -> String {
        let own = WORDS.iter().filter(|(_, _, of_lines)| layout == Layout::Lines || !of_lines);
        let mut words: Vec<&str> = own.map(|(word, _, _)| *word).collect();
        if layout == Layout::People {
            words.push("item:…");
        }
        words.join(" | ")
    }
}

/// What a row of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// A line of a payee.
    Lines,
    /// A payee.
    People,
}

/// All layouts with their words.
pub const LAYOUTS: [(&str, Layout); 2] = [("lines", Layout::Lines), ("people", Layout::People)];

/// The encoding of a CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 with a byte order mark.
    Utf8,
    /// GB 18030.
    Gb18030,
}

/// All encodings with their words.
pub const ENCODINGS: [(&str, Encoding); 2] = [("utf-8", Encoding::Utf8), ("gb18030", Encoding::Gb18030)];

impl Default for Profile {
    /// Every line with all that is known of it.
    fn default() -> Profile {
        let columns = [
            ("工号", Content::Id),
            ("姓名", Content::Name),
            ("单位编号", Content::SchoolId),
            ("单位", Content::SchoolName),
            ("项目", Content::Item),
            ("类别", Content::Category),
            ("发放代码", Content::PayrollCode),
            ("金额", Content::Amount),
        ];
        let columns = columns.map(|(heading, content)| Column { heading: heading.to_owned(), content });
        Profile { encoding: Encoding::Utf8, layout: Layout::Lines, items: None, columns: columns.into() }
    }
}
