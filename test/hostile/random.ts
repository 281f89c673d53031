// Chance that can be repeated: every input follows from the seed, its target and its number alone.
import { createCipheriv, createHash } from 'node:crypto';

/** Numbers at which lengths, counts and offsets go wrong, and their neighbours. */
const EDGES: readonly bigint[] = [0n, 7n, 8n, 15n, 16n, 31n, 32n, 53n, 61n, 62n, 63n, 64n].flatMap((bits) => [
  (1n << bits) - 1n,
  1n << bits,
  (1n << bits) + 1n,
]);

export class Random {
  readonly #stream;

  /** @param name what the numbers are for, such as "gguf:17" */
  constructor(seed: number, name: string) {
    const key = createHash('sha256').update(`${seed}:${name}`).digest();
    this.#stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  }

  bytes(length: number): Buffer {
    return this.#stream.update(Buffer.alloc(length));
  }

  /** In [0, 1). */
  fraction(): number {
    return this.bytes(4).readUInt32LE() / 2 ** 32;
  }

  /** A whole number from 0 to `end` − 1. */
  below(end: number): number {
    return Math.floor(this.fraction() * end);
  }

  /** A whole number from `first` to `last`. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** One of the numbers that break things, now and then any other; as an unsigned 64-bit value. */
  edge(): bigint {
    const value = this.once(8) ? this.bytes(8).readBigUInt64LE() : this.pick(EDGES);
    return BigInt.asUintN(64, this.once(6) ? -value : value);
  }
}
