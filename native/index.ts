// The addon's typed interface. Loading it loads llama.cpp into the process, which only backend workers do.
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import type { Repack } from '../electron/contract/repack.ts';
import { WinnowError } from '../electron/contract/errors.ts';
import type { GgufHeader, GgufValueType } from '../electron/contract/model-info.ts';
import { say, type Sentence } from '../electron/contract/sentences.ts';
import type { BuildOptions } from './build.ts';
import { nativeFiles } from './places.ts';
import { chosenCpuBackend, ggmlBinDir, gpuBackendFiles, sqliteFile, type GpuKind } from './prebuilt.ts';
import { driverProblem, libraryProblem, requireSystem } from './system-check.ts';

/** How to cancel a long call: set `cancel[0]` to stop it; the promise then rejects with "cancelled". */
type TaskOptions = {
  readonly cancel?: Int32Array;
  readonly onProgress?: (done: number, total: number) => void;
};

export type Device = {
  readonly name: string;
  readonly description: string;
  /** ggml backend: "CPU", "CUDA", "Vulkan", "Metal" */
  readonly backend: string;
  /** The instructions that the backend was compiled for: "AVX2", "AVX512", …; empty if it does not report them. */
  readonly features: string[];
  readonly type: 'cpu' | 'gpu' | 'igpu' | 'accelerator';
  /** In bytes; 0 if the device does not report it. */
  readonly memoryTotal: number;
  readonly memoryFree: number;
};

type ModelDescription = {
  readonly nVocab: number;
  /** Number of blocks, including next-token-prediction blocks. */
  readonly nLayers: number;
  readonly nExpert: number;
  readonly addBos: boolean;
  readonly bosToken: string | null;
  readonly eosToken: string | null;
  readonly chatTemplate: string | null;
  readonly hasVocab: boolean;
  readonly isRecurrent: boolean;
};

type ScoringContext = {
  /** Cells of the KV cache; at least the number of tokens in all sequences. */
  readonly nCtx: number;
  readonly nUbatch: number;
  /** Tokens of a ubatch that pass the experts of a layer at once; 0: all. */
  readonly nSlice: number;
  readonly kvType: 'f16' | 'q8_0';
  readonly nSeqMax: number;
  /** Tokens of the longest sequence, so that attention is computed only within sequences; 0: over all cells. */
  readonly nLongest: number;
  readonly nThreads: number;
};

type ScoreOptions = TaskOptions &
  ScoringContext & {
    /** One array of token ids per demo. */
    readonly sequences: readonly Int32Array[];
    /** The class of each token by its index in TOKEN_CLASSES, for each sequence; absent: there are no sums by class. */
    readonly classes?: readonly Uint8Array[];
    /** Block indices of the layers to score, ascending. Prediction blocks among them run on the output of the last block of the pass. */
    readonly moeLayers: Int32Array;
    /** The model weights the experts' input instead of their output (llama4). */
    readonly gateInInput: boolean;
    /** Tokens to remember per expert. */
    readonly nTop: number;
    /** For a model that does not stay in memory: how much of the next layer is read ahead, and how many of the first layers stay. */
    readonly paging?: { readonly aheadBytes: number; readonly keepLayers: number } | null;
    /** false: the same pass without taps, to measure their cost. */
    readonly taps?: boolean;
    /** Adds to what `importance` returns. */
    readonly importance?: boolean;
  };

/** An input of weight matrices, as counted by llama.cpp's importance matrix. */
type ImportanceInput = {
  /** The weights that are multiplied with it. */
  readonly names: readonly string[];
  /** Number of rows seen: one count, or one per expert. */
  readonly counts: Float64Array;
  /** Sums of squares, `[n_mat][n_in]`. */
  readonly sums: Float32Array;
};

type SequenceScores = {
  /** The six SUMS in order, each `[n_moe_layers][n_expert]`. */
  readonly sums: Float64Array;
  /** The same for each class that has tokens, each accumulated separately in float64. */
  readonly classSums: { readonly tokenClass: number; readonly sums: Float32Array }[];
  /** The largest norm of each expert's outputs, 0 if it was never used, `[n_moe_layers][n_expert]`. */
  readonly maxNorm: Float32Array;
  /** 1 - cos in half precision, `[n_moe_layers][n_tokens]`. */
  readonly contribution: Uint16Array;
  /** Token positions with the largest g * norm * (1 - cos), -1 for none, `[n_moe_layers][n_expert][nTop]`. */
  readonly topPosition: Int32Array;
  readonly topValue: Float32Array;
};

type BlocksOptions = TaskOptions &
  ScoringContext & {
    /** The sequences, which all pass at once. */
    readonly sequences: readonly Int32Array[];
    /** Number of the model's MoE blocks, for progress. */
    readonly nBlocks: number;
    /** Folder of scratch files: recorded streams, or what has been fitted so far. */
    readonly folder: string;
  };

type FitDownOptions = BlocksOptions & {
  /** Folder of the full model's streams behind each block, for the same sequences. */
  readonly streams: string;
  /** The penalty that keeps matrices close to what they were, in units of the mean diagonal of the normal matrices. */
  readonly ridge: number;
  /** The number of passes over all experts of a block. */
  readonly sweeps: number;
};

/** A block's fitted down matrices. Errors are those of the stream behind the block, in units of its square. */
export type FittedDown = {
  readonly block: number;
  /** File with the tensor's bytes, in its type. */
  readonly path: string;
  readonly bytes: number;
  /** Number of experts that a fitted token passes: the matrices of all others stay as they are. */
  readonly reached: number;
  readonly before: number;
  readonly after: number;
  /** Duration of the fitting; 0: it had been fitted before. */
  readonly seconds: number;
};

type PerplexityOptions = TaskOptions & {
  /** The tokens of all sequences, one after the other. */
  readonly tokens: Int32Array;
  /** Number of tokens up to the end of each sequence. */
  readonly ends: Int32Array;
  /** 1 for each token whose likelihood counts; the first token of a sequence never does. */
  readonly scored: Uint8Array;
  /** The first token of each sequence becomes BOS if the model adds one. */
  readonly bos: boolean;
  /** Tokens that are decoded together; no sequence is longer. */
  readonly nBatch: number;
  /** The most likelihoods that are computed together: each needs a row of logits. */
  readonly nRows: number;
  readonly nUbatch: number;
  readonly nThreads: number;
  /** File to write the token distributions to. */
  readonly baseOut?: string;
  /** File of token distributions to compare with. */
  readonly baseIn?: string;
};

/** One value per scored token, in order. */
type PerplexityResult = {
  /** In nats. */
  readonly nll: Float32Array;
  readonly kl: Float32Array | null;
  readonly sameTop: Uint8Array | null;
};

type GenerateOptions = TaskOptions & {
  /** Token ids of prompts with the model's special tokens; none is empty. */
  readonly prompts: readonly Int32Array[];
  /** One seed per prompt; without effect at temperature 0. */
  readonly seeds: Int32Array;
  /** Prompts that are continued at the same time. */
  readonly nSeq: number;
  /** Tokens that a prompt and its completion may have together; more than the longest prompt. */
  readonly nCtx: number;
  readonly nUbatch: number;
  readonly nThreads: number;
  /** The most tokens of a completion. */
  readonly maxTokens: number;
  /** 0: always the likeliest token. */
  readonly temperature: number;
  readonly topP: number;
  readonly minP: number;
  /** Receives what is written, several times a second, and once more when it is stopped. */
  readonly onWritten?: (parts: WrittenPart[]) => void;
};

/** What was added to a completion since the last report. */
export type WrittenPart = {
  readonly prompt: number;
  readonly tokens: Int32Array;
  /** null: it is still being written. */
  readonly stop: Completion['stop'] | null;
};

export type Completion = {
  /** Without the token that ended it. */
  readonly tokens: Int32Array;
  /** `eog`: the model ended its turn; `length`: the limit did. */
  readonly stop: 'eog' | 'length';
};

export type NativeModel = {
  describe(): ModelDescription;
  tokenize(text: string, addSpecial: boolean, parseSpecial: boolean): Int32Array;
  /** Returns the concatenated bytes of all tokens, special tokens written out, and where the bytes of each token end. */
  tokenPieces(tokens: Int32Array): { bytes: Uint8Array; ends: Int32Array };
  /** Sets the mask: `mask[block * nExpert + expert]` is 1 to keep; null removes the mask. */
  setMask(mask: Uint8Array | null, ungrouped: boolean): void;
  /** Resolves when the model is free for the next pass; `sequences` waits for the last sums. */
  score(options: ScoreOptions): Promise<{ sequences(): Promise<SequenceScores[]>; tappedBytes: number }>;
  /** Returns what scoring has collected since `setImportance`; meaningless after a pass that failed. Throws if values are not finite. */
  importance(): { names: string[]; counts: Float64Array; sums: Float32Array }[];
  /** Continues from an earlier result of `importance`; an empty list starts anew. */
  setImportance(collected: readonly ImportanceInput[]): void;
  /** Writes the residual stream behind each MoE block to the folder. Throws for a model whose blocks cannot be fitted. */
  recordStreams(options: BlocksOptions): Promise<void>;
  /**
   * Fits the experts' down matrices, one block after the other, each on the stream that those before it leave, so that
   * the stream behind it comes closest to the recorded one. The matrices are quantised as they are in the file; the
   * model's own stay. Experts must not be repacked. Progress in blocks.
   */
  fitDown(options: FitDownOptions): Promise<FittedDown[]>;
  /** Replaces the model's own down matrices by the bytes of files, for good. The files must exist as long as the model. */
  setDown(blocks: readonly Pick<FittedDown, 'block' | 'path'>[]): void;
  perplexity(options: PerplexityOptions): Promise<PerplexityResult>;
  /**
   * Returns the logits of every token, `[n_tokens][n_vocab]`. `kvType` "f32": a cache that rounds nothing, to
   * distinguish rounding from the effect of a mask.
   */
  logits(
    options: TaskOptions & { tokens: Int32Array; nUbatch: number; nThreads: number; kvType: 'f16' | 'f32' },
  ): Promise<Float32Array>;
  /** Returns completions in the order of the prompts; the mask applies. */
  generate(options: GenerateOptions): Promise<{ completions: Completion[] }>;
  /**
   * Returns the bytes that would be allocated, by device: for scoring, including the prediction blocks if they are
   * loaded, or for a conversation, with room for the logits of each token. For a model that was loaded with
   * `headersOnly`, nothing is allocated.
   */
  scoringMemory(
    options: TaskOptions & ScoringContext & { readonly conversation?: boolean },
  ): Promise<{ device: string; cacheBytes: number; computeBytes: number }[]>;
  /** Returns which device's memory holds each tensor or, for a model that was loaded with `headersOnly`, would hold it. */
  tensorPlaces(): { name: string; device: string; bytes: number }[];
  free(): void;
};

type LoadOptions = TaskOptions & {
  /** All files of the model, in order. */
  readonly parts: readonly string[];
  /** Names of the devices to offload to; empty: only the CPU. */
  readonly devices: readonly string[];
  readonly gpuLayers: number;
  /** Number of layers on each device, in order; empty: llama.cpp distributes them by free memory. */
  readonly deviceLayers: readonly number[];
  /** Blocks whose routed experts stay in host memory. */
  readonly cpuExpertBlocks: readonly number[];
  /** Host weights that the CPU may repack; all others stay mapped from their file. Only with `all` is the file read in advance. */
  readonly repack: Repack;
  readonly vocabOnly?: boolean;
  /** Also loads next-token-prediction blocks. */
  readonly prediction?: boolean;
  /** The key of the header that holds the number of experts that a token passes, and the number to use instead. */
  readonly activeExperts?: { readonly key: string; readonly count: number };
  /** Runs all checks of llama.cpp without reading any tensor data: the model cannot be used for anything else. */
  readonly headersOnly?: boolean;
};

/** A machine that lends memory, as known to ggml. */
type AddedMachine = {
  readonly endpoint: string;
  /** Begins with "unreachable: " or "incompatible: "; null: its devices can be used. */
  readonly error: string | null;
  /** Names of its devices. */
  readonly devices: readonly string[];
};

type ServeMemoryOptions = {
  /** HOST:PORT to listen on; port 0: any free one. */
  readonly endpoint: string;
  /** Names of this machine's devices. */
  readonly devices: readonly string[];
  readonly nThreads: number;
  /** Bytes of each device that others may use. */
  readonly memoryLimit: number;
  /** Stores received tensors in the working directory, to be found there the next time. */
  readonly cache: boolean;
  /** `detail`: the port, or a client's address. */
  readonly onEvent: (what: 'listening' | 'serves' | 'served', detail: string) => void;
};

export type GgufEdit = { readonly key: string; readonly type: GgufValueType; readonly value: unknown };

export type GgufMetaSpec = {
  /** File whose keys are copied. */
  readonly source: string | null;
  readonly remove: readonly string[];
  readonly set: readonly GgufEdit[];
  readonly tensors: readonly { readonly name: string; readonly type: string; readonly ne: readonly number[] }[];
};

type QuantiseOptions = TaskOptions & {
  /** A GGUF file of the right length that holds only the header, or the first of such parts. */
  readonly input: string;
  /** null: a dry run. With `keepSplit`: the beginning of the names of the parts. */
  readonly output: string | null;
  readonly keepSplit: boolean;
  /** llama_ftype */
  readonly fileType: number;
  readonly outputType: string | null;
  readonly embeddingType: string | null;
  readonly rules: readonly { readonly pattern: string; readonly type: string }[];
  readonly allowRequantize: boolean;
  readonly imatrix: string | null;
  readonly imatrixName: string | null;
  readonly nThreads: number;
  readonly bufferBytes: number;
  readonly sources: readonly {
    readonly name: string;
    readonly path: string;
    /** Offset and length of each range, one after the other. */
    readonly ranges: Float64Array;
  }[];
};

type FoundTensor = {
  readonly name: string;
  readonly part: number;
  readonly sourceType: string;
  readonly type: string;
  readonly bytes: number;
  readonly lacksImatrix: boolean;
};

/** A key that the quantiser sets in the header. */
type SetKey = { readonly key: string; readonly value: string | number };

type Addon = {
  /** Starts a thread that ends the process once `parent`, given by its id, has gone. */
  watchParent(parent: number): void;
  /**
   * Loads the backends. `cpuBackend`: a library to load instead of the best one in `cpuBackendDir`; throws if this
   * processor cannot run it.
   */
  initialise(options: { cpuBackendDir: string; cpuBackend: string | null; gpuBackends: readonly string[] }): void;
  devices(): Device[];
  readGguf(path: string): Omit<GgufHeader, 'fileBytes'>;
  buildGgufMeta(spec: GgufMetaSpec): Uint8Array;
  /** Whether the pinned llama.cpp has this `general.architecture`. */
  knowsArchitecture(name: string): boolean;
  loadModel(options: LoadOptions): Promise<NativeModel>;
  /** Runs llama.cpp's quantiser; for a dry run, returns what would be written. Progress in bytes of the source. */
  quantise(options: QuantiseOptions): Promise<{ tensors: FoundTensor[]; headerBytes: number[]; keys: SetKey[] }>;
  /**
   * Returns which neurons the named experts of a block keep, `[n_kept][width]`, ascending: those with the largest
   * product of the sum of squares and the squared norm of their column; ties go to the lower index. Writes the down
   * matrices with only these columns. Progress in experts.
   */
  narrowExperts(
    options: TaskOptions & {
      readonly down: {
        readonly path: string;
        /** Offset of the first expert; the others follow. */
        readonly offset: number;
        readonly type: string;
        readonly nIn: number;
        readonly nOut: number;
      };
      readonly experts: Int32Array;
      /** Sums of squares of the values that each column is multiplied with, `[n_kept][nIn]`. */
      readonly sums: Float32Array;
      /** Number of squares in the sums, `[n_kept]`. */
      readonly counts: Float32Array;
      readonly width: number;
      readonly toType: string;
      readonly output: string;
      readonly nThreads: number;
    },
  ): Promise<{ neurons: Int32Array<ArrayBuffer> }>;
  /** Makes the devices of machines that lend memory known to ggml, as devices of the backend "RPC" described by HOST:PORT. */
  addMachines(options: TaskOptions & { library: string; endpoints: readonly string[] }): Promise<AddedMachine[]>;
  /** Lends memory until the process ends; rejects if it cannot start. */
  serveMemory(options: ServeMemoryOptions & { library: string }): Promise<never>;
};

type ServedModel = {
  /** In the form of llama-server's arguments. */
  readonly args: readonly string[];
  /** One byte per block and expert; null: all experts take part. */
  readonly mask: Uint8Array | null;
  /** The router under the mask picks freely, although the full model picks groups first. */
  readonly ungrouped: boolean;
  /** Reads weights from their file when they are needed. */
  readonly stayMapped: boolean;
  /** Progress of loading the model. */
  readonly onProgress?: TaskOptions['onProgress'];
};

type ServerAddon = {
  /** Serves until the process ends; rejects if it cannot start, or stops. */
  serve(options: ServedModel): Promise<never>;
};

/** Loads llama.cpp's server, in a process that has loaded the addon. @throws WinnowError as `loadNative` */
export function loadServer(): ServerAddon {
  return loadFile(nativeFiles().server) as ServerAddon;
}

export type GpuChoice = 'auto' | 'off' | GpuKind;

/**
 * Loads the addon and ggml's backends: the CPU's, and the GPU's of the given kind ("auto": all that are installed).
 * @throws WinnowError NATIVE_LOAD: the system lacks something that the addon needs; others if the addon is not built,
 *   or the CPU backend that WINNOW_CPU_BACKEND names cannot be loaded
 */
export function loadNative(gpu: GpuChoice): Addon {
  // Windows searches PATH for libraries that a library needs
  if (process.platform === 'win32') process.env.PATH = [ggmlBinDir(), process.env.PATH].join(delimiter);
  const addon = loadAddon();
  // before anything that may take long
  addon.watchParent(process.ppid);
  const gpuBackends = gpuBackendFiles().filter(({ kind }) => gpu === 'auto' || gpu === kind);
  addon.initialise({
    cpuBackendDir: ggmlBinDir(),
    cpuBackend: chosenCpuBackend(),
    gpuBackends: gpuBackends.map(({ path }) => path),
  });
  return addon;
}

function loadAddon(): Addon {
  try {
    return loadFile(nativeFiles().addon) as Addon;
  } catch (error) {
    requireFitSystem();
    throw error;
  }
}

function loadFile(path: string): unknown {
  try {
    return createRequire(import.meta.url)(path);
  } catch (error) {
    throw explainLoading(error, path);
  }
}

/** @returns NATIVE_LOAD that says what the system lacks for a file of native code; for any other cause the error itself */
function explainLoading(error: unknown, path: string): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_DLOPEN_FAILED') return error;
  const problem = libraryProblem(path, ggmlFolders());
  return problem === null ? error : new WinnowError('NATIVE_LOAD', problem, {}, error);
}

/** Returns the error of `explainLoading` for SQLite, if it could not be opened. */
export function explainSqliteLoading(error: unknown): unknown {
  return explainLoading(error, sqliteFile());
}

/**
 * Checks the system before native code is loaded, or after loading failed.
 * @throws WinnowError NATIVE_LOAD that says what this system lacks
 */
export function requireFitSystem(): void {
  const libraries = ggmlFolders().flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /^libggml\..*\bso\b/.test(name))
      .map((name) => join(folder, name)),
  );
  requireSystem([nativeFiles().addon, sqliteFile(), ...libraries], ggmlFolders());
}

/** Empty if npm installed none because none fits, which is then reported. */
function ggmlFolders(): string[] {
  try {
    return [ggmlBinDir()];
  } catch {
    return [];
  }
}

export type GpuProblem = { readonly kind: GpuKind; readonly why: Sentence };

/**
 * Returns why installed backends for graphics cards offer no device. Loads whatever of them can be loaded.
 * @param devices that ggml has found with all of them
 */
export function gpuProblems(devices: readonly Pick<Device, 'backend'>[]): GpuProblem[] {
  return gpuBackendFiles()
    .filter(({ kind }) => !devices.some(({ backend }) => backend.toLowerCase() === kind))
    .map(({ kind, path }) => {
      const why = driverProblem(kind) ?? libraryProblem(path, ggmlFolders()) ?? say('driverWithoutDevice');
      return { kind, why };
    });
}

/** Like `ensureNative` of build.ts, which is only loaded here: workers and windows of a released app build nothing. */
export async function ensureNative(options: BuildOptions): Promise<void> {
  const build = await import('./build.ts');
  await build.ensureNative(options);
}

export type { Addon };
export { nativeFiles } from './places.ts';
export { gpuBackendFiles, llamaSource, unpacked } from './prebuilt.ts';
export { windowsMemory, type WindowsMemory } from './windows-memory.ts';
