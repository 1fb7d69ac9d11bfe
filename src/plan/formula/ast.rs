//! The syntax tree of a formula. Chains are flat lists, so that its depth is bounded by what a writer nests.

/// A node with the position of its first character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ast {
    /// Code points from 0.
    pub pos: usize,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A number as written.
    Number(String),
    /// A quoted text.
    Text(String),
    /// A bare name, `true` and `false` among them.
    Name(String),
    /// `qualifier.name` or `qualifier@fact.name`.
    Qualified {
        /// A level or a row fact.
        qualifier: String,
        /// The row fact after `@`.
        fact: Option<String>,
        /// The column.
        name: String,
    },
    /// `level@fact`, the rows that refer (only `count` takes it).
    Rows {
        /// The level.
        level: String,
        /// Its row fact.
        fact: String,
    },
    /// `-a`
    Negative(Box<Ast>),
    /// `a%`, as often as the sign is repeated.
    Percent(Box<Ast>, usize),
    /// `a + b - c`: the first term, then each with whether it is subtracted.
    Sum(Box<Ast>, Vec<(bool, Ast)>),
    /// `a * b / c`: the first factor, then each with whether it divides.
    Product(Box<Ast>, Vec<(bool, Ast)>),
    /// One comparison.
    Compare(Comparison, Box<Ast>, Box<Ast>),
    /// `name(a, b)`
    Call(String, Vec<Ast>),
}

/// The comparison signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    /// Whether it orders rather than equates.
    pub fn orders(self) -> bool {
        !matches!(self, Comparison::Equal | Comparison::Unequal)
    }

    /// Whether it holds for operands in this order.
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Comparison::Equal => order.is_eq(),
            Comparison::Unequal => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
        }
    }
}
