//! Columns are followed breadth first, so that what is near is said before what is far, within the limits.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::node::{Kind, Node, Unexplained};
use super::{Explainer, Limits};
use crate::exact::Row;

/// The most levels of operands: readers of nested documents bear no more than about twice as many.
const DEEPEST: usize = 60;

/// Where a node stands: the places of operands from the root.
type Path = Vec<usize>;

/// A column at a row that was followed before: an aggregate of a whole bureau may stand in many places.
enum Followed {
    /// What it came to.
    Tree(Node),
    /// It would have added so many nodes, which were too many.
    TooLarge(usize),
}

impl Explainer<'_, '_> {
    /// A node with the columns followed that it names.
    pub(super) fn grown(&self, mut root: Node, limits: Limits) -> Result<Node, Unexplained> {
        prune(&mut root, limits.nodes);
        let mut size = root.size();
        let mut open: VecDeque<(Path, usize)> = VecDeque::new();
        let mut known: FxHashMap<(usize, Row), Followed> = FxHashMap::default();
        self.queue(&root, Vec::new(), limits.depth, &mut open);
        while let Some((path, depth)) = open.pop_front() {
            let Some(node) = found(&mut root, &path) else { continue };
            let (Kind::Cut(step), Some((_, row))) = (&node.kind, node.at) else { continue };
            if (depth == 0 && !self.expand.steps.contains(step)) || size >= limits.nodes {
                continue;
            }
            let followed = match known.get(&(*step, row)) {
                Some(Followed::Tree(known)) => known.clone(),
                Some(Followed::TooLarge(more)) if size + more > limits.nodes => continue,
                _ => self.of_step(*step, row)?,
            };
            let more = followed.size() - 1;
            if size + more > limits.nodes {
                known.insert((*step, row), Followed::TooLarge(more));
                continue;
            }
            known.entry((*step, row)).or_insert_with(|| Followed::Tree(followed.clone()));
            let followed = Node { role: node.role, ..followed };
            size += more;
            *node = followed;
            self.queue(node, path, depth.saturating_sub(1), &mut open);
        }
        cut(&mut root, DEEPEST);
        self.compared(root)
    }

    /// The columns below a node that can be followed; those that are asked for come first.
    fn queue(&self, node: &Node, path: Path, depth: usize, open: &mut VecDeque<(Path, usize)>) {
        match &node.kind {
            Kind::Cut(step) if self.expand.steps.contains(step) => return open.push_front((path, depth)),
            Kind::Cut(_) => return open.push_back((path, depth)),
            _ => {}
        }
        for (place, operand) in node.operands.iter().enumerate() {
            let mut path = path.clone();
            path.push(place);
            self.queue(operand, path, depth, open);
        }
    }
}

fn found<'n>(root: &'n mut Node, path: &[usize]) -> Option<&'n mut Node> {
    path.iter().try_fold(root, |node, place| node.operands.get_mut(*place))
}

/// Cuts a tree that is too large at the greatest depth at which it is not.
fn prune(root: &mut Node, most: usize) {
    if root.size() <= most {
        return;
    }
    let deepest = (0..).find(|depth| size_to(root, *depth + 1) > most).unwrap_or(0);
    // The lines of a statement stay in every case, so that they add up to its total.
    let least = usize::from(matches!(root.kind, Kind::Statement));
    cut(root, deepest.max(least));
}

/// How many nodes there are down to a depth.
fn size_to(node: &Node, depth: usize) -> usize {
    match depth {
        0 => 1,
        _ => 1 + node.operands.iter().map(|operand| size_to(operand, depth - 1)).sum::<usize>(),
    }
}

fn cut(node: &mut Node, depth: usize) {
    if depth == 0 {
        node.truncated |= !node.operands.is_empty();
        node.operands.clear();
        return;
    }
    node.operands.iter_mut().for_each(|operand| cut(operand, depth - 1));
}
