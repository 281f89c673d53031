// Chance that can be repeated: every input follows from the seed, its target and its number alone.

/** Numbers at which lengths, counts and offsets go wrong, and their neighbours. */
const EDGES: readonly bigint[] = [0n, 7n, 8n, 15n, 16n, 31n, 32n, 53n, 61n, 62n, 63n, 64n].flatMap((bits) => [
  (1n << bits) - 1n,
  1n << bits,
  (1n << bits) + 1n,
]);

export class Random {
  readonly #state: Uint32Array;

  /** @param name what the numbers are for, such as "gguf:17" */
  constructor(seed: number, name: string) {
    let hash = 0x811c9dc5 ^ seed; // FNV-1a
    for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
    this.#state = Uint32Array.of(hash, seed, 0x9e3779b9, 1);
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** sfc32, from PractRand: small, fast, and good enough for what is no secret. */
  uint32(): number {
    const state = this.#state;
    const [a = 0, b = 0, c = 0, counter = 0] = state;
    const out = (a + b + counter) >>> 0;
    state[3] = counter + 1;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + out;
    return out;
  }

  /** In [0, 1). */
  fraction(): number {
    return this.uint32() / 2 ** 32;
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
    const value = this.once(8) ? BigInt(this.uint32()) * BigInt(this.uint32()) : this.pick(EDGES);
    return BigInt.asUintN(64, this.once(6) ? -value : value);
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}
