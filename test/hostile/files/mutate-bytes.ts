// What happens to any file on its way: bits that flip, pieces that are lost, doubled or foreign, numbers overwritten.
import type { Random } from '../random.ts';

type ByteMutation = (bytes: Buffer, random: Random) => Buffer;

/** A place in the file, oftener at its beginning, where headers lie. */
function place(bytes: Buffer, random: Random): number {
  return random.below(random.once(2) ? bytes.length : Math.min(bytes.length, 512));
}

function spliced(bytes: Buffer, at: number, removed: number, inserted: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)]);
}

const MUTATIONS: readonly ByteMutation[] = [
  function flipBit(bytes, random) {
    const at = place(bytes, random);
    const flipped = Buffer.from(bytes);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
    return flipped;
  },
  function overwriteByte(bytes, random) {
    const changed = Buffer.from(bytes);
    changed[place(bytes, random)] = random.pick([0, 0xff, 0x7f, 0x80, 0x0a, 0x22, 0x2c, 0x5b, random.below(256)]);
    return changed;
  },
  function overwriteNumber(bytes, random) {
    const width = random.pick([2, 4, 8]);
    if (bytes.length < width) return bytes;
    const number = Buffer.alloc(8);
    number.writeBigUInt64LE(random.edge());
    const at = Math.min(place(bytes, random), bytes.length - width);
    return spliced(bytes, at, width, number.subarray(0, width));
  },
  function cut(bytes, random) {
    return bytes.subarray(0, random.below(bytes.length + 1));
  },
  function removePiece(bytes, random) {
    return spliced(bytes, place(bytes, random), random.between(1, 64), Buffer.alloc(0));
  },
  function insertPiece(bytes, random) {
    const length = random.between(1, 16);
    const piece = random.once(2) ? random.bytes(length) : Buffer.alloc(length, random.pick([0, 0x20, 0x5b, 0xff]));
    return spliced(bytes, place(bytes, random), 0, piece);
  },
  function repeatPiece(bytes, random) {
    const at = place(bytes, random);
    const piece = bytes.subarray(at, at + random.between(1, 256));
    return spliced(bytes, at, 0, Buffer.concat(Array.from({ length: random.between(1, 8) }, () => piece)));
  },
  function movePiece(bytes, random) {
    const from = place(bytes, random);
    const piece = Buffer.from(bytes.subarray(from, from + random.between(1, 128)));
    return spliced(bytes, place(bytes, random), random.once(2) ? piece.length : 0, piece);
  },
];

/** The bytes after one to four such accidents. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  let mutated = bytes;
  for (let left = random.once(2) ? 1 : random.between(2, 4); left > 0 && mutated.length > 0; left--) {
    mutated = random.pick(MUTATIONS)(mutated, random);
  }
  return mutated;
}
