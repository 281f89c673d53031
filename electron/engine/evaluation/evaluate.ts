// Measures a model on a text: perplexity as llama-perplexity computes it, and with a reference model KL divergence and
// top-1 agreement. Models are loaded one after the other: two at once may not fit.
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WinnowError } from '../../contract/errors.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import { processExists } from '../store/owner.ts';
import type { Placement } from '../../contract/requests.ts';
import { Backend, type CallOptions, type WorkerHost } from '../backend/backend.ts';
import { blockMask, loadModel, requireVocabulary, type LoadedModel } from '../backend/load-model.ts';
import type { Result } from '../backend/protocol.ts';
import { comparisonFigures, evaluationFigures, type ComparisonFigures, type EvaluationFigures } from './statistics.ts';

/** Tokens decoded together: several chunks, as llama-perplexity does. */
const BATCH_TOKENS = 2048;
/** Bound on the logits that one batch holds; a 150k vocabulary makes a megabyte in two tokens. */
const LOGITS_BYTES = 512 << 20;
/** A text is tokenised as a whole. */
const MAX_TEXT_BYTES = 256 << 20;

/** A model with or without a mask: what the text is measured on. */
export type EvaluationSubject = {
  readonly info: ModelInfo;
  /** Kept experts of each MoE layer; the others are masked. */
  readonly kept?: readonly (readonly number[])[] | undefined;
  readonly ungrouped?: boolean;
};

export type EvaluationOptions = CallOptions & {
  readonly placement: Placement;
  readonly host?: WorkerHost;
  /** Folder for the reference's token distributions: two bytes for each scored token and vocabulary entry. */
  readonly scratchDir: string;
  /** Tokens a chunk. */
  readonly ctx: number;
  /** At most so many chunks; undefined: the whole text. */
  readonly chunks?: number | undefined;
};

export type EvaluationResult = EvaluationFigures & {
  readonly ctx: number;
  readonly chunks: number;
} & Partial<ComparisonFigures>;

/**
 * Reads an evaluation text as llama-perplexity does: whole, without the last line break.
 * @throws WinnowError FILE_NOT_FOUND, FILE_UNREADABLE, TEXT_TOO_SHORT
 */
export async function readEvaluationText(path: string): Promise<string> {
  const info = await stat(path).catch(() => null);
  if (!info) throw new WinnowError('FILE_NOT_FOUND', `There is no text ${path}. Check the path.`, { path });
  if (!info.isFile())
    throw new WinnowError('FILE_UNREADABLE', `${path} is not a file. Name a plain text file.`, { path });
  if (info.size > MAX_TEXT_BYTES)
    throw new WinnowError(
      'FILE_UNREADABLE',
      `${path} has ${info.size} bytes; evaluation texts may have ${MAX_TEXT_BYTES}. Cut it.`,
      { path },
    );
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    const reason =
      error instanceof TypeError ? 'it is not valid UTF-8 text. Save it as UTF-8' : (error as Error).message;
    throw new WinnowError(
      'FILE_UNREADABLE',
      `${path} cannot be used as an evaluation text: ${reason}.`,
      { path },
      error,
    );
  }
  if (text.trim() === '') throw new WinnowError('TEXT_TOO_SHORT', `${path} is empty. Choose a longer text.`, { path });
  return text.replace(/\n$/, '');
}

/**
 * Measures several subjects on several texts, with as few loads as possible: subjects of one file share one.
 * @param against the reference; its distributions are kept in a temporary file while the subjects run
 * @returns `[subject][text]`
 * @throws WinnowError TEXT_TOO_SHORT and what loading throws
 */
export async function evaluateAll(
  subjects: readonly EvaluationSubject[],
  texts: readonly { readonly name: string; readonly text: string }[],
  options: EvaluationOptions,
  against?: EvaluationSubject,
): Promise<EvaluationResult[][]> {
  const runs = [...(against ? [against] : []), ...subjects];
  await mkdir(options.scratchDir, { recursive: true });
  await removeLeftovers(options.scratchDir);
  const folder = against ? await mkdtemp(join(options.scratchDir, `eval-${process.pid}-`)) : null;
  const basePath = (text: number): string | null => (folder === null ? null : join(folder, `base-${text}`));

  const results: EvaluationResult[][] = [];
  const total = runs.length * texts.length;
  let done = 0;
  let baseVocab: number | undefined;
  let current = null as { readonly path: string; readonly backend: Backend; readonly model: LoadedModel } | null;
  try {
    for (const [index, subject] of runs.entries()) {
      if (current?.path !== subject.info.path) {
        await current?.backend.close();
        current = null;
        current = await startWith(subject.info, options);
      }
      const { backend, model } = current;
      const mask = subject.kept ? blockMask(subject.kept, subject.info, model.nLayers) : null;
      await backend.call('setMask', { mask, ungrouped: subject.ungrouped ?? false });

      const isBase = against !== undefined && index === 0;
      baseVocab ??= model.nVocab;
      if (against && model.nVocab !== baseVocab) {
        throw new WinnowError(
          'USAGE',
          `${subject.info.path} has a vocabulary of ${model.nVocab} tokens, ${against.info.path} one of ${baseVocab}: their predictions cannot be compared. Compare with the model that it was pruned from.`,
        );
      }
      const row: EvaluationResult[] = [];
      for (const [t, { name, text }] of texts.entries()) {
        const result = await evaluateText(backend, model, name, text, options, {
          baseOut: isBase ? basePath(t) : null,
          baseIn: isBase ? null : basePath(t),
          onProgress: (part, of) => options.onProgress?.(done + part / of, total),
        });
        done++;
        row.push(summarise(result, options.ctx));
      }
      if (!isBase) results.push(row);
    }
    return results;
  } finally {
    await current?.backend.close();
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  }
}

/** A worker of its own that holds the model; none stays behind when loading fails. */
async function startWith(info: ModelInfo, options: EvaluationOptions) {
  const backend = new Backend(options.placement.gpu, options.host);
  try {
    const model = await loadModel(backend, info, options.placement, { signal: options.signal });
    requireVocabulary(model, info);
    return { path: info.path, backend, model };
  } catch (error) {
    await backend.close();
    throw error;
  }
}

/** Removes the distributions of evaluations whose process was killed. */
async function removeLeftovers(scratchDir: string): Promise<void> {
  for (const name of await readdir(scratchDir)) {
    const pid = Number(/^eval-(\d+)-/.exec(name)?.[1] ?? NaN);
    if (Number.isInteger(pid) && pid !== process.pid && !processExists(pid)) {
      await rm(join(scratchDir, name), { recursive: true, force: true });
    }
  }
}

type BaseFiles = {
  readonly baseOut: string | null;
  readonly baseIn: string | null;
  readonly onProgress: (part: number, of: number) => void;
};

async function evaluateText(
  backend: Backend,
  model: LoadedModel,
  name: string,
  text: string,
  options: EvaluationOptions,
  base: BaseFiles,
): Promise<Result<'perplexity'>> {
  const [tokens] = await backend.call('tokenize', { texts: [{ text, addSpecial: true, parseSpecial: false }] });
  const length = tokens?.length ?? 0;
  if (!tokens || length < 2 * options.ctx) {
    throw new WinnowError(
      'TEXT_TOO_SHORT',
      `${name} has ${length} tokens; a context of ${options.ctx} needs at least ${2 * options.ctx}. Use a longer text or a smaller --ctx.`,
      { tokens: length, ctx: options.ctx },
    );
  }
  const rowsAllowed = LOGITS_BYTES / (4 * model.nVocab);
  const sequences = Math.max(
    1,
    Math.min(Math.floor(BATCH_TOKENS / options.ctx), Math.floor((2 * rowsAllowed) / options.ctx)),
  );
  return backend.call(
    'perplexity',
    {
      tokens,
      nCtx: options.ctx,
      nBatch: sequences * options.ctx,
      nUbatch: BATCH_TOKENS,
      nThreads: options.placement.threads,
      nChunks: options.chunks ?? -1,
      baseOut: base.baseOut,
      baseIn: base.baseIn,
    },
    { signal: options.signal, onProgress: base.onProgress },
  );
}

function summarise(result: Result<'perplexity'>, ctx: number): EvaluationResult {
  const figures = { ...evaluationFigures(result.nll), ctx, chunks: result.nChunks };
  return result.kl && result.sameTop ? { ...figures, ...comparisonFigures(result.kl, result.sameTop) } : figures;
}
