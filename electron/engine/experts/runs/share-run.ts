// Exports and imports score runs: everything needed to choose experts on another machine, without the model and without
// the demos' texts.
import { basename } from 'node:path';
import { z } from 'zod';
import { runSchema } from '../../../contract/api/runs.ts';
import { MAX_BLOCKS, modelInfoSchema, type ModelInfo } from '../../../contract/model-info.ts';
import { inEnglish } from '../../../contract/sentences.ts';
import { jsonExcess } from '../../base/files/json-guard.ts';
import { withoutPrediction } from '../../models/prediction-blocks.ts';
import { decodeSums, encodeSums, finite, openBlob, sealBlob } from '../../store/blobs.ts';
import { decodeClassSums } from '../../store/class-sums.ts';
import type { Store } from '../../store/database.ts';
import { decodeNorms, loadDemoSums, loadTokenBlob, saveDemoScores, scoredPositions } from '../../store/demo-scores.ts';
import { findModel, rememberModel, type StoredModel } from '../../store/models.ts';
import {
  createScoreRun,
  dropScoreRun,
  findDoneRun,
  finishScoreRun,
  listRunDemos,
  runDemoSchema,
  settingsHash,
} from '../../store/score-runs.ts';
import { unpackContribution, unpackTop } from '../../store/token-blobs.ts';
import { badBundle, inBundle, readBundle, writeBundle } from './bundle-file.ts';
import { requireRun, scoredInfo, shapeOf } from './stored-run.ts';

/** llama.cpp's limit: matrices with more experts are not made, and would not fit into memory. */
const MAX_EXPERTS = 1024;
/** The most tokens of one demo; models read a few million at most. */
const MAX_TOKENS = 1 << 30;
/** The latest time that a Date holds. */
const MAX_MS = 8.64e15;
/** The number of blobs for each demo, in the order of the versions that wrote them. */
const BLOBS = [3, 5] as const;
/** The length is limited because lists show names. */
const name = z.string().max(1000);

const runSettingsSchema = z.looseObject({
  maxTokens: z.int(),
  predictionLayers: z.array(z.int().nonnegative().lt(MAX_BLOCKS)).min(1).exactOptional(),
});

/**
 * A bundle's first blob, as JSON. It is followed by the blobs of each scored demo: its sums, contribution and top tokens, and in
 * bundles with five blobs also the sums by token class and the largest norms. A blob that the run does not have is empty.
 */
const headSchema = z.object({
  model: modelInfoSchema.refine(isPlausible),
  run: z.object({
    domain: name,
    settings: z.unknown().refine((settings) => runSettingsSchema.safeParse(settings).success),
    state: runSchema.shape.state.exclude(['running']),
    startedMs: z.int().min(-MAX_MS).max(MAX_MS),
    finishedMs: z.int().min(-MAX_MS).max(MAX_MS).nullable(),
    seconds: z.number().nonnegative(),
  }),
  demos: z.array(runDemoSchema.extend({ id: name, tokens: z.int().nonnegative().max(MAX_TOKENS) })),
  /** Positions of the scored demos, ascending. */
  scored: z.array(z.int().nonnegative()),
  /** The number of blobs for each demo. */
  blobs: z.literal(BLOBS).default(3),
});
type Head = z.infer<typeof headSchema>;
/** The head of a newer version, which keeps more of each demo than this one knows. */
const newerSchema = z.looseObject({ blobs: z.int().gt(Math.max(...BLOBS)) });

/** Whether the model's matrices have a possible shape. */
function isPlausible({ moeLayers, nExpert, name: title, arch, fingerprint }: ModelInfo): boolean {
  const ascend = moeLayers.every((layer, i) => layer > (moeLayers[i - 1] ?? -1) && layer < MAX_BLOCKS);
  const texts = [title, arch, fingerprint].every((text) => name.safeParse(text).success);
  return texts && ascend && moeLayers.length > 0 && nExpert > 0 && nExpert <= MAX_EXPERTS;
}

/**
 * @param path replaced if it exists
 * @throws WinnowError USAGE: there is no such run; STORE; TARGET_UNWRITABLE; NO_SPACE; the signal's reason
 */
export async function exportRun(store: Store, runId: number, path: string, signal?: AbortSignal): Promise<void> {
  const { run, model } = requireRun(store, runId);
  const { domain, settings, state, startedMs, finishedMs, seconds } = run;
  const scored = scoredPositions(store, runId);
  const head: Head = {
    // only the name: the path on this machine is private
    model: { ...model.info, path: basename(model.info.path), parts: model.info.parts.map((part) => basename(part)) },
    run: {
      domain,
      settings,
      startedMs,
      finishedMs,
      seconds,
      state: state === 'running' ? 'interrupted' : state,
    },
    demos: listRunDemos(store, runId),
    scored,
    blobs: 5,
  };
  // each blob is made only when the one before has been written
  // oxlint-disable-next-line typescript/require-await
  async function* blobs(): AsyncGenerator<Uint8Array> {
    yield sealBlob(Buffer.from(JSON.stringify(head)));
    for (const position of scored) {
      signal?.throwIfAborted();
      yield encodeSums(loadDemoSums(store, runId, position));
      for (const name of ['contribution', 'top', 'class_sums', 'max_norm'] as const) {
        yield sealBlob(loadTokenBlob(store, runId, position, name) ?? new Uint8Array());
      }
    }
  }
  await writeBundle(path, blobs());
}

/**
 * Adds the run of a bundle. A finished run that is already here is not added again.
 * @returns the run's id
 * @throws WinnowError FILE_NOT_FOUND, FILE_UNREADABLE; SCORES_INVALID; the signal's reason. No run is left then
 */
export async function importRun(store: Store, path: string, signal?: AbortSignal): Promise<number> {
  const blobs = readBundle(path);
  try {
    const head = readHead(path, await nextBlob(blobs, path));
    const model = sameModel(store, head, path);
    const { domain, settings, state, startedMs, finishedMs, seconds } = head.run;
    const hashes = head.demos.map(({ hash }) => hash);
    const known = findDoneRun(store, model.id, settingsHash(settings), hashes);
    if (known && state === 'done') return known.id;

    const { id } = createScoreRun(store, { modelId: model.id, domain, settings, demos: head.demos }, startedMs);
    try {
      for (const position of head.scored) {
        signal?.throwIfAborted();
        saveDemoScores(store, id, [await readDemo(blobs, path, { head, model, position })]);
      }
      if (!(await blobs.next()).done) throw badBundle(path, 'there is more than its demos');
      finishScoreRun(store, id, state, seconds, finishedMs ?? startedMs);
    } catch (error) {
      dropScoreRun(store, id);
      throw error;
    }
    return id;
  } finally {
    await blobs.return(undefined);
  }
}

function readHead(path: string, blob: Uint8Array): Head {
  const told = inBundle(path, (): unknown => {
    const text = Buffer.from(openBlob(blob));
    const excess = jsonExcess(text);
    if (excess !== null) throw new Error(inEnglish(excess));
    return JSON.parse(text.toString('utf8'));
  });
  if (newerSchema.safeParse(told).success) throw badBundle(path, 'it comes from a newer Winnow');
  const head = inBundle(path, () => headSchema.parse(told));
  const { demos, scored, run, model } = head;
  const ordered = scored.every((position, i) => position < demos.length && position > (scored[i - 1] ?? -1));
  const isWhole = scored.length === demos.length;
  if (!ordered || (run.state === 'done' && !isWhole)) {
    throw badBundle(path, 'its demos and their scores do not fit together');
  }
  // only the name: the path on that machine means nothing on this one
  return { ...head, model: { ...model, path: basename(model.path), parts: model.parts.map((part) => basename(part)) } };
}

/** The model as it is known here, perhaps in another place and under another name, with the layers that the run scored. */
function sameModel(store: Store, { model, run }: Head, path: string): StoredModel {
  const known = findModel(store, model.fingerprint) ?? rememberModel(store, withoutPrediction(model));
  const info = scoredInfo(known.info, run.settings);
  const { nLayers, nExpert } = shapeOf(info);
  if (nLayers === model.moeLayers.length && nExpert === model.nExpert) return { ...known, info };
  throw badBundle(path, 'its layers and experts are not those of its model');
}

async function readDemo(
  blobs: AsyncGenerator<Buffer>,
  path: string,
  { head, model, position }: { readonly head: Head; readonly model: StoredModel; readonly position: number },
) {
  const shape = shapeOf(model.info);
  const [sums, contribution, top] = [
    await nextBlob(blobs, path),
    await nextBlob(blobs, path),
    await nextBlob(blobs, path),
  ];
  const [classes, norms] = head.blobs === 5 ? [await nextBlob(blobs, path), await nextBlob(blobs, path)] : [null, null];
  return inBundle(path, () => {
    const length = shape.nLayers * shape.nExpert;
    const nTokens = head.demos[position]?.tokens ?? 0;
    const whole = {
      position,
      sums: decodeSums(sums, length),
      ...classesIn(classes, length),
      ...normsIn(norms, length),
    };
    const tokens = { contribution: openBlob(contribution), top: openBlob(top) };
    if (tokens.contribution.length === 0) return whole;
    const tops = unpackTop(tokens.top, shape);
    finite(unpackContribution(tokens.contribution, shape.nLayers, nTokens));
    finite(tops.value);
    if (tops.position.some((at) => at < -1 || at >= nTokens)) throw new Error('a token that is not in its demo');
    return { ...whole, ...tokens };
  });
}

/** The sums by token class in a blob; empty: the run has none. */
function classesIn(blob: Buffer | null, length: number) {
  if (blob === null || openBlob(blob).length === 0) return {};
  return { classSums: decodeClassSums(blob, length) };
}

function normsIn(blob: Buffer | null, length: number) {
  if (blob === null || openBlob(blob).length === 0) return {};
  return { maxNorm: decodeNorms(blob, length) };
}

async function nextBlob(blobs: AsyncGenerator<Buffer>, path: string): Promise<Buffer> {
  const next = (await blobs.next()) as IteratorResult<Buffer, undefined>;
  if (next.value) return next.value;
  throw badBundle(path, 'its end is missing');
}
