// The same scores, masks and perplexity on a device whose memory is not the host's: ggml's Vulkan backend on Mesa's
// software device, with every layer offloaded. Debian: libvulkan1 and mesa-vulkan-drivers.
import { fork } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { deviceSchema } from '../../electron/contract/device.ts';
import { ALL_EXPERT_LAYERS, type Placement } from '../../electron/contract/requests.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import { takeSnapshot } from '../../electron/engine/models/placement/machine-snapshot.ts';
import { toLoadPlan } from '../../electron/engine/models/placement/place-model.ts';
import { planPlacement } from '../../electron/engine/models/placement/plan-placement.ts';
import { toWorkload } from '../../electron/engine/models/placement/workload.ts';
import { forkWorker, workerFile, type WorkerHost } from '../../electron/engine/base/backend/worker-host.ts';
import { Engine, type ScoreOutcome } from '../engine.ts';
import { Measuring } from '../../electron/engine/measure/evaluation/measuring.ts';
import { idleTask } from '../../electron/engine/store/task.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { modelShape } from '../../electron/engine/models/placement/model-shape.ts';
import { scoreMatrix } from '../../electron/engine/experts/selection/criteria.ts';
import { selectExperts } from '../../electron/engine/experts/selection/layer-rules.ts';
import { readBytes, seeGguf } from './gguf-tools.ts';
import { takeAllCores } from '../setup/own-cores.ts';
import { softwareGpuComputes } from './software-gpu.ts';
import {
  CPU,
  ROOT,
  SAMPLE,
  sampled,
  scratchDir,
  seededTokens,
  THREADS,
  useSoftwareGpu,
  PRUNE_OPTIONS,
} from './support.ts';
import { writeImportanceMatrix } from '../../electron/engine/write/pruning/write-importance.ts';
import { normError } from '../relative-error.ts';
import { EngineContext } from '../../electron/engine/store/engine-context.ts';

const VULKAN: Placement = { gpu: 'vulkan', gpuLayers: 99, cpuExpertLayers: 0, rpc: [], threads: THREADS };
/** The device multiplies in half precision, and is itself software for the processor that it finds: 0.0065 to 0.0084, and 0.98. */
const MAX_SCORE_ERROR = 3e-2;
const MIN_SAME_KEPT = 0.95;
const MAX_PERPLEXITY_ERROR = 0.01;
/** The error over 128 tokens, where one that goes to another expert weighs more than in sums over many. */
const MAX_ROUTED_ERROR = 0.1;
/** What is computed at once is rounded less often: 0 and 2e-8. */
const MAX_FUSION_ERROR = 1e-5;
/** The difference between the errors that routers are fitted by. */
const MAX_FIT_ERROR = 0.05;
const N_DEMOS = 4;
/** The sample's experts are 21 MB, all else that a device would hold some 12 MB. */
const SMALL_DEVICE_BYTES = 24 << 20;

const home = scratchDir();
const engine = new Engine({ home });
const REQUEST = {
  model: SAMPLE,
  demos: { kind: 'files', files: [join(ROOT, 'resources/sample/demos/python.jsonl')] as string[] },
  limit: N_DEMOS,
  maxTokens: 128,
  nUbatch: 512,
  fresh: true,
} as const;
const SHORT_DEMOS = { kind: 'files', files: [join(ROOT, 'resources/sample/demos/math.jsonl')] as string[] } as const;
const score = (placement: Placement): Promise<ScoreOutcome> => engine.score({ ...REQUEST, placement });

describe.runIf(softwareGpuComputes())('Vulkan on a software device', () => {
  let cpu: ScoreOutcome;
  let gpu: ScoreOutcome;

  beforeAll(async () => {
    takeAllCores();
    useSoftwareGpu();
    cpu = await score(CPU);
    gpu = await score(VULKAN);
  });

  test('the device is there and holds the model', async () => {
    using backend = new Backend('vulkan');
    const devices = await backend.call('devices', {});
    expect(devices.map(({ backend: name }) => name)).toContain('Vulkan');
    const device = devices.find(({ backend: name }) => name === 'Vulkan');
    await backend.call('load', {
      parts: [SAMPLE],
      devices: [device?.name ?? ''],
      gpuLayers: 99,
      deviceLayers: [],
      cpuExpertBlocks: [],
      repack: 'all',
      vocabOnly: false,
    });
    expect(backend.logTail().join('\n')).toMatch(/offloaded 7\/7 layers to GPU/);
  });

  test('scores and kept sets', () => {
    const shape = { nLayers: cpu.info.moeLayers.length, nExpert: cpu.info.nExpert };
    // reap divides by the count, so that one token more or less of a rare expert weighs as much as a common one's hundred
    for (const criterion of ['easy-ep', 'ean', 'gate', 'frequency'] as const) {
      const expected = scoreMatrix(criterion, cpu.total, shape);
      const actual = scoreMatrix(criterion, gpu.total, shape);
      expect(normError(actual.scores, expected.scores), criterion).toBeLessThanOrEqual(MAX_SCORE_ERROR);
      for (const keep of [16, 8]) {
        const options = { keep, nExpertUsed: cpu.info.nExpertUsed };
        const same = keptShare(selectExperts(expected, options).kept, selectExperts(actual, options).kept);
        expect(same, `${criterion}, keep ${keep}`).toBeGreaterThanOrEqual(MIN_SAME_KEPT);
      }
    }
  });

  test.each([{ tokens: 1 }, { tokens: 40 }])(
    'kernels that compute several steps at once leave what is tapped: $tokens tokens',
    async ({ tokens }) => {
      const pass = async (env: Record<string, string>, taps: boolean) => {
        const logFile = join(scratchDir(), 'log');
        using backend = new Backend('vulkan', hostWithLog(logFile, { ...env, GGML_VK_PERF_LOGGER: '1' }));
        await loadModel(backend, cpu.info, VULKAN);
        const { sequences } = await backend.call('score', {
          sequences: [seededTokens(tokens, 4096, 3)],
          moeLayers: Int32Array.from(cpu.info.moeLayers),
          gateInInput: false,
          nCtx: 256,
          nUbatch: 64,
          nSlice: 0,
          kvType: 'f16',
          nLongest: 0,
          nSeqMax: 1,
          nThreads: 1,
          paging: null,
          taps,
        });
        const log = readFileSync(logFile, 'utf8');
        return { sums: sequences[0]!.sums, ran: (kernel: string) => new RegExp(`^${kernel}[ (:]`, 'm').test(log) };
      };
      const fused = await pass({}, true);
      const stepByStep = await pass({ GGML_VK_DISABLE_FUSION: '1' }, true);
      // routing in one kernel, whose results are tapped
      for (const kernel of ['TOPK_MOE_EARLY_SOFTMAX_NORM', 'RMS_NORM_MUL']) {
        expect(fused.ran(kernel), kernel).toBe(true);
        expect(stepByStep.ran(kernel), kernel).toBe(false);
      }
      expect(stepByStep.ran('RMS_NORM')).toBe(true);
      // a token's experts are weighted where they are computed, but not while their outputs are tapped
      if (tokens === 1) {
        expect((await pass({}, false)).ran('MUL_MAT_ID_MUL')).toBe(true);
        expect(fused.ran('MUL_MAT_ID_MUL')).toBe(false);
      }
      expect(normError(fused.sums, stepByStep.sums)).toBeLessThanOrEqual(MAX_FUSION_ERROR);
    },
  );

  test('the importance matrix of inputs that lie on the device', async () => {
    const matrixOf = async (name: string, placement: Placement): Promise<Map<string, Float64Array>> => {
      const { run } = await engine.score({ ...REQUEST, limit: 1, importance: true, placement });
      const path = join(home, `${name}.imatrix.gguf`);
      await writeImportanceMatrix({ runId: run.id, path, overwrite: true }, engine.context);
      const file = await seeGguf(path);
      return new Map(
        file.tensors.map(({ name: tensor, offset, bytes }) => {
          const values = new Float32Array(Uint8Array.from(readBytes(path, offset, bytes)).buffer);
          return [tensor, Float64Array.from(values)];
        }),
      );
    };
    const expected = await matrixOf('cpu', CPU);
    const actual = await matrixOf('gpu', VULKAN);
    expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [tensor, values] of expected) {
      const error = normError(actual.get(tensor) ?? new Float64Array(), values);
      expect(error, tensor).toBeLessThanOrEqual(tensor.includes('_exps') ? MAX_ROUTED_ERROR : MAX_SCORE_ERROR);
    }
  });

  test('masks and perplexity', async () => {
    const shape = { nLayers: cpu.info.moeLayers.length, nExpert: cpu.info.nExpert };
    const { kept } = selectExperts(scoreMatrix('easy-ep', cpu.total, shape), {
      keep: 16,
      nExpertUsed: cpu.info.nExpertUsed,
    });
    const texts = [
      { name: 'python', hash: 'python', text: readFileSync(join(ROOT, 'resources/sample/eval/python.txt'), 'utf8') },
    ];
    const subjects = [
      { of: { info: cpu.info }, hash: 'full' },
      { of: { info: cpu.info, kept }, hash: 'half' },
    ];
    const measure = async (placement: Placement): Promise<number[]> => {
      await using measuring = new Measuring<(typeof subjects)[number], (typeof texts)[number]>(null, null, {
        ctx: 128,
        placement,
        context: new EngineContext({ home, host: forkWorker }),
        task: idleTask(),
        onProgress: () => {},
      });
      const figures = await measuring.all(subjects, texts, 2);
      return subjects.map((subject) => figures.get(subject)?.get(texts[0]!)?.figures.perplexity.value ?? NaN);
    };
    const onCpu = await measure(CPU);
    const onGpu = await measure(VULKAN);
    for (const subject of [0, 1]) {
      const [expected, actual] = [onCpu[subject]!, onGpu[subject]!];
      expect(Math.abs(actual / expected - 1)).toBeLessThanOrEqual(MAX_PERPLEXITY_ERROR);
    }
    expect(onGpu[1]).toBeGreaterThan(onGpu[0]! * 1.02); // the mask does something
  });

  test.each(sampled([{ layers: 2 }, { layers: ALL_EXPERT_LAYERS }], 2))(
    'the experts of $layers layers on the CPU, the rest on the device',
    async ({ layers }) => {
      expectSame(await score({ ...VULKAN, cpuExpertLayers: layers }));
    },
  );

  test('a repair comes to the same where the device multiplies by the host’s weights', async () => {
    const kept = Array.from({ length: 6 }, (_, layer) => Array.from({ length: 8 }, (__, i) => i * 4 + (layer % 4)));
    const repaired = async (name: string, placement: Placement): Promise<number> => {
      const { repair } = await engine.prune({
        model: SAMPLE,
        kept,
        output: join(home, name),
        ...PRUNE_OPTIONS,
        repair: { demos: SHORT_DEMOS, limit: 12, placement },
      });
      return repair!.facts!.gate.kl.after.value;
    };
    const [onCpu, mixed] = [
      await repaired('cpu.gguf', CPU),
      await repaired('mixed.gguf', { ...VULKAN, cpuExpertLayers: ALL_EXPERT_LAYERS }),
    ];
    expect(Math.abs(mixed / onCpu - 1)).toBeLessThanOrEqual(MAX_FIT_ERROR);
  });

  test('a device that is too small for all experts holds as many as fit', async () => {
    const log: string[] = [];
    const ownHome = scratchDir();
    const small = new Engine({ home: ownHome, host: hostOfSmallDevice(log, SMALL_DEVICE_BYTES) });
    const mixed = await small.score({
      ...REQUEST,
      placement: { ...VULKAN, gpuLayers: 'auto', cpuExpertLayers: 'auto' },
    });
    await small.close();
    expectSame(mixed);
    expect(log.join('')).toMatch(/offloaded 7\/7 layers to GPU/);
    // what is measured before loading holds no weights
    const sizes = [...log.join('').matchAll(/Vulkan0 model buffer size = +([\d.]+) MiB/g)].map(([, size]) =>
      Number(size),
    );
    const held = Math.max(...sizes) * 2 ** 20;
    const others = cpu.info.bytes - cpu.info.expertBytes;
    expect(held).toBeGreaterThan(others + cpu.info.expertBytes / cpu.info.moeLayers.length);
    expect(held).toBeLessThan(
      Math.min(SMALL_DEVICE_BYTES, cpu.info.bytes - cpu.info.expertBytes / cpu.info.moeLayers.length),
    );

    // with more memory it would be placed otherwise, and is found again where it lay
    const larger = new Engine({ home: ownHome, host: hostOfSmallDevice(log, 2 * SMALL_DEVICE_BYTES) });
    const again = await larger.score({
      ...REQUEST,
      fresh: false,
      placement: { ...VULKAN, gpuLayers: 'auto', cpuExpertLayers: 'auto' },
    });
    await larger.close();
    expect(again.run).toMatchObject({ id: mixed.run.id, reused: true });
  });

  test('buffers are where, and as large as, they were planned', async () => {
    using backend = new Backend('vulkan');
    const model = await inspectModel(SAMPLE, backend);
    const { info } = model;
    const need = { cacheTokens: 512, ubatchTokens: 512, logitRows: 0 };
    const shape = modelShape(model);
    const placement = { ...VULKAN, cpuExpertLayers: 3 };
    const { gpus: devices, host } = await takeSnapshot(placement, backend);
    const workload = toWorkload(shape, need);
    const plan = planPlacement({ shape, devices, hostFreeBytes: host.freeBytes, choice: placement, workload });
    await loadModel(backend, info, placement, { placed: toLoadPlan(shape, plan) });
    await backend.call('score', {
      // buffers are as large as a whole batch needs, however little is computed
      sequences: [Int32Array.from({ length: 64 }, (_, i) => i)],
      moeLayers: Int32Array.from(info.moeLayers),
      gateInInput: false,
      nCtx: 512,
      nUbatch: 512,
      nSlice: 0,
      kvType: 'f16',
      nSeqMax: 1,
      nLongest: 512,
      nThreads: THREADS,
      paging: null,
      taps: true,
    });
    const logged = (what: string): number => {
      const sizes = backend
        .logTail()
        .flatMap((line) => new RegExp(`${what} buffer size = +([\\d.]+) MiB`).exec(line)?.[1] ?? []);
      return Number(sizes.at(-1)) * 2 ** 20;
    };
    const [device] = plan.devices;
    const { experts = NaN, others = NaN, kv = NaN, compute = NaN } = device?.bytes ?? {};
    expect(logged('Vulkan0 model') / (experts + others)).toBeCloseTo(1, 2);
    expect(logged('Vulkan0 KV') / kv).toBeCloseTo(1, 2);
    // an allowance: it may be more than is used, not much less
    expect(logged('Vulkan0 compute')).toBeLessThan(compute * 1.1);
    // what is mapped is one stretch of the file: from the first expert to the last, with all that lies between
    const mapped = logged('CPU_Mapped model') / (plan.host.experts + plan.host.others);
    expect(mapped).toBeGreaterThan(0.99);
    expect(mapped).toBeLessThan(1.1);
  });

  function expectSame(mixed: ScoreOutcome): void {
    const shape = { nLayers: cpu.info.moeLayers.length, nExpert: cpu.info.nExpert };
    const select = (outcome: ScoreOutcome) =>
      selectExperts(scoreMatrix('easy-ep', outcome.total, shape), { keep: 16, nExpertUsed: cpu.info.nExpertUsed }).kept;
    expect(keptShare(select(cpu), select(mixed))).toBeGreaterThanOrEqual(MIN_SAME_KEPT);
    const scoresOf = ({ total }: ScoreOutcome): Float64Array => scoreMatrix('easy-ep', total, shape).scores;
    expect(normError(scoresOf(mixed), scoresOf(cpu))).toBeLessThanOrEqual(MAX_SCORE_ERROR);
  }
});

/** Workers that log into a file: of a pipe, ggml's own log loses what does not go in at once. */
function hostWithLog(path: string, env: Readonly<Record<string, string>>): WorkerHost {
  return ({ entry, args }) => {
    const log = openSync(path, 'w');
    const child = fork(workerFile(entry), args, {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', log, 'ipc'],
      env: { ...process.env, ...env },
    });
    closeSync(log);
    return {
      send: (message) => void child.send(message as object),
      onMessage: (listener) => child.on('message', listener),
      onLog: () => {},
      onExit: (listener) => child.once('exit', (code) => listener(`exit code ${code}`)),
      kill: () => void child.kill('SIGKILL'),
    };
  };
}

/** Workers whose GPU has so much memory free. @param log gets what llama.cpp says */
function hostOfSmallDevice(log: string[], memoryFree: number): WorkerHost {
  return (spec) => {
    const worker = forkWorker(spec);
    worker.onLog((text) => void log.push(text));
    const shrunk = (message: unknown): unknown => {
      const reply = z.looseObject({ value: z.array(deviceSchema) }).safeParse(message);
      if (!reply.success) return message;
      return {
        ...reply.data,
        value: reply.data.value.map((device) => ({ ...device, memoryFree })),
      };
    };
    return { ...worker, onMessage: (listener) => worker.onMessage((message) => listener(shrunk(message))) };
  };
}

/** Share of the experts of `a` that `b` keeps too. */
function keptShare(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  const jaccards = a.map((experts, layer) => {
    const common = experts.filter((expert) => b[layer]!.includes(expert)).length;
    return common / (experts.length + b[layer]!.length - common);
  });
  const jaccard = jaccards.reduce((sum, one) => sum + one) / a.length;
  return (2 * jaccard) / (1 + jaccard); // equally many in both
}
