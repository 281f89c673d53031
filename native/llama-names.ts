// The names that llama.cpp's files may contain, read from its source: architectures, keys, tensors.

export type LlamaName = {
  /** The name in the source, without its prefix. */
  readonly id: string;
  /** The name in files; for keys and tensors with placeholders for the architecture and the block. */
  readonly name: string;
};

/** @param source the whole of `src/llama-arch.cpp` */
function readTable(source: string, prefix: string): LlamaName[] {
  const entries = source.matchAll(new RegExp(`\\{\\s*${prefix}_(\\w+)\\s*,\\s*"([^"]+)"\\s*\\}`, 'g'));
  return [...entries].flatMap(([, id, name]) => (id === undefined || name === undefined ? [] : [{ id, name }]));
}

/** Returns all values of `general.architecture`. */
export function readArchitectures(source: string): LlamaName[] {
  return readTable(source, 'LLM_ARCH').filter(({ id }) => id !== 'UNKNOWN');
}

/** Returns all keys of a header; `%s` stands for the architecture. */
export function readKeys(source: string): LlamaName[] {
  return readTable(source, 'LLM_KV');
}

/** Returns all names of tensors; `%d` stands for the block. */
export function readTensors(source: string): LlamaName[] {
  return readTable(source, 'LLM_TENSOR');
}
