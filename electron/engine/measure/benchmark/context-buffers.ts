// What llama.cpp says that it allocates for a context. Compute buffers follow from its graph, so no formula of the header
// gives them.

const MIB = 2 ** 20;

/** Sizes in bytes, over all devices. */
export type ContextBuffers = {
  /** Keys and values, and the states of recurrent layers. */
  readonly cacheBytes: number;
  /** The graph's intermediate results, and the logits that are handed out. */
  readonly computeBytes: number;
};

/**
 * @param log lines of llama.cpp's log; the last context that they speak of counts
 * @returns null when they speak of none
 */
export function contextBuffers(log: readonly string[]): ContextBuffers | null {
  const ofContext = log.slice(log.findLastIndex((line) => line.includes('constructing llama_context')) + 1);
  let cacheBytes = 0;
  // a context may reserve twice: then its later buffers replace the earlier ones
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
