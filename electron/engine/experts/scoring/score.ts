// The scoring pass: runs the demos through the model with taps on, and passes on each pack's sums when it is done.
import { SUMS, makeSums, type ExpertSums } from '../../../contract/criteria.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { msg } from '../../../contract/sentences.ts';
import type { Backend, LoadedModel } from '../../base/backend/backend.ts';
import type { Result } from '../../base/backend/protocol.ts';
import type { CallOptions } from '../../base/backend/worker-client.ts';
import { gateInInput } from '../../models/architecture-rules.ts';
import { type Batch, planPacks, sumTokens, scoringContext, type DemoWindow } from '../../models/placement/packs.ts';
import type { HostReading } from '../../models/placement/reading.ts';
import type { DemoScores, ImportanceInput } from '../../store/demo-scores.ts';
import { addSums } from '../selection/criteria.ts';

type ScoreSettings = Batch & {
  readonly paging: HostReading['paging'];
  readonly threads: number;
  /** Tokens of the windows in which longer demos are read; absent: none is longer. */
  readonly window?: number;
  /** Whether position 0 is left out of the sums; default: no. */
  readonly skipFirst?: boolean;
};

/** Where finished packs are stored, and what an earlier, interrupted pass has left there. */
export type ScoreSink = {
  isScored(demo: number): boolean;
  save(scores: readonly { readonly demo: number; readonly scores: DemoScores }[]): void | Promise<void>;
  /** Absent: no importance matrix is collected. */
  readonly importance?: ImportanceSink | undefined;
};

type ScorePass = { readonly tokens: number; readonly tappedBytes: number };

/**
 * Scores every demo that the sink does not hold yet.
 * @param options progress counts tokens of all demos, including those of an earlier pass
 * @returns tokens scored in this pass and the bytes that the taps fetched from the device
 * @throws WinnowError CANCELLED (what was saved stays), BACKEND_CRASHED
 */
export async function scoreDemos(
  demos: readonly Int32Array[],
  info: ModelInfo,
  model: LoadedModel,
  settings: ScoreSettings,
  sink: ScoreSink,
  backend: Backend,
  options: CallOptions = {},
): Promise<ScorePass> {
  const lengths = demos.map(({ length }) => length);
  const read = { lengths, alone: model.isRecurrent, window: settings.window };
  const packs = planPacks(read, settings.nUbatch);
  const context = scoringContext(read, settings);
  const total = packs.reduce((sum, pack) => sum + pack.tokens, 0);

  const importance = sink.importance && (await beginImportance(sink.importance, backend));
  // the worker computes a pass while the previous one is added up, sent and saved, unless that one saves sums that the next would change
  const ahead = importance ? 0 : 1;
  type Pack = (typeof packs)[number];
  const begun: {
    readonly pack: Pack;
    readonly pass: Pack['passes'][number];
    readonly result: Promise<Result<'score'>>;
  }[] = [];
  /** The scores of the demos of the pack that is being computed. */
  const scores = new Map<number, DemoScores>();
  let done = 0;
  let scored = 0;
  let tappedBytes = 0;

  const finishOne = async (): Promise<void> => {
    const { pack, pass, result } = begun.shift()!;
    const { sequences, tappedBytes: bytes } = await result.catch((error: unknown) => {
      throw withExpert(error, info);
    });
    for (const [i, { sums, maxNorm }] of sequences.entries()) {
      const { demo } = pass[i]!;
      const ofWindow = { maxNorm, sums: splitSums(sums) };
      const before = scores.get(demo);
      scores.set(demo, before ? withWindow(before, ofWindow) : ofWindow);
    }
    scored += sumTokens(pass);
    tappedBytes += bytes;
    if (pass !== pack.passes.at(-1)) return;
    // an importance matrix is saved less often, so some demos may have to run again for it
    const unsaved = pack.demos.filter((demo) => !sink.isScored(demo));
    await sink.save(unsaved.map((demo) => ({ demo, scores: scores.get(demo)! })));
    scores.clear();
    await importance?.packDone(pack.demos);
  };

  for (const pack of packs) {
    if (pack.demos.every((demo) => sink.isScored(demo) && (importance?.hasSeen(demo) ?? true))) {
      done += pack.tokens;
      continue;
    }
    for (const pass of pack.passes) {
      const before = done;
      options.onProgress?.(before, total);
      const result = backend.call(
        'score',
        {
          sequences: pass.map((window) => readWindow(demos[window.demo]!, window, model)),
          moeLayers: Int32Array.from(info.moeLayers),
          gateInInput: gateInInput(info.arch),
          skipFirst: settings.skipFirst ?? false,
          ...context,
          paging: settings.paging,
          taps: true,
          importance: importance !== undefined,
        },
        { signal: options.signal, onProgress: (part) => options.onProgress?.(before + part, total) },
      );
      result.catch(() => {}); // reported when it is finished
      begun.push({ pack, pass, result });
      if (begun.length > ahead) await finishOne();
      done += sumTokens(pass);
    }
  }
  while (begun.length > 0) await finishOne();
  await importance?.save();
  options.onProgress?.(done, total);
  return { tokens: scored, tappedBytes };
}

/** Names the expert whose sums are not numbers, usually because of a damaged or badly quantised tensor. Other errors stay as they are. */
function withExpert(error: unknown, { path, moeLayers, nExpert }: ModelInfo): unknown {
  if (!(error instanceof WinnowError) || !Array.isArray(error.details.at)) return error;
  const [, , name, place] = error.details.at as readonly (string | number)[];
  if (name !== 'sums' || typeof place !== 'number') return error;
  const slot = place % (moeLayers.length * nExpert);
  const where = { block: moeLayers[Math.floor(slot / nExpert)] ?? -1, expert: slot % nExpert };
  return new WinnowError(error.code, msg('notANumber', { path, ...where }), where, error);
}

function splitSums(sums: Float64Array): ExpertSums {
  const length = sums.length / SUMS.length;
  return makeSums((_name, i) => Float64Array.from(sums.subarray(i * length, (i + 1) * length)));
}

/** The tokens of a window. If the model wants a mark of the beginning, the demo's own first token stands at position 0. */
export function readWindow(
  demo: Int32Array,
  { from, to }: DemoWindow,
  { addBos }: Pick<LoadedModel, 'addBos'>,
): Int32Array {
  if (from === 0 && to === demo.length) return demo;
  const tokens = demo.slice(from, to);
  if (addBos) tokens[0] = demo[0]!;
  return tokens;
}

/** Adds the scores of a window to those of the windows before it, whose arrays are used again. */
export function withWindow(whole: DemoScores, window: DemoScores): DemoScores {
  addSums(whole.sums, window.sums);
  window.maxNorm.forEach((norm, slot) => (whole.maxNorm[slot] = Math.max(whole.maxNorm[slot]!, norm)));
  return whole;
}

/** Saving takes at most one part of the time in this many. */
const PASS_PER_SAVING = 30;

/** Where the matrix is stored, and what an earlier, interrupted pass has left there. */
type ImportanceSink = {
  /** 0-based positions of the demos that the stored matrix has seen. */
  readonly seen: readonly number[];
  load(): ImportanceInput[];
  /** @param demos those that it has seen since it was last saved */
  save(inputs: readonly ImportanceInput[], demos: readonly number[]): void;
};

/** Gives the stored sums to the worker's model, so that the result is bit for bit the same as in one pass. */
async function beginImportance(sink: ImportanceSink, backend: Backend) {
  await backend.call('setImportance', {
    inputs: sink.load().map(({ names, ...sums }) => ({ names: [...names], ...sums })),
  });
  const seen = new Set(sink.seen);
  const unsaved: number[] = [];
  let savedAtMs = performance.now();
  let savingMs = 0;
  /** @throws WinnowError GGUF_CORRUPT: the model computes values that are not numbers; STORE */
  const save = async (): Promise<void> => {
    if (unsaved.length === 0) return;
    const started = performance.now();
    sink.save(await backend.call('importance', {}), unsaved);
    unsaved.length = 0;
    savedAtMs = performance.now();
    savingMs = savedAtMs - started;
  };
  return {
    /** Whether the stored matrix has seen the demo. */
    hasSeen: (demo: number): boolean => seen.has(demo),
    save,
    /** Saves, if the last saving was long enough ago compared with the time that it took. */
    packDone: async (demos: readonly number[]): Promise<void> => {
      unsaved.push(...demos);
      if (performance.now() - savedAtMs >= PASS_PER_SAVING * savingMs) await save();
    },
  };
}
