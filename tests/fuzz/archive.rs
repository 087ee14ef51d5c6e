//! Chart archives with anything in their headers.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::rng::Rng;

const BLOCK: usize = 512;

/// A gzipped tar of files; `mutate` sees the tar before it is compressed.
pub(crate) fn pack(files: &[(String, Vec<u8>)], mutate: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // A name that tar has no room for is left out.
        let _ = builder.append_data(&mut header, format!("chart/{name}"), &**bytes);
    }
    let mut tar = builder.into_inner().unwrap_or_default();
    mutate(&mut tar);
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    let written = packed.write_all(&tar);
    written.and_then(|()| packed.finish()).unwrap_or_default()
}

/// Changes fields of a few headers and mends their checksums; now and then bytes anywhere.
pub(crate) fn mutate(tar: &mut Vec<u8>, rng: &mut Rng) {
    let headers: Vec<usize> =
        (0..tar.len() / BLOCK).map(|block| block * BLOCK).filter(|at| tar[at + 257..].starts_with(b"ustar")).collect();
    for _ in 0..=rng.below(3) {
        let Some(&at) = headers.get(rng.below(headers.len())) else { return };
        let (field, length) =
            [(0, 100), (100, 8), (124, 12), (124, 12), (156, 1), (156, 1), (157, 100), (345, 155)][rng.below(8)];
        let names: [&[u8]; 10] = [
            b"../x",
            b"/etc/passwd",
            b"x\\..\\..\\y",
            b"chart/charts/a.tgz",
            b"chart//Chart.yaml",
            b"",
            b"\xff\xfe",
            b"chart/templates/a.yaml\0b",
            b"./chart/Chart.yaml",
            b"C:/x",
        ];
        let numbers: [&[u8]; 6] = [
            b"77777777777\0",
            b"00000000000\0",
            b"\x80\0\0\0\0\0\0\xff\xff\xff\xff\xff",
            b"\xff\xff\xff\xff",
            b"-1",
            b" 9",
        ];
        let new: &[u8] = match (field, length) {
            (_, 1) => {
                [&b"1"[..], b"2", b"3", b"5", b"6", b"7", b"g", b"x", b"L", b"K", b"S", b"\0", b"V"][rng.below(13)]
            }
            (124, _) => rng.pick(&numbers),
            _ => rng.pick(&names),
        };
        let slot = &mut tar[at + field..at + field + length];
        slot.fill(0);
        slot[..new.len().min(length)].copy_from_slice(&new[..new.len().min(length)]);
        let header = &mut tar[at..at + BLOCK];
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    if rng.once_in(3) {
        let at = rng.below(tar.len());
        tar[at] = rng.next() as u8;
    }
    if rng.once_in(8) {
        tar.truncate(rng.below(tar.len()));
    }
}
