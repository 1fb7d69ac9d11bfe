//! Which addresses are public: a service inside an office's network must not be made to call what stands there beside it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks of IPv4 that are not public, each with the length of its prefix (IANA's registry of special purposes).
#[rustfmt::skip]
const SPECIAL_V4: [([u8; 4], u32); 15] = [
    ([0, 0, 0, 0], 8), ([10, 0, 0, 0], 8), ([100, 64, 0, 0], 10), ([127, 0, 0, 0], 8), ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12), ([192, 0, 0, 0], 24), ([192, 0, 2, 0], 24), ([192, 88, 99, 0], 24), ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15), ([198, 51, 100, 0], 24), ([203, 0, 113, 0], 24), ([224, 0, 0, 0], 4), ([240, 0, 0, 0], 4),
];

/// Whether an address is one of the public internet.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !SPECIAL_V4.iter().any(|(network, length)| (bits ^ u32::from_be_bytes(*network)) >> (32 - length) == 0)
}

/// Of IPv6 only 2000::/3 is public, without what is set apart in it. Addresses that stand for one of IPv4 are as that is.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, third, .., last_but_one, last] = address.segments();
    let embedded = |high: u16, low: u16| is_public_v4(Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low)));
    match (first, second) {
        // Mapped addresses, and those of NAT64.
        (0, 0) => address.to_ipv4_mapped().is_some_and(is_public_v4),
        (0x64, 0xff9b) => {
            address.segments().iter().skip(2).take(4).all(|part| *part == 0) && embedded(last_but_one, last)
        }
        // Protocols (Teredo among them), documentation, 6to4.
        (0x2001, 0..=0x01ff | 0x0db8) | (0x3fff, 0..=0x0fff) => false,
        (0x2002, high) => embedded(high, third),
        _ => first >> 13 == 1,
    }
}
