// How long the device waits for the host between the graphs of a scoring run, on a model with as many layers and experts as
// Qwen3-30B-A3B has: what the host does for a ubatch depends on these alone, and the model is so narrow that a ubatch takes
// as long here as the real model's takes on a graphics card.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Engine } from '../engine.ts';
import { median } from '../../electron/engine/base/statistics/averages.ts';
import { REFERENCE_DIR } from '../../native/build.ts';
import { BENCH_SHAPE, makeBenchModel } from './make-model.ts';

const SHAPE = { ...BENCH_SHAPE, layers: 48, width: 64, expertWidth: 32, heads: 2, headsKv: 2, headDim: 32 };
const UBATCH = 2048;
const UBATCHES = { off: 8, vulkan: 4 };
/** Four of them fill a ubatch. */
const DEMO = { tokens: 510, chars: 1500 };

export type DeviceWaits = {
  readonly shape: typeof SHAPE;
  /** Milliseconds that each ubatch but the first waits. */
  readonly waits: readonly number[];
  readonly computes: readonly number[];
};

/** @param dir of scratch files; the model in it stays */
export async function measureDeviceWaits(dir: string, text: string, gpu: 'off' | 'vulkan'): Promise<DeviceWaits> {
  const model = await makeBenchModel(join(dir, 'bench-48x128x8-narrow-Q8_0.gguf'), SHAPE);
  const home = join(dir, 'waits');
  rmSync(home, { recursive: true, force: true });
  const logs = join(home, 'logs');
  mkdirSync(logs, { recursive: true });
  const demos = join(home, 'demos.jsonl');
  const start = (i: number): number => (i * DEMO.chars) % (text.length - DEMO.chars);
  const lines = Array.from({ length: (UBATCHES[gpu] * UBATCH) / 512 }, (_, i) =>
    JSON.stringify({ text: `${i} ${text.slice(start(i), start(i) + DEMO.chars)}` }),
  );
  writeFileSync(demos, lines.join('\n'));

  // workers take their environment from this process
  Object.assign(process.env, { LD_PRELOAD: join(REFERENCE_DIR, 'libdevice-waits.so'), DEVICE_WAITS: logs });
  const engine = new Engine({ home });
  try {
    await engine.score({
      model,
      demos: { kind: 'files', files: [demos] },
      maxTokens: DEMO.tokens,
      nUbatch: UBATCH,
      fresh: true,
      placement: { gpu, gpuLayers: gpu === 'off' ? 0 : SHAPE.layers + 1, cpuExpertLayers: 0, rpc: [], threads: 1 },
    });
  } finally {
    await engine.close();
    delete process.env['LD_PRELOAD'];
    delete process.env['DEVICE_WAITS'];
  }
  const graphs = readdirSync(logs)
    .map((name) => readFileSync(join(logs, name), 'utf8').trim().split('\n'))
    .sort((a, b) => b.length - a.length)[0]!
    .map((line) => line.split(' ').map(Number) as [number, number]);
  // the last one may hold fewer tokens, and before the run its speed is measured on a short one
  const usual = median(graphs.map(([, compute]) => compute));
  const whole = graphs.filter(([, compute]) => compute > usual / 2).slice(1);
  rmSync(home, { recursive: true });
  return { shape: SHAPE, waits: whole.map(([wait]) => wait), computes: whole.map(([, compute]) => compute) };
}
