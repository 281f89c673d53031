// Damaged GGUF headers: where to hit a file, and what to write there.

export type Damage = (bytes: Buffer) => Buffer;

const TENSOR_COUNT_AT = 8;
const KEY_COUNT_AT = 16;
const FIRST_KEY_AT = 24;

function writing(at: (bytes: Buffer) => number, value: bigint, width: 1 | 4 | 8 = 8): Damage {
  return (bytes) => {
    const damaged = Buffer.from(bytes);
    const offset = at(bytes);
    if (width === 8) damaged.writeBigUInt64LE(BigInt.asUintN(64, value), offset);
    else if (width === 4) damaged.writeUInt32LE(Number(value), offset);
    else damaged.writeUInt8(Number(value), offset);
    return damaged;
  };
}

/** Behind the name of a key or tensor, which is preceded by its length. */
function after(name: string, plus = 0): (bytes: Buffer) => number {
  return (bytes) => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(name.length));
    const at = bytes.indexOf(Buffer.concat([length, Buffer.from(name)]));
    if (at < 0) throw new Error(`there is no ${name} in the file`);
    return at + 8 + name.length + plus;
  };
}

const TENSOR = 'blk.3.ffn_up_exps.weight';

/** Every one of them makes the header unreadable. */
export const UNREADABLE: Readonly<Record<string, Damage>> = {
  'cut behind the magic': (bytes) => bytes.subarray(0, 4),
  'cut in the counts': (bytes) => bytes.subarray(0, 12),
  'cut behind the counts': (bytes) => bytes.subarray(0, FIRST_KEY_AT),
  'cut in a key': (bytes) => bytes.subarray(0, FIRST_KEY_AT + 15),
  'cut in the vocabulary': (bytes) => bytes.subarray(0, after('tokenizer.ggml.tokens')(bytes) + 5000),
  'cut in the tensor list': (bytes) => bytes.subarray(0, after(TENSOR)(bytes)),
  'version 9': writing(() => 4, 9n, 4),
  'the other byte order': writing(() => 4, 3n << 24n, 4),
  '2^31 tensors': writing(() => TENSOR_COUNT_AT, 2n ** 31n),
  '2^63 tensors': writing(() => TENSOR_COUNT_AT, 2n ** 63n),
  'one tensor too many': (bytes) => writing(() => TENSOR_COUNT_AT, bytes.readBigUInt64LE(TENSOR_COUNT_AT) + 1n)(bytes),
  '2^31 keys': writing(() => KEY_COUNT_AT, 2n ** 31n),
  '2^63 - 1 keys': writing(() => KEY_COUNT_AT, 2n ** 63n - 1n),
  '-1 keys': writing(() => KEY_COUNT_AT, -1n),
  'a key of 2^31 bytes': writing(() => FIRST_KEY_AT, 2n ** 31n),
  'a key of 2^63 bytes': writing(() => FIRST_KEY_AT, 2n ** 63n),
  'a key of no type': writing(after('qwen3moe.block_count'), 255n, 4),
  'a text of 2^62 bytes': writing(after('general.name', 4), 2n ** 62n),
  'a list of 2^31 texts': writing(after('tokenizer.ggml.tokens', 8), 2n ** 31n),
  'a list of 2^61 texts': writing(after('tokenizer.ggml.tokens', 8), 2n ** 61n),
  'a list of no type': writing(after('tokenizer.ggml.tokens', 4), 99n, 4),
  'a key without its architecture': writing(after('general.architecture', -1), 0x66n, 1),
  'a tensor of 5 dimensions': writing(after(TENSOR), 5n, 4),
  'a tensor of 2^31 dimensions': writing(after(TENSOR), 2n ** 31n, 4),
  'a tensor 2^62 wide': writing(after(TENSOR, 4), 2n ** 62n),
  'a tensor -32 wide': writing(after(TENSOR, 4), -32n),
  'a tensor of 2^63 experts': writing(after(TENSOR, 20), 2n ** 63n),
  'a tensor of no type': writing(after(TENSOR, 28), 77n, 4),
  'a tensor at 2^62': writing(after(TENSOR, 32), 2n ** 62n),
  'a tensor inside another': writing(after(TENSOR, 32), 32n),
};
