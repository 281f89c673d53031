// A backend worker: the only process that loads llama.cpp. It holds at most one model and answers one call at a time.
// When its host goes away it ends at once, whatever llama.cpp is doing.
import { z } from 'zod';
import { loadNative, type GgufMetaSpec, type GpuChoice, type NativeModel } from '../../../native/index.ts';
import { WinnowError, errorToData, type ErrorCode, type ErrorData } from '../../contract/errors.ts';
import { methods, requestSchema, type Method, type Params, type Reply, type Result } from './protocol.ts';

const gpu = z.enum(['auto', 'off', 'cuda', 'metal', 'vulkan']).parse(process.argv[2] ?? 'off') satisfies GpuChoice;
const native = loadNative(gpu);

/** Progress reports closer together than this are dropped: every ubatch of a small model makes one. */
const PROGRESS_INTERVAL_MS = 50;

let model: NativeModel | null = null;
const cancelFlags = new Map<number, Int32Array>();

type Task = { readonly cancel: Int32Array; readonly onProgress: (done: number, total: number) => void };
type Handlers = { readonly [M in Method]: (params: Params<M>, task: Task) => Promise<Result<M>> | Result<M> };

function loaded(): NativeModel {
  if (!model) throw new WinnowError('INTERNAL', 'no model is loaded in this worker');
  return model;
}

const handlers: Handlers = {
  devices: () => native.devices(),
  readGguf: ({ path }) => native.readGguf(path) as Result<'readGguf'>,
  buildGgufMeta: (spec) => native.buildGgufMeta(spec as GgufMetaSpec),
  knowsArchitecture: ({ name }) => native.knowsArchitecture(name),
  load: async (params, task) => {
    model?.free();
    model = null;
    model = await native.loadModel({ ...params, ...task });
    return model.describe();
  },
  tokenize: ({ texts }) => texts.map((t) => loaded().tokenize(t.text, t.addSpecial, t.parseSpecial)),
  setMask: ({ mask, ungrouped }) => {
    loaded().setMask(mask, ungrouped);
    return null;
  },
  score: (params, task) => loaded().score({ ...params, ...task }),
  perplexity: ({ baseIn, baseOut, ...params }, task) =>
    loaded().perplexity({
      ...params,
      ...task,
      ...(baseOut === null ? {} : { baseOut }),
      ...(baseIn === null ? {} : { baseIn }),
    }),
  logits: (params, task) => loaded().logits({ ...params, ...task }),
};

/** What the addon's messages mean to a user: it throws plain errors. */
const NATIVE_FAILURES: readonly { readonly telling: RegExp; readonly code: ErrorCode; readonly remedy: string }[] = [
  {
    telling: /enough memory|bad_alloc|status -2|failed to allocate|out of memory/i,
    code: 'OUT_OF_MEMORY',
    remedy: 'Use fewer tokens at once (--ubatch, --ctx), fewer layers on the GPU, or a smaller model.',
  },
  {
    telling: /disk full|cannot write/i,
    code: 'NO_SPACE',
    remedy: 'Free some space, or set WINNOW_HOME to a larger disk.',
  },
];

function nativeError(error: unknown): ErrorData {
  const data = errorToData(error);
  const known = data.code === 'INTERNAL' && NATIVE_FAILURES.find(({ telling }) => telling.test(data.message));
  return known ? { code: known.code, message: `${data.message.replace(/[.?]?$/, '.')} ${known.remedy}` } : data;
}

function reply(message: Reply): void {
  process.send?.(message);
}

async function answer(id: number, method: Method, rawParams: unknown): Promise<void> {
  const cancel = new Int32Array(1);
  cancelFlags.set(id, cancel);
  let reported = 0;
  const onProgress = (done: number, total: number): void => {
    const now = performance.now();
    if (done < total && now - reported < PROGRESS_INTERVAL_MS) return;
    reported = now;
    reply({ kind: 'progress', id, done, total });
  };
  try {
    const params = methods[method].params.parse(rawParams);
    const handler = handlers[method] as (params: unknown, task: Task) => unknown;
    reply({ kind: 'result', id, value: await handler(params, { cancel, onProgress }) });
  } catch (error) {
    const cancelled = cancel[0] !== 0;
    reply({ kind: 'error', id, error: cancelled ? { code: 'CANCELLED', message: 'cancelled' } : nativeError(error) });
  } finally {
    cancelFlags.delete(id);
  }
}

let queue = Promise.resolve();

process.on('message', (raw) => {
  const request = requestSchema.parse(raw);
  if (request.kind === 'cancel') {
    const flag = cancelFlags.get(request.id);
    if (flag) flag[0] = 1;
    return;
  }
  // one after the other: a model must not be freed under a running pass
  queue = queue.then(() => answer(request.id, request.method, request.params));
});

// exit handlers would wait for llama.cpp's threads
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

// Ctrl+C in a terminal reaches the workers too; their host decides what to cancel
process.on('SIGINT', () => {});

reply({ kind: 'ready' });
