// The same scores wherever the model's parts lie: all with the CPU, all on a GPU, and its experts shared between both. The
// GPU is Mesa's software device, so that speeds say what moving data costs, not what a GPU gains.
import { existsSync } from 'node:fs';
import type { ScoringEstimate } from '../../../electron/contract/api/runs.ts';
import { ALL_EXPERT_LAYERS, type Placement } from '../../../electron/contract/requests.ts';
import { Engine } from '../../engine.ts';
import { SAMPLE_MODEL, sampleDomains, sampleFiles } from '../../../electron/engine/base/files/sample-files.ts';
import type { ScoreOutcome } from '../../../electron/engine/experts/scoring/score-outcome.ts';
import { scoreMatrix } from '../../../electron/engine/experts/selection/criteria.ts';
import { keptOverlap } from '../../../electron/engine/experts/selection/overlap.ts';
import { selectExperts } from '../../../electron/engine/experts/selection/select.ts';
import { table } from '../measured-documents.ts';
import type { ScaleBench, ScalePart } from './part.ts';
import { normError } from '../../relative-error.ts';

const SOFTWARE_DEVICE = ['lvp_icd.json', 'lvp_icd.x86_64.json', 'lvp_icd.aarch64.json']
  .map((name) => `/usr/share/vulkan/icd.d/${name}`)
  .find((path) => existsSync(path));
const DEMOS = 8;
const DEMO_TOKENS = 256;
const UBATCH = 1024;
const DOCUMENT = { name: 'scale-placement', title: 'Mixed placement' };

type Measured = { readonly name: string; readonly outcome: ScoreOutcome };

/** The bundled sample: the software device is too slow for the generated models. */
export async function benchPlacement({ home, threads }: ScaleBench): Promise<ScalePart> {
  if (SOFTWARE_DEVICE === undefined) {
    return {
      ...DOCUMENT,
      body: 'Not measured on this machine: Mesa’s software device is not installed.',
      runs: [],
    };
  }
  process.env.VK_ICD_FILENAMES = SOFTWARE_DEVICE;
  process.env.GGML_VK_VISIBLE_DEVICES = '0'; // or ggml passes over software devices
  const engine = new Engine({ home });
  try {
    const gpu = { gpu: 'vulkan', gpuLayers: ALL_EXPERT_LAYERS, rpc: [], threads } as const;
    const cpu = await measure(engine, 'CPU', { ...gpu, gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0 });
    const half = Math.floor(cpu.outcome.info.moeLayers.length / 2);
    const measured = [
      cpu,
      await measure(engine, 'all on the device', { ...gpu, cpuExpertLayers: 0 }),
      await measure(engine, `experts of ${half} layers in RAM`, { ...gpu, cpuExpertLayers: half }),
      await measure(engine, 'experts of all layers in RAM', { ...gpu, cpuExpertLayers: ALL_EXPERT_LAYERS }),
    ];
    return { ...DOCUMENT, body: bodyOf(measured, cpu), runs: [] };
  } finally {
    await engine.close();
  }
}

async function measure(engine: Engine, name: string, placement: Placement): Promise<Measured> {
  const request = {
    model: SAMPLE_MODEL,
    demos: { kind: 'files' as const, files: [sampleFiles(sampleDomains()[0]!).demos] },
    limit: DEMOS,
    maxTokens: DEMO_TOKENS,
    nUbatch: UBATCH,
    placement,
    fresh: true,
  };
  // the first run compiles the device's shaders
  await engine.score(request);
  return { name, outcome: await engine.score(request) };
}

function bodyOf(measured: readonly Measured[], cpu: Measured): string {
  const { nExpert, nExpertUsed, moeLayers } = cpu.outcome.info;
  const shape = { nLayers: moeLayers.length, nExpert };
  const matrix = ({ outcome }: Measured) => scoreMatrix('easy-ep', outcome.total, shape);
  const kept = (one: Measured) => selectExperts(matrix(one), { keep: nExpert / 2, nExpertUsed }).kept;
  const rows = measured.map((one) => {
    const bytes = (kind: ScoringEstimate['memory'][number]['kind']): string => {
      const sum = one.outcome.estimate.memory.reduce(
        (total, place) => total + (place.kind === kind ? place.weightsBytes : 0),
        0,
      );
      return `${(sum / 1e6).toFixed(1)} MB`;
    };
    const speed = cpu.outcome.run.seconds / one.outcome.run.seconds;
    const error = normError(matrix(one).scores, matrix(cpu).scores);
    return [
      one.name,
      bytes('gpu'),
      bytes('host'),
      `×${speed.toFixed(2)}`,
      one === cpu ? '–' : error.toExponential(1),
      one === cpu ? '–' : `${(100 * keptOverlap(kept(one), kept(cpu)).mean).toFixed(1)} %`,
    ];
  });
  const head = ['weights', 'on the device', 'in RAM', 'speed', 'error of the scores', 'same kept experts'];
  return `Scoring ${cpu.outcome.tokens} tokens with the bundled sample (${moeLayers.length} layers of ${nExpert} experts), with Mesa’s software device as the GPU. Speed is over the CPU’s. The error is ‖a − b‖ / ‖b‖ of the EASY-EP scores. Kept experts (half of each layer) are compared by the Jaccard index.\n\n${table(head, rows)}`;
}
