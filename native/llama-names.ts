// The names that llama.cpp's files may have, read from its source: architectures, keys, tensors.

export type LlamaName = {
  /** As the source calls it, without its prefix. */
  readonly id: string;
  /** As files have it; of keys and tensors with places for the architecture and the block. */
  readonly name: string;
};

/** @param source of `src/llama-arch.cpp`, all of it */
function readTable(source: string, prefix: string): LlamaName[] {
  const entries = source.matchAll(new RegExp(`\\{\\s*${prefix}_(\\w+)\\s*,\\s*"([^"]+)"\\s*\\}`, 'g'));
  return [...entries].flatMap(([, id, name]) => (id === undefined || name === undefined ? [] : [{ id, name }]));
}

/** All that `general.architecture` may say. */
export function readArchitectures(source: string): LlamaName[] {
  return readTable(source, 'LLM_ARCH').filter(({ id }) => id !== 'UNKNOWN');
}

/** All keys of a header; `%s` stands for the architecture. */
export function readKeys(source: string): LlamaName[] {
  return readTable(source, 'LLM_KV');
}

/** All names of tensors; `%d` stands for the block. */
export function readTensors(source: string): LlamaName[] {
  return readTable(source, 'LLM_TENSOR');
}
