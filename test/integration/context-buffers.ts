// What llama.cpp's log says that it allocated for a context.
const MIB = 2 ** 20;

/** Sizes in bytes, summed over all devices. */
type ContextBuffers = {
  /** Keys and values, and the states of recurrent layers. */
  readonly cacheBytes: number;
  /** The graph's intermediate results, and the output logits. */
  readonly computeBytes: number;
};

/**
 * What llama.cpp reports that it allocates for a context. Compute buffers follow from its graph, so they cannot be computed from the header.
 * @param log lines of llama.cpp's log; the last context in them counts
 * @returns null: they mention no context
 */
export function contextBuffers(log: readonly string[]): ContextBuffers | null {
  const ofContext = log.slice(log.findLastIndex((line) => line.includes('constructing llama_context')) + 1);
  let cacheBytes = 0;
  // a context may reserve buffers twice; the later ones then replace the earlier ones
  const compute = new Map<string, number>();
  for (const line of ofContext) {
    const [, device, kind, size] = /(\S+) +(KV|RS|compute|output) buffer size += +([\d.]+) MiB/.exec(line) ?? [];
    if (kind === undefined) continue;
    const bytes = Math.round(Number(size) * MIB);
    if (kind === 'KV' || kind === 'RS') cacheBytes += bytes;
    else compute.set(`${kind} ${device}`, bytes);
  }
  if (compute.size === 0) return null;
  return { cacheBytes, computeBytes: [...compute.values()].reduce((sum, bytes) => sum + bytes, 0) };
}
