// Whether a model fits into this machine's memory, before anything is loaded.
import type { FreeMemory, MemoryFit } from '../../../contract/api/library.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { kvIsEstimated } from '../placement/kv-cache.ts';
import { prunedBytes, type MemoryFacts, type MeasuredModel, memoryFacts } from '../placement/conversation.ts';

/** The share of free memory from which a fit counts as tight: other programs need some, too. */
const TIGHT_FROM = 0.9;

type Need = MemoryFit['full'];
type Verdict = MemoryFit['verdict'];

/**
 * @param buffers as in `memoryFacts`
 * @throws WinnowError USAGE for a number of experts that the model does not have; GGUF_CORRUPT when its header
 * contradicts itself
 */
export function memoryFit(
  model: MeasuredModel,
  { ctx, keep }: { readonly ctx: number; readonly keep: number | null },
  machine: FreeMemory,
  buffers: number | null = null,
): MemoryFit {
  const facts = memoryFacts(model, ctx, buffers);
  const full = needOf(facts, facts.fullBytes);
  const pruned = keep === null || facts.nExpert === 0 ? null : needOf(facts, prunedWeights(facts, keep));
  const { ram, vram } = machine;
  return {
    ctx: facts.ctx,
    full,
    pruned,
    kvIsEstimated: kvIsEstimated(model),
    ram,
    vram,
    room: roomFor(machine),
    verdict: verdictOf(full, machine),
    prunedVerdict: pruned && verdictOf(pruned, machine),
  };
}

function prunedWeights(facts: MemoryFacts, keep: number): number {
  if (keep <= facts.nExpert) return prunedBytes(facts, keep);
  throw new WinnowError('USAGE', say('keepBeyondModel', { nExpert: facts.nExpert, keep }), { keep });
}

function needOf({ kvBytes, computeBytes }: MemoryFacts, weightsBytes: number): Need {
  return { weightsBytes, kvBytes, computeBytes };
}

/** Bytes that a model may take before the fit is tight: of the GPU's memory alone (null: no GPU), and of all memory. */
export function roomFor({ ram, vram }: FreeMemory): { readonly vram: number | null; readonly memory: number } {
  return { vram: vram && vram.freeBytes, memory: bytesBeside(vram) + TIGHT_FROM * ram.freeBytes };
}

/** Bytes that a GPU adds to the RAM. */
function bytesBeside(vram: FreeMemory['vram']): number {
  return vram && !vram.isShared ? vram.freeBytes : 0;
}

function verdictOf(need: Need, { ram, vram }: FreeMemory): Verdict {
  const bytes = need.weightsBytes + need.kvBytes + need.computeBytes;
  if (vram && bytes <= vram.freeBytes) return 'gpu';
  const beside = bytesBeside(vram);
  if (bytes <= beside + TIGHT_FROM * ram.freeBytes) return vram ? 'mixed' : 'ram';
  return bytes <= beside + ram.freeBytes ? 'tight' : 'disk';
}
