// The written file in the hands of others: unpatched llama.cpp computes with it, and a GGUF reader that is not Winnow's
// reads its header.
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gguf } from '@huggingface/gguf';
import { referencePrograms } from '../setup/reference-programs.ts';

const MAX_OUTPUT = 64 << 20;
/** Each worker of the tests has cores of its own: more threads than those would wait for each other. */
const THREADS = String(availableParallelism());

export type StockOptions = { readonly text: string; readonly ctx: number; readonly chunks: number };

/** @throws Error if llama.cpp does not load the file, or prints no perplexity */
export async function stockPerplexity(model: string, { text, ctx, chunks }: StockOptions): Promise<number> {
  // --no-escape: or it would turn the two characters \n of the text into a line break
  const args = ['-m', model, '-f', text, '-c', String(ctx), '--chunks', String(chunks), '--no-escape', '-t', THREADS];
  const { stdout, stderr } = await promisify(execFile)(join(referencePrograms(), 'stock-perplexity'), args, {
    maxBuffer: MAX_OUTPUT,
  });
  const found = /Final estimate: PPL = ([\d.]+)/.exec(stdout + stderr)?.[1];
  if (found === undefined) throw new Error(`llama-perplexity printed no perplexity:\n${stderr.slice(-2000)}`);
  return Number(found);
}

/** Experts a layer by the file's header, and by its router tensors. */
export async function expertCounts(model: string): Promise<{ readonly header: number; readonly routers: number[] }> {
  const { metadata, tensorInfos } = await gguf(model, { allowLocalFile: true });
  const keys = new Map<string, unknown>(Object.entries(metadata));
  return {
    header: Number(keys.get(`${String(keys.get('general.architecture'))}.expert_count`)),
    routers: tensorInfos
      .filter(({ name }) => name.endsWith('.ffn_gate_inp.weight'))
      .map(({ shape }) => Number(shape[1])),
  };
}
