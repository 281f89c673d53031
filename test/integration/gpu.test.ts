// The same scores, masks and perplexity on a device whose memory is not the host's: ggml's Vulkan backend on Mesa's
// software device, with every layer offloaded. Debian: libvulkan1 and mesa-vulkan-drivers.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../../electron/engine/engine.ts';
import { ALL_EXPERT_LAYERS, type Placement } from '../../electron/contract/requests.ts';
import { Backend } from '../../electron/engine/backend/backend.ts';
import { evaluateAll } from '../../electron/engine/evaluation/evaluate.ts';
import type { EvaluationResult } from '../../electron/engine/evaluation/measure-text.ts';
import { scoreMatrix } from '../../electron/engine/scoring/criteria.ts';
import type { ScoreOutcome } from '../../electron/engine/scoring/score-outcome.ts';
import { keptOverlap } from '../../electron/engine/selection/overlap.ts';
import { selectExperts } from '../../electron/engine/selection/select.ts';
import { takeAllCores } from '../setup/own-cores.ts';
import { CPU, ROOT, SAMPLE, scratchDir, THREADS } from './support.ts';

const SOFTWARE_DEVICE = ['/usr/share/vulkan/icd.d/lvp_icd.json', '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json', '/usr/share/vulkan/icd.d/lvp_icd.aarch64.json'].find((path) => existsSync(path)); // prettier-ignore
const VULKAN: Placement = { gpu: 'vulkan', gpuLayers: 99, cpuExpertLayers: 0, rpc: [], threads: THREADS };
const MAX_SCORE_ERROR = 1e-2;
const MIN_SAME_KEPT = 0.98;
const MAX_PERPLEXITY_ERROR = 0.01;
const N_DEMOS = 4;

const home = scratchDir();
const engine = new Engine({ home });
const score = (placement: Placement): Promise<ScoreOutcome> =>
  engine.score({
    model: SAMPLE,
    demos: { kind: 'files', files: [join(ROOT, 'resources/sample/demos/python.jsonl')] },
    limit: N_DEMOS,
    maxTokens: 128,
    nUbatch: 512,
    placement,
    fresh: true,
  });

describe.skipIf(process.platform !== 'linux')('Vulkan on a software device', () => {
  let cpu: ScoreOutcome;
  let gpu: ScoreOutcome;

  beforeAll(async () => {
    if (!SOFTWARE_DEVICE) throw new Error('lavapipe is missing: apt-get install libvulkan1 mesa-vulkan-drivers');
    takeAllCores();
    process.env.VK_ICD_FILENAMES = SOFTWARE_DEVICE;
    process.env.GGML_VK_VISIBLE_DEVICES = '0'; // or ggml passes over software devices
    cpu = await score(CPU);
    gpu = await score(VULKAN);
  });

  test('the device is there and holds the model', async () => {
    using backend = new Backend('vulkan');
    const devices = await backend.call('devices', {});
    expect(devices.map(({ backend: name }) => name)).toContain('Vulkan');
    const device = devices.find(({ backend: name }) => name === 'Vulkan');
    await backend.call('load', { parts: [SAMPLE], devices: [device?.name ?? ''], gpuLayers: 99, cpuExpertBlocks: [], useExtraBuffers: true, prefetch: true, vocabOnly: false }); // prettier-ignore
    expect(backend.logTail().join('\n')).toMatch(/offloaded 7\/7 layers to GPU/);
  });

  test('scores and kept sets', () => {
    const shape = { nLayers: cpu.info.moeLayers.length, nExpert: cpu.info.nExpert };
    // reap divides by the count, so that one token more or less of a rare expert weighs as much as a common one's hundred
    for (const criterion of ['easy-ep', 'ean', 'gate', 'frequency'] as const) {
      const expected = scoreMatrix(criterion, cpu.total, shape);
      const actual = scoreMatrix(criterion, gpu.total, shape);
      expect(relativeError(actual.scores, expected.scores), criterion).toBeLessThanOrEqual(MAX_SCORE_ERROR);
      for (const keep of [16, 8]) {
        const options = { keep, nExpertUsed: cpu.info.nExpertUsed };
        const same = keptShare(selectExperts(expected, options).kept, selectExperts(actual, options).kept);
        expect(same, `${criterion}, keep ${keep}`).toBeGreaterThanOrEqual(MIN_SAME_KEPT);
      }
    }
  });

  test('masks and perplexity', async () => {
    const shape = { nLayers: cpu.info.moeLayers.length, nExpert: cpu.info.nExpert };
    const { kept } = selectExperts(scoreMatrix('easy-ep', cpu.total, shape), {
      keep: 16,
      nExpertUsed: cpu.info.nExpertUsed,
    });
    const texts = [{ name: 'python', text: readFileSync(join(ROOT, 'resources/sample/eval/python.txt'), 'utf8') }];
    const measure = (placement: Placement): Promise<EvaluationResult[][]> =>
      evaluateAll([{ info: cpu.info }, { info: cpu.info, kept }], texts, {
        placement,
        scratchDir: home,
        ctx: 128,
        chunks: 4,
      });
    const onCpu = await measure(CPU);
    const onGpu = await measure(VULKAN);
    for (const subject of [0, 1]) {
      const expected = onCpu[subject]?.[0]?.perplexity ?? NaN;
      const actual = onGpu[subject]?.[0]?.perplexity ?? NaN;
      expect(Math.abs(actual / expected - 1)).toBeLessThanOrEqual(MAX_PERPLEXITY_ERROR);
    }
    expect(onGpu[1]?.[0]?.perplexity).toBeGreaterThan((onGpu[0]?.[0]?.perplexity ?? NaN) * 1.02); // the mask does something
  });

  test('experts on the CPU, the rest on the device', async () => {
    const mixed = await score({ ...VULKAN, cpuExpertLayers: ALL_EXPERT_LAYERS });
    const shape = { nLayers: cpu.info.moeLayers.length, nExpert: cpu.info.nExpert };
    const select = (outcome: ScoreOutcome) =>
      selectExperts(scoreMatrix('easy-ep', outcome.total, shape), { keep: 16, nExpertUsed: cpu.info.nExpertUsed }).kept;
    expect(keptShare(select(cpu), select(mixed))).toBeGreaterThanOrEqual(MIN_SAME_KEPT);
  });
});

/**
 * ‖a - b‖ / ‖b‖. Not expert by expert: the device rounds activations differently, so now and then a token's fourth and
 * fifth expert change places, and an expert that was used twice is used once.
 */
function relativeError(a: Float64Array, b: Float64Array): number {
  const norm = (values: Float64Array): number => Math.hypot(...values);
  return norm(a.map((x, i) => x - (b[i] ?? NaN))) / norm(b);
}

/** Share of the experts of `a` that `b` keeps too. */
function keptShare(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  const jaccard = keptOverlap(a, b).mean;
  return (2 * jaccard) / (1 + jaccard); // equally many in both
}
