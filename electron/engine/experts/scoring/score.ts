// The scoring pass: runs the demos through the model with taps on, and passes on each pack's sums when it is done.
import { SUMS, sumsOf, type ClassSums, type ExpertSums } from '../../../contract/criteria.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { say } from '../../../contract/sentences.ts';
import type { Stopped } from '../../../contract/stop-rule.ts';
import { TOKEN_CLASSES } from '../../../contract/token-classes.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { LoadedModel } from '../../base/backend/load-files.ts';
import type { Result } from '../../base/backend/protocol.ts';
import type { CallOptions } from '../../base/backend/worker-client.ts';
import { ImportancePass, type ImportanceSink } from './importance-pass.ts';
import { gateInInput } from '../../models/architecture-rules.ts';
import type { Batch } from '../../models/placement/batch.ts';
import type { HostReading } from '../../models/placement/reading.ts';
import { planPacks } from '../../models/placement/packs.ts';
import { scoringContext } from '../../models/placement/scoring-context.ts';

type DemoScores = {
  readonly sums: ExpertSums;
  /** Sums for each class of which the demo has tokens. */
  readonly classSums: ClassSums;
  /** The largest norm of each expert's outputs, `[n_moe_layers][n_expert]`. */
  readonly maxNorm: Float32Array;
  /** 1 - cos of each token in half precision, `[n_moe_layers][n_tokens]`. */
  readonly contribution: Uint16Array;
  /** Positions of the tokens that did most for an expert, -1: none, `[n_moe_layers][n_expert][nTop]`. */
  readonly topPosition: Int32Array;
  readonly topValue: Float32Array;
};

type ScoreSettings = Batch & {
  readonly paging: HostReading['paging'];
  /** The number of tokens to keep for each expert and demo. */
  readonly nTop: number;
  readonly threads: number;
};

/** Where finished packs are stored, and what an earlier, interrupted pass has left there. */
export type ScoreSink = {
  isScored(demo: number): boolean;
  /** Whether the packs that end at these demos, all scored, are enough; null: continue. Absent: all demos are scored. */
  isEnough?(ends: readonly number[]): Promise<Stopped | null>;
  save(scores: readonly { readonly demo: number; readonly scores: DemoScores }[]): void | Promise<void>;
  /** Absent: no importance matrix is collected. */
  readonly importance?: ImportanceSink | undefined;
};

type ScorePass = {
  readonly tokens: number;
  readonly tappedBytes: number;
  /** Why it ended before all demos were scored; null: all are scored. */
  readonly stopped: Stopped | null;
};

/**
 * Scores every demo that the sink does not hold yet, until the sink has enough.
 * @param demos with each token's class, as an index in TOKEN_CLASSES
 * @param options progress counts tokens of all demos, including those of an earlier pass
 * @returns tokens scored in this pass and the bytes that the taps fetched from the device
 * @throws WinnowError CANCELLED (what was saved stays), BACKEND_CRASHED
 */
export async function scoreDemos(
  demos: readonly { readonly tokens: Int32Array; readonly classes: Uint8Array }[],
  info: ModelInfo,
  model: LoadedModel,
  settings: ScoreSettings,
  sink: ScoreSink,
  backend: Backend,
  options: CallOptions = {},
): Promise<ScorePass> {
  const lengths = demos.map(({ tokens }) => tokens.length);
  const packs = planPacks(lengths, settings.nUbatch, model.isRecurrent);
  const context = scoringContext(lengths, settings, model.isRecurrent);
  const ends = packs.map((pack) => pack.demos.at(-1)! + 1);
  const total = packs.reduce((sum, pack) => sum + pack.tokens, 0);

  const importance = sink.importance && (await ImportancePass.begin(sink.importance, backend));
  // the worker computes a pack while the previous one is added up, sent and saved, unless that one decides whether there is a
  // next one, or saves sums that the next one would change
  const ahead = sink.isEnough || importance ? 0 : 1;
  const begun: { readonly pack: (typeof packs)[number]; readonly result: Promise<Result<'score'>> }[] = [];
  let done = 0;
  let scored = 0;
  let tappedBytes = 0;
  let stopped: Stopped | null = null;

  const finishOne = async (): Promise<void> => {
    const { pack, result } = begun.shift()!;
    const { sequences, tappedBytes: bytes } = await result.catch((error: unknown) => {
      throw withExpert(error, info);
    });
    const scores = sequences.map(({ sums, classSums, ...rest }, i) => ({
      demo: pack.demos[i]!,
      scores: {
        ...rest,
        sums: splitSums(sums),
        classSums: Object.fromEntries(
          classSums.map(({ tokenClass, sums: ofClass }) => [TOKEN_CLASSES[tokenClass]!, splitSums(ofClass)]),
        ),
      },
    }));
    // an importance matrix is saved less often, so some demos may have to run again for it
    await sink.save(scores.filter(({ demo }) => !sink.isScored(demo)));
    await importance?.packDone(pack.demos);
    scored += pack.tokens;
    tappedBytes += bytes;
  };

  for (const [index, pack] of packs.entries()) {
    if (!pack.demos.every((demo) => sink.isScored(demo))) {
      stopped = (await sink.isEnough?.(ends.slice(0, index))) ?? null;
      if (stopped) break;
    }
    if (!pack.demos.every((demo) => sink.isScored(demo) && (importance?.hasSeen(demo) ?? true))) {
      const before = done;
      options.onProgress?.(before, total);
      const result = backend.call(
        'score',
        {
          sequences: pack.demos.map((demo) => demos[demo]!.tokens),
          classes: pack.demos.map((demo) => demos[demo]!.classes),
          moeLayers: Int32Array.from(info.moeLayers),
          gateInInput: gateInInput(info.arch),
          ...context,
          nTop: settings.nTop,
          paging: settings.paging,
          taps: true,
          importance: importance !== undefined,
        },
        { signal: options.signal, onProgress: (part) => options.onProgress?.(before + part, total) },
      );
      result.catch(() => {}); // reported when it is finished
      begun.push({ pack, result });
      if (begun.length > ahead) await finishOne();
    }
    done += pack.tokens;
  }
  while (begun.length > 0) await finishOne();
  await importance?.save();
  options.onProgress?.(done, total);
  return { tokens: scored, tappedBytes, stopped };
}

/** Names the expert whose sums are not numbers, usually because of a damaged or badly quantised tensor. Other errors stay as they are. */
function withExpert(error: unknown, { path, moeLayers, nExpert }: ModelInfo): unknown {
  if (!(error instanceof WinnowError) || !Array.isArray(error.details.at)) return error;
  const [, , name, place] = error.details.at as readonly (string | number)[];
  if (name !== 'sums' || typeof place !== 'number') return error;
  const slot = place % (moeLayers.length * nExpert);
  const where = { block: moeLayers[Math.floor(slot / nExpert)] ?? -1, expert: slot % nExpert };
  return new WinnowError(error.code, say('notANumber', { path, ...where }), where, error);
}

function splitSums(sums: Float64Array | Float32Array): ExpertSums {
  const length = sums.length / SUMS.length;
  return sumsOf((_name, i) => Float64Array.from(sums.subarray(i * length, (i + 1) * length)));
}
