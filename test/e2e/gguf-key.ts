// Models that say something else than they hold.

/** A copy of a GGUF file with another number under a key. */
export function withKey(bytes: Buffer, key: string, value: number): Buffer {
  const at = bytes.indexOf(key);
  if (at < 0) throw new Error(`the model has no key ${key}`);
  bytes.writeUInt32LE(value, at + key.length + 4); // behind the value's type
  return bytes;
}
