//! The largest remainder where all fits 64 bits, as it nearly always does: the same parts as [`super::divide`].

/// Room that divisions use again.
#[derive(Debug, Default)]
pub struct Remainders(Vec<(u64, usize)>);

/// Divides `units` among weights whose sum is above zero; equal remainders go to the first. None (and the parts are then
/// anything) where the weights do not sum to 64 bits.
pub fn divide_narrow(units: u64, weights: &[u64], parts: &mut [u64], room: &mut Remainders) -> Option<()> {
    let total = weights.iter().try_fold(0_u64, |sum, weight| sum.checked_add(*weight)).filter(|total| *total > 0)?;
    let largest = weights.iter().max().copied().unwrap_or(0);
    room.0.clear();
    let mut given = 0;
    let each = weights.iter().zip(parts.iter_mut()).enumerate();
    if largest.checked_mul(units).is_some() {
        for (index, (weight, part)) in each {
            let product = weight * units;
            *part = product / total;
            given += *part;
            room.0.push((product % total, index));
        }
    } else {
        for (index, (weight, part)) in each {
            // A part is at most the whole, and a remainder below the total.
            let product = u128::from(*weight) * u128::from(units);
            *part = u64::try_from(product / u128::from(total)).ok()?;
            given += *part;
            room.0.push((u64::try_from(product % u128::from(total)).ok()?, index));
        }
    }
    let over = usize::try_from(units - given).ok()?;
    if over > 0 {
        room.0.select_nth_unstable_by(over - 1, |(a, i), (b, j)| b.cmp(a).then(i.cmp(j)));
        for (_, index) in room.0.iter().take(over) {
            *parts.get_mut(*index)? += 1;
        }
    }
    Some(())
}
