// Checks whether graphics cards compute the same as the processor, by scoring and measuring the bundled sample on each.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Device } from '../../../contract/device.ts';
import type { ExpertSums, MatrixShape } from '../../../contract/criteria.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { Placement } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import { loadFiles, type LoadedModel } from '../../base/backend/load-files.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { readEvaluationText } from '../evaluation/read-documents.ts';
import { measureText, type Comparing, type MeasuredText } from '../evaluation/measure-text.ts';
import { SAMPLE_MODEL, sampleDomains, sampleFiles } from '../../base/files/sample-files.ts';
import { blockMask } from '../../models/block-mask.ts';
import { inspectFile } from '../../models/inspect.ts';
import { USUAL_UBATCH } from '../../models/placement/packs.ts';
import { scoreDemos, type ScoreSink } from '../../experts/scoring/score.ts';
import { addSums, emptySums, scoreMatrix } from '../../experts/selection/criteria.ts';
import { commonShare } from '../../experts/selection/overlap.ts';
import { selectExperts, type SelectedExperts } from '../../experts/selection/select.ts';
import { makeScratchFolder } from '../../store/scratch-folder.ts';

/** Tokens of each domain's held-out text that are scored as one sequence. */
const SEQUENCE_TOKENS = 128;
const CTX = 128;
const CHUNKS = 4;
/** Enough for all layers and the output. */
const ALL_LAYERS = 999;

/**
 * How far a working device may deviate from the CPU. Half precision and different kernels changed scores by less than one percent
 * in measurements; a missing or wrong step changes them by tens of percent.
 */
const AGREEMENT = { scores: 0.03, kept: 0.95, perplexity: 0.01 } as const;

type ScoresCompared = {
  /** ‖device - CPU‖ / ‖CPU‖ of a layer's scores, the maximum over all layers. */
  readonly scores: number;
  /** Share of the experts kept by the CPU's scores that the device's scores keep too, at half and at a quarter of all experts. */
  readonly keptHalf: number;
  readonly keptQuarter: number;
};

export type DeviceAgreement = ScoresCompared & {
  /** Perplexity on the device over that on the CPU, minus 1: of the full model, and masked to the half that the CPU's scores keep. */
  readonly perplexity: number;
  readonly previewPerplexity: number;
  /** KL divergence of the device's distributions from the CPU's, in nats per token. */
  readonly klMean: number;
  readonly agrees: boolean;
};

type CheckedDevice = Pick<Device, 'name' | 'description' | 'backend'> &
  (
    | { readonly agreement: DeviceAgreement; readonly failure: null }
    | { readonly agreement: null; readonly failure: WinnowError }
  );

export type DeviceCheck = {
  /** Number of scored tokens. */
  readonly tokens: number;
  /** Results for every device of a graphics backend. */
  readonly devices: readonly CheckedDevice[];
};

type Computed = { readonly sums: ExpertSums; readonly tokens: number };

type Checking = {
  readonly context: EngineContext;
  readonly info: ModelInfo;
  readonly shape: MatrixShape;
  /** One text of each domain. */
  readonly texts: readonly string[];
  readonly signal: AbortSignal | undefined;
};

/**
 * Scores the sample on the CPU and on each graphics device, and measures its perplexity, for the full model and under a mask. Failures of single devices are returned as data.
 * @throws WinnowError from loading, scoring and measuring on the CPU; CANCELLED
 */
export async function checkDevices(
  context: EngineContext,
  onProgress: (line: string) => void,
  signal?: AbortSignal,
): Promise<DeviceCheck> {
  const { info } = await inspectFile(SAMPLE_MODEL, context);
  const texts = await Promise.all(sampleDomains().map((name) => readEvaluationText(sampleFiles(name).text, signal)));
  const shape = { nLayers: info.moeLayers.length, nExpert: info.nExpert };
  const checking = { context, info, shape, texts, signal };
  await using scratch = await makeScratchFolder(context.scratchDir, 'eval');

  onProgress('checking devices: CPU');
  using cpu = new Backend('off', context.host);
  const model = await loadOn(cpu, info, null, signal);
  const expected = await scoreOn(cpu, model, checking);
  const kept = keptOf(expected.sums, checking, 0.5);
  const writeTo = (name: string): Comparing => ({ writeTo: join(scratch.path, name) });
  const full = await measureOn(cpu, model, null, writeTo('full'), checking);
  const preview = await measureOn(cpu, model, kept, writeTo('preview'), checking);

  const devices: CheckedDevice[] = [];
  for (const { name, description, backend } of await graphicsDevices(checking)) {
    onProgress(`checking devices: ${name}`);
    const device = { name, description, backend };
    try {
      const agreement = await agreementOf(name, { expected, kept, full, preview }, checking);
      devices.push({ ...device, agreement, failure: null });
    } catch (error) {
      if (!(error instanceof WinnowError) || error.code === 'CANCELLED') throw error;
      devices.push({ ...device, agreement: null, failure: error });
    }
  }
  return { tokens: expected.tokens, devices };
}

async function graphicsDevices({ context, signal }: Checking): Promise<Device[]> {
  using backend = new Backend('auto', context.host);
  const devices = await backend.call('devices', {}, { signal });
  return devices.filter(({ type }) => type === 'gpu' || type === 'igpu');
}

type OnCpu = {
  readonly expected: Computed;
  readonly kept: SelectedExperts['kept'];
  readonly full: MeasuredText;
  readonly preview: MeasuredText;
};

async function agreementOf(
  device: string,
  { expected, kept, full, preview }: OnCpu,
  checking: Checking,
): Promise<DeviceAgreement> {
  const { context, info, signal } = checking;
  using backend = new Backend('auto', context.host);
  const model = await loadOn(backend, info, device, signal);
  const computed = await scoreOn(backend, model, checking);
  const ofFull = await measureOn(backend, model, null, comparedWith(full), checking);
  const ofPreview = await measureOn(backend, model, kept, comparedWith(preview), checking);

  const scores = compareScores(computed.sums, expected.sums, checking);
  const perplexity = ratioOf(ofFull, full) - 1;
  const previewPerplexity = ratioOf(ofPreview, preview) - 1;
  return {
    ...scores,
    perplexity,
    previewPerplexity,
    klMean: ofFull.result.klMean?.value ?? NaN,
    agrees:
      scoresAgree(scores) &&
      Math.abs(perplexity) <= AGREEMENT.perplexity &&
      Math.abs(previewPerplexity) <= AGREEMENT.perplexity,
  };
}

/** Whether a device's scores equal the CPU's apart from rounding. */
export function scoresAgree({ scores, keptHalf, keptQuarter }: ScoresCompared): boolean {
  return scores <= AGREEMENT.scores && keptHalf >= AGREEMENT.kept && keptQuarter >= AGREEMENT.kept;
}

/** Loads the model on a device. @param device null: the CPU */
async function loadOn(
  backend: Backend,
  info: ModelInfo,
  device: string | null,
  signal: AbortSignal | undefined,
): Promise<LoadedModel> {
  const place = { deviceLayers: [], cpuExpertBlocks: [], repack: 'all' as const, vocabOnly: false };
  const devices = device === null ? [] : [device];
  return loadFiles(backend, info, { ...place, devices, gpuLayers: devices.length * ALL_LAYERS }, { signal });
}

async function scoreOn(
  backend: Backend,
  model: LoadedModel,
  { info, shape, texts, signal }: Checking,
): Promise<Computed> {
  const tokens = await backend.call(
    'tokenize',
    { texts: texts.map((text) => ({ text, addSpecial: true, parseSpecial: false })) },
    { signal },
  );
  const demos = tokens.map((all) => all.slice(0, SEQUENCE_TOKENS));
  const batch = { nUbatch: USUAL_UBATCH, nSlice: 0, kvType: 'f16' } as const;
  const settings = { ...batch, paging: null, threads: availableParallelism() };
  const sums = emptySums(shape.nLayers, shape.nExpert);
  const sink: ScoreSink = {
    isScored: () => false,
    save: (scored) => scored.forEach((demo) => addSums(sums, demo.scores.sums)),
  };
  const scored = await scoreDemos(demos, info, model, settings, sink, backend, { signal });
  return { sums, tokens: scored.tokens };
}

/** Measures the texts. @param kept null: all experts */
async function measureOn(
  backend: Backend,
  model: LoadedModel,
  kept: SelectedExperts['kept'] | null,
  comparing: Comparing,
  { info, texts, signal }: Checking,
): Promise<MeasuredText> {
  const mask = kept && blockMask(kept, info, model.nLayers);
  await backend.call('setMask', { mask, ungrouped: false }, { signal });
  const placement: Placement = {
    gpu: 'auto',
    gpuLayers: 'auto',
    cpuExpertLayers: 'auto',
    rpc: [],
    threads: availableParallelism(),
  };
  const text = { name: 'sample', text: texts[0] ?? '' };
  return measureText(backend, model, info, text, { ctx: CTX, chunks: CHUNKS, placement }, comparing, { signal });
}

function comparedWith({ reference }: MeasuredText): Comparing {
  return reference && { reference };
}

function ratioOf(device: MeasuredText, cpu: MeasuredText): number {
  return device.result.perplexity.value / cpu.result.perplexity.value;
}

type Shaped = {
  readonly info: Pick<ModelInfo, 'nExpert' | 'nExpertUsed'>;
  readonly shape: MatrixShape;
};

function keptOf(sums: ExpertSums, { info, shape }: Shaped, share: number): SelectedExperts['kept'] {
  const keep = Math.round(share * info.nExpert);
  return selectExperts(scoreMatrix('easy-ep', sums, shape), { keep, nExpertUsed: info.nExpertUsed }).kept;
}

/** Compares a device's sums with the CPU's, by the scores that rank experts. */
export function compareScores(actual: ExpertSums, expected: ExpertSums, shaped: Shaped): ScoresCompared {
  const { nLayers, nExpert } = shaped.shape;
  const [ofDevice, ofCpu] = [actual, expected].map((sums) => scoreMatrix('easy-ep', sums, shaped.shape).scores);
  const differences = Array.from({ length: nLayers }, (_, layer) => {
    const of = (scores: Float64Array): Float64Array => scores.subarray(layer * nExpert, (layer + 1) * nExpert);
    const reference = of(ofCpu!);
    return Math.hypot(...of(ofDevice!).map((score, i) => score - reference[i]!)) / Math.hypot(...reference);
  });
  const common = (share: number): number => commonShare(keptOf(expected, shaped, share), keptOf(actual, shaped, share));
  return { scores: Math.max(...differences), keptHalf: common(0.5), keptQuarter: common(0.25) };
}
