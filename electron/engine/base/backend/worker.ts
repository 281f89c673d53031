// A backend worker: the only process that loads Winnow's own llama.cpp. It holds at most one model and computes for one
// call at a time.
import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { z } from 'zod';
import { msg } from '../../../contract/sentences.ts';
import { gpuProblems, loadNative, loadServer, nativeFiles, type GpuChoice } from '../../../../native/index.ts';
import { WinnowError, errorToData, type ErrorCode, type ErrorData } from '../../../contract/errors.ts';
import { addressLimit, NO_MEMORY } from './address-space.ts';
import { answerCalls, type Task } from './answer-calls.ts';
import { methods, type Params, type Result, type Event, type Method } from './protocol.ts';
import { ToldOnce } from './told-once.ts';
import { watchParent } from './parent-port.ts';
import { errorCode } from '../files/errno.ts';

/** How to cancel a long call: set `cancel[0]` to stop it; the promise then rejects with "cancelled". */
type TaskOptions = {
  readonly cancel?: Int32Array;
  readonly onProgress?: (done: number, total: number) => void;
};

type Long<M extends Method> = (options: Params<M> & TaskOptions) => Promise<Result<M>>;

type NativeModel = {
  describe(): Result<'load'>;
  tokenize(text: string, addSpecial: boolean, parseSpecial: boolean): Int32Array;
  tokenPieces(tokens: Int32Array): Result<'tokenPieces'>;
  setMask(mask: Uint8Array | null, ungrouped: boolean): void;
  /** Resolves when the model is free for the next pass; `sequences` waits for the last sums. */
  score(
    options: Params<'score'> & TaskOptions,
  ): Promise<{ sequences(): Promise<Result<'score'>['sequences']>; tappedBytes: number }>;
  importance(): Result<'importance'>;
  setImportance(collected: Params<'setImportance'>['inputs']): void;
  recordStreams(options: Params<'recordStreams'> & TaskOptions): Promise<void>;
  fitDown: Long<'fitDown'>;
  setDown(blocks: Params<'setDown'>['blocks']): void;
  perplexity: Long<'perplexity'>;
  logits: Long<'logits'>;
  /** `onWritten` receives what is written, several times a second, and once more when it is stopped. */
  generate(options: Params<'generate'> & TaskOptions & { onWritten: ToldOnce['tell'] }): Promise<Result<'generate'>>;
  /** For a model that was loaded with `headersOnly`, nothing is allocated. */
  scoringMemory(
    options: Params<'scoringMemory'>['contexts'][number] & TaskOptions,
  ): Promise<NonNullable<Result<'scoringMemory'>[number]>>;
  tensorPlaces(): Result<'tensorPlaces'>;
  free(): void;
};

type Addon = {
  devices(): Result<'devices'>;
  readGguf(path: string): Result<'readGguf'>;
  buildGgufMeta(spec: Params<'buildGgufMeta'>): Uint8Array;
  knowsArchitecture(name: string): boolean;
  /** `headersOnly` runs all checks of llama.cpp without reading any tensor data: the model cannot be used for anything else. */
  loadModel(
    options: (Params<'load'> | (Params<'tensorPlaces'> & { readonly headersOnly: true })) & TaskOptions,
  ): Promise<NativeModel>;
  quantise: Long<'quantise'>;
  narrowExperts: Long<'narrowExperts'>;
  /** @param options.library ggml's RPC backend */
  addMachines(options: Params<'addMachines'> & TaskOptions & { library: string }): Promise<Result<'addMachines'>>;
  /**
   * Lends memory until the process ends; rejects if it cannot start.
   * @param options.cache stores received tensors in the working directory, to be found there the next time
   */
  serveMemory(
    options: Omit<Params<'serveMemory'>, 'cacheDir'> & {
      readonly library: string;
      readonly cache: boolean;
      onEvent(what: Event<'serveMemory'>['what'], detail: string): void;
    },
  ): Promise<never>;
};

/** llama.cpp's server, in a process that has loaded the addon. It serves until the process ends; rejects if it cannot start, or stops. */
type ServerAddon = {
  serve(options: Params<'serveModel'> & TaskOptions): Promise<never>;
};

/** Files that others open meanwhile: drivers, logs. */
const OTHER_FILES = 8;

/**
 * Opens as many files as there are parts, and closes them again. Node raised the soft limit to the hard one when it started.
 * A worker may open as many as the process that started it.
 * @param parts of a model that will be loaded, or written and then loaded
 * @throws WinnowError FILE_UNREADABLE
 */
function requireOpenFiles(parts: readonly string[]): void {
  const opened: number[] = [];
  try {
    while (opened.length < parts.length + OTHER_FILES) opened.push(openSync(devNull, 'r'));
  } catch (error) {
    if (!['EMFILE', 'ENFILE'].includes(errorCode(error))) throw error;
    throw new WinnowError(
      'FILE_UNREADABLE',
      msg('tooManyParts', { path: parts[0] ?? '', parts: parts.length, files: opened.length, limit: 2 * parts.length }),
      { parts: parts.length, files: opened.length },
      error,
    );
  } finally {
    opened.forEach((file) => closeSync(file));
  }
}

const gpu = z.enum(['auto', 'off', 'cuda', 'metal', 'vulkan']).parse(process.argv[2] ?? 'off') satisfies GpuChoice;
const started = startNative();
// without the addon, a thread of JavaScript watches; the addon watches with a thread that costs nothing to start
if (started instanceof WinnowError) watchParent();
/** The addon; not used if loading it failed, since every call is then refused. */
const native = started as Addon;

let model: NativeModel | null = null;

function startNative(): Addon | WinnowError {
  try {
    return loadNative(gpu) as Addon;
  } catch (error) {
    if (error instanceof WinnowError) return error;
    throw error;
  }
}

function loaded(): NativeModel {
  if (!model) throw new WinnowError('INTERNAL', 'no model is loaded in this worker');
  return model;
}

/** Lets a task cancel the addon's long calls and follow their progress. */
function hooks({ signal, onProgress }: Task): {
  cancel: Int32Array;
  onProgress: Task['onProgress'];
} {
  const cancel = Int32Array.of(signal.aborted ? 1 : 0);
  signal.addEventListener('abort', () => (cancel[0] = 1));
  return { cancel, onProgress };
}

type NativeWords = 'nativeNotNumbers' | 'nativeNoMemory' | 'nativeNoSpace' | 'nativeNotFitted' | 'nativeNotScored';

/** What the addon's plain errors mean to a user. */
const NATIVE_FAILURES: readonly { readonly telling: RegExp; readonly code: ErrorCode; readonly words: NativeWords }[] =
  [
    {
      telling: /values that are not numbers/i,
      code: 'GGUF_CORRUPT',
      words: 'nativeNotNumbers',
    },
    {
      telling: NO_MEMORY,
      code: 'OUT_OF_MEMORY',
      words: 'nativeNoMemory',
    },
    {
      telling: /disk full|cannot write/i,
      code: 'NO_SPACE',
      words: 'nativeNoSpace',
    },
    {
      telling: /^block \d+: |takes? all tokens at once/,
      code: 'ARCH_REFUSED',
      words: 'nativeNotFitted',
    },
    {
      telling: /^in block \d+, /,
      code: 'ARCH_REFUSED',
      words: 'nativeNotScored',
    },
  ];

/** Loads a model's headers for as long as `use` takes. */
async function withHeaders<T>(
  model: Params<'tensorPlaces'>,
  task: Task,
  use: (headers: NativeModel) => T | Promise<T>,
): Promise<T> {
  const headers = await native.loadModel({ ...model, headersOnly: true, ...hooks(task) });
  try {
    return await use(headers);
  } finally {
    headers.free();
  }
}

/** null if llama.cpp could not make a context: that one needs more than there is. Other errors are thrown on. */
function notMade(error: unknown): null {
  if (error instanceof Error && /cannot create a context/.test(error.message)) return null;
  throw error;
}

function nativeError(error: unknown): ErrorData {
  const data = errorToData(error);
  const failure = data.code === 'INTERNAL' && NATIVE_FAILURES.find(({ telling }) => telling.test(data.message));
  if (!failure) return data;
  const limit = failure.code === 'OUT_OF_MEMORY' ? addressLimit() : null;
  const said = limit
    ? msg('systemLimit', { reason: limit })
    : msg(failure.words, { reason: data.message.replace(/(?<![.?])$/, '.') });
  return new WinnowError(failure.code, said).toData();
}

answerCalls(
  methods,
  {
    devices: () => native.devices(),
    gpuProblems: () => gpuProblems(native.devices()),
    readGguf: ({ path }) => native.readGguf(path),
    buildGgufMeta: (spec) => native.buildGgufMeta(spec),
    knowsArchitecture: ({ name }) => native.knowsArchitecture(name),
    checkLoad: async ({ parts }, task) => {
      requireOpenFiles(parts);
      const host = { devices: [], gpuLayers: 0, deviceLayers: [], cpuExpertBlocks: [], repack: 'all' as const };
      return withHeaders({ parts, ...host }, task, () => null);
    },
    scoringMemory: ({ contexts, ...params }, task) =>
      withHeaders(params, task, async (headers) => {
        const results: Result<'scoringMemory'> = [];
        for (const context of contexts) {
          results.push(await headers.scoringMemory({ ...context, ...hooks(task) }).catch(notMade));
        }
        return results;
      }),
    tensorPlaces: (params, task) => withHeaders(params, task, (headers) => headers.tensorPlaces()),
    load: async (params, task) => {
      model?.free();
      model = null;
      requireOpenFiles(params.parts);
      model = await native.loadModel({ ...params, ...hooks(task) });
      return model.describe();
    },
    addMachines: ({ endpoints }, task) =>
      native.addMachines({ library: nativeFiles().rpcBackend, endpoints, ...hooks(task) }),
    serveMemory: ({ cacheDir, ...params }, { emit }) => {
      // on Windows, ggml would read the folder's name in the system's code page
      if (cacheDir !== null) process.chdir(cacheDir);
      return native.serveMemory({
        ...params,
        cache: cacheDir !== null,
        library: nativeFiles().rpcBackend,
        onEvent: (what, detail) => emit({ what, detail }),
      });
    },
    serveModel: (params, { onProgress }) => {
      // the server would take these variables for its own arguments
      for (const name of Object.keys(process.env)) {
        if (/^(LLAMA|AIP)_/.test(name)) Reflect.deleteProperty(process.env, name);
      }
      return (loadServer() as ServerAddon).serve({ ...params, onProgress });
    },
    residentBytes: () => process.memoryUsage.rss(),
    quantise: (params, task) => native.quantise({ ...params, ...hooks(task) }),
    tokenize: ({ texts }) => texts.map((t) => loaded().tokenize(t.text, t.addSpecial, t.parseSpecial)),
    tokenPieces: ({ tokens }) => loaded().tokenPieces(tokens),
    setMask: ({ mask, ungrouped }) => {
      loaded().setMask(mask, ungrouped);
      return null;
    },
    score: async (params, task) => {
      const pass = await loaded().score({ ...params, ...hooks(task) });
      task.letNextBegin();
      return { sequences: await pass.sequences(), tappedBytes: pass.tappedBytes };
    },
    narrowExperts: (params, task) => native.narrowExperts({ ...params, ...hooks(task) }),
    importance: () => loaded().importance(),
    setImportance: ({ inputs }) => {
      loaded().setImportance(inputs);
      return null;
    },
    recordStreams: async (params, task) => {
      await loaded().recordStreams({ ...params, ...hooks(task) });
      return null;
    },
    fitDown: (params, task) => loaded().fitDown({ ...params, ...hooks(task) }),
    setDown: ({ blocks }) => {
      loaded().setDown(blocks);
      return null;
    },
    perplexity: (params, task) => loaded().perplexity({ ...params, ...hooks(task) }),
    logits: (params, task) => loaded().logits({ ...params, ...hooks(task) }),
    generate: async (params, task) => {
      const writing = loaded();
      const written = new ToldOnce((parts) =>
        task.emit(parts.map((part) => ({ ...part, bytes: writing.tokenPieces(part.tokens).bytes }))),
      );
      const made = await writing.generate({ ...params, ...hooks(task), onWritten: (parts) => written.tell(parts) });
      written.end(made.completions);
      return made;
    },
  },
  { toError: nativeError, refusal: started instanceof WinnowError ? started : null, atOnce: ['residentBytes'] },
);
