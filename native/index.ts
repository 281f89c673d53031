// The addon's typed face. Loading it loads llama.cpp into the process: only backend workers do that.
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

/** A long call's way out: raise `cancel[0]` to stop it; the promise then rejects with "cancelled". */
type TaskOptions = {
  readonly cancel?: Int32Array;
  readonly onProgress?: (done: number, total: number) => void;
};

export type Device = {
  readonly name: string;
  readonly description: string;
  /** ggml backend: "CPU", "CUDA", "Vulkan", "Metal" */
  readonly backend: string;
  /** What the backend was compiled for: "AVX2", "AVX512", …; empty where it does not say. */
  readonly features: string[];
  readonly type: 'cpu' | 'gpu' | 'igpu' | 'accelerator';
  /** Bytes; 0 where the device does not say. */
  readonly memoryTotal: number;
  readonly memoryFree: number;
};

type ModelDescription = {
  readonly nVocab: number;
  /** Blocks, next-token-prediction blocks included. */
  readonly nLayers: number;
  readonly nExpert: number;
  readonly nCtxTrain: number;
  readonly addBos: boolean;
  readonly bosToken: string | null;
  readonly eosToken: string | null;
  readonly chatTemplate: string | null;
  readonly hasVocab: boolean;
  readonly isRecurrent: boolean;
};

type ScoringContext = {
  /** Cells of the KV cache; at least the tokens of all sequences. */
  readonly nCtx: number;
  readonly nUbatch: number;
  /** Tokens of a ubatch that pass the experts of a layer at once; 0: all. */
  readonly nSlice: number;
  readonly kvType: 'f16' | 'q8_0';
  readonly nSeqMax: number;
  /** Tokens of the longest sequence, so that attention computes within sequences alone; 0: over all cells. */
  readonly nLongest: number;
  readonly nThreads: number;
};

type ScoreOptions = TaskOptions &
  ScoringContext & {
    /** One array of token ids per demo. */
    readonly sequences: readonly Int32Array[];
    /** Each token's class, sequence by sequence, by its place in TOKEN_CLASSES; without it no class's sums are made. */
    readonly classes?: readonly Uint8Array[];
    /** Block indices of the layers to score, ascending. Prediction blocks among them run on what the pass leaves behind the last block. */
    readonly moeLayers: Int32Array;
    /** The model weights the experts' input instead of their output (llama4). */
    readonly gateInInput: boolean;
    /** Tokens to remember per expert. */
    readonly nTop: number;
    /** While the model does not stay in memory: how much of the next layer is read ahead, and how many of the first layers stay. */
    readonly paging?: { readonly aheadBytes: number; readonly keepLayers: number } | null;
    /** false: the same pass without taps, for measuring what they cost. */
    readonly taps?: boolean;
    /** Add to what `importance` gives. */
    readonly importance?: boolean;
    /** Add to what `takeObserved` gives. */
    readonly observe?: boolean;
    /** With it, of each sequence which tokens are observed: 0 or 1. */
    readonly counted?: readonly Uint8Array[];
  };

/** An input of weight matrices, as llama.cpp's importance matrix counts it. */
type ImportanceInput = {
  /** The weights that are multiplied with it. */
  readonly names: readonly string[];
  /** Rows seen: one count, or one for each expert. */
  readonly counts: Float64Array;
  /** Sums of squares, `[n_mat][n_in]`. */
  readonly sums: Float32Array;
};

type SequenceScores = {
  /** The six SUMS one after the other, each `[n_moe_layers][n_expert]`. */
  readonly sums: Float64Array;
  /** The same of each class that has tokens, each added up in float64 on its own. */
  readonly classSums: { readonly tokenClass: number; readonly sums: Float32Array }[];
  /** The largest norm of each expert's outputs, 0 where it was never used, `[n_moe_layers][n_expert]`. */
  readonly maxNorm: Float32Array;
  /** 1 - cos in half precision, `[n_moe_layers][n_tokens]`. */
  readonly contribution: Uint16Array;
  /** Token positions with the largest g * norm * (1 - cos), -1 for none, `[n_moe_layers][n_expert][nTop]`. */
  readonly topPosition: Int32Array;
  readonly topValue: Float32Array;
};

/**
 * Sums over the tokens that counted. Arrays `[n_moe_layers][n_expert]`, those of pairs `[n_moe_layers][n_expert][n_expert]`,
 * symmetric.
 */
export type ObservedSums = {
  readonly counts: Float64Array;
  /** Σ ‖E‖², like all that is told of outputs empty unless they were observed. */
  readonly squares: Float64Array;
  /** Distinct tokens. */
  readonly coverage: Float64Array;
  /** Σ over dimensions of the logarithm of the outputs' standard deviation; NaN where it is not known. */
  readonly entropy: Float64Array;
  /** Σ over dimensions of the norm of their values. */
  readonly outputNorm: Float64Array;
  /** Values more than three standard deviations from the mean of their dimension. */
  readonly outliers: Float64Array;
  /** Tokens that both were chosen for. */
  readonly pairs: Float64Array;
  /** Distinct tokens that both have seen. */
  readonly shared: Float64Array;
  /** Cosine of the mean outputs. */
  readonly similarity: Float64Array;
  /** Σ g_i g_j ⟨E_i, E_j⟩ */
  readonly gram: Float64Array;
  /** Σ l_i l_j of the router's logits; empty: it tells none. */
  readonly logits: Float64Array;
  /** Sums of gate weights, `[n_windows][n_moe_layers][n_expert]`. */
  readonly windows: Float32Array;
};

type ExpertMatrix = {
  readonly path: string;
  /** Where the first expert lies; the others follow. */
  readonly offset: number;
  readonly type: string;
  readonly nIn: number;
  readonly nOut: number;
  /** A factor of each expert's weights; null: none. */
  readonly scales: Float32Array | null;
};

/** Where an expert's hidden units lie in a matrix: several sets one after the other in its rows, in its columns, or not at all. */
type UnitsIn = 'rows' | 'columns' | 'none';

/** A block's router as it was fitted: of the experts that the mask keeps, in ascending order. */
export type FittedRouter = {
  readonly block: number;
  /** `[n_kept][n_embd]` */
  readonly rows: Float32Array;
  /** Factors of the experts' outputs, `[n_kept]`; null: they were not fitted. */
  readonly scales: Float32Array | null;
};

type AtOnceOptions = TaskOptions &
  ScoringContext & {
    /** All of them pass at once. */
    readonly sequences: readonly Int32Array[];
    /** MoE blocks of the model, for progress. */
    readonly nBlocks: number;
  };

type BlocksOptions = AtOnceOptions & {
  /** Scratch files: streams that are recorded, or what is fitted so far. */
  readonly folder: string;
};

/** In which order a block's experts go, and what the block's output then lacks. */
export type EliminatedBlock = {
  readonly block: number;
  /** All experts, the first to go first. */
  readonly order: Int32Array;
  /** Once the first one is gone, and so on: mean squared error of the block's output, in units of the squared stream behind it. */
  readonly errors: Float64Array;
};

type FitOptions = BlocksOptions & {
  /** Sequences that are not fitted to: which epoch is the best is measured on them. */
  readonly aside: Int32Array;
  /** Folder of the full model's streams behind each block, of the same sequences. */
  readonly streams: string;
  /** Experts that a token could be routed to, of those that the mask keeps. */
  readonly nCandidates: number;
  /** Whether factors of the experts' outputs are fitted too. */
  readonly scales: boolean;
  /** Adam's rate for the rows; three times as much for the factors. */
  readonly rate: number;
  readonly epochs: number;
  readonly seed: number;
};

type FitDownOptions = BlocksOptions & {
  /** Sequences that are not fitted to, whose errors are told apart. */
  readonly aside: Int32Array;
  /** Folder of the full model's streams behind each block, of the same sequences. */
  readonly streams: string;
  /** What holds matrices to what they were, in units of the mean diagonal of the normal matrices. */
  readonly ridge: number;
  /** Times that all experts of a block are gone over. */
  readonly sweeps: number;
};

/** A block's down matrices as they were fitted. Errors of the stream behind it, in units of its square. */
export type FittedDown = {
  readonly block: number;
  /** File of the tensor's bytes, in its type. */
  readonly path: string;
  readonly bytes: number;
  /** Experts that a fitted token passes: all others' matrices stay. */
  readonly reached: number;
  readonly before: number;
  readonly after: number;
  readonly beforeAside: number;
  readonly afterAside: number;
  /** That fitting took; 0: it had been fitted before. */
  readonly seconds: number;
};

type PerplexityOptions = TaskOptions & {
  /** The tokens of all sequences, one after the other. */
  readonly tokens: Int32Array;
  /** Tokens up to each sequence's end. */
  readonly ends: Int32Array;
  /** 1 for each token whose likelihood counts; of no sequence the first. */
  readonly scored: Uint8Array;
  /** The first token of each sequence becomes BOS, where the model adds one. */
  readonly bos: boolean;
  /** Tokens that are decoded together; no sequence is longer. */
  readonly nBatch: number;
  /** Likelihoods that are computed together, at most: a row of logits each. */
  readonly nRows: number;
  readonly nUbatch: number;
  readonly nThreads: number;
  /** File to write the token distributions to. */
  readonly baseOut?: string;
  /** File of token distributions to compare with. */
  readonly baseIn?: string;
};

/** One value for each scored token, in their order. */
type PerplexityResult = {
  /** Nats. */
  readonly nll: Float32Array;
  readonly kl: Float32Array | null;
  readonly sameTop: Uint8Array | null;
};

type GenerateOptions = TaskOptions & {
  /** Token ids with the model's special tokens; none empty. */
  readonly prompts: readonly Int32Array[];
  /** One for each prompt; of no effect at temperature 0. */
  readonly seeds: Int32Array;
  /** Prompts that are continued at the same time. */
  readonly nSeq: number;
  /** Tokens that a prompt and its completion may have together; more than the longest prompt has. */
  readonly nCtx: number;
  readonly nUbatch: number;
  readonly nThreads: number;
  /** Most tokens of each completion. */
  readonly maxTokens: number;
  /** 0: always the likeliest token. */
  readonly temperature: number;
  readonly topP: number;
  readonly minP: number;
  /** Hears what is written, some times a second, and once more when it is stopped. */
  readonly onWritten?: (parts: WrittenPart[]) => void;
};

/** What was added to a completion since it was last told of. */
export type WrittenPart = {
  readonly prompt: number;
  readonly tokens: Int32Array;
  /** null: it goes on. */
  readonly stop: Completion['stop'] | null;
};

export type Completion = {
  /** Without the token that ended it. */
  readonly tokens: Int32Array;
  /** `eog`: the model ended its turn; `length`: the limit did. */
  readonly stop: 'eog' | 'length';
};

type BatchedSpeedOptions = TaskOptions & {
  /** Sequences side by side, each with cells of its own in the KV cache. */
  readonly nSeq: number;
  /** Random tokens that each sequence begins with. */
  readonly nPrompt: number;
  /** Random tokens that each is continued by, one a step. */
  readonly nGenerate: number;
  readonly nUbatch: number;
  readonly nThreads: number;
  readonly seed: number;
};

export type NativeModel = {
  describe(): ModelDescription;
  tokenize(text: string, addSpecial: boolean, parseSpecial: boolean): Int32Array;
  /** The bytes of all tokens one after the other, special tokens written out, and where each token's bytes end. */
  tokenPieces(tokens: Int32Array): { bytes: Uint8Array; ends: Int32Array };
  /** `mask[block * nExpert + expert]` is 1 to keep; null lifts the mask. */
  setMask(mask: Uint8Array | null, ungrouped: boolean): void;
  /**
   * `keep[expert * nFf + neuron]` is 1 where the expert has the neuron; experts of blocks that are not named have all. Where the mask of
   * experts applies, this does.
   */
  setNeurons(blocks: readonly { readonly block: number; readonly keep: Uint8Array }[]): void;
  /** Done when the model is free for the next pass; `sequences` waits for the last sums. */
  score(options: ScoreOptions): Promise<{ sequences(): Promise<SequenceScores[]>; tappedBytes: number }>;
  /** What scoring with `observe` adds up from now on. `window`: tokens whose gate weights are added up together. */
  beginObserving(options: {
    readonly moeLayers: Int32Array;
    readonly window: number;
    readonly gateInInput: boolean;
    readonly outputs: boolean;
    readonly logits: boolean;
  }): void;
  /** The same sequences come once more, for their outliers alone. */
  countOutliers(): void;
  takeObserved(): ObservedSums;
  /** What scoring has collected since `setImportance`; of no meaning after a pass that failed. Throws where values are not finite. */
  importance(): { names: string[]; counts: Float64Array; sums: Float32Array }[];
  /** Goes on from what `importance` gave earlier; an empty list begins anew. */
  setImportance(collected: readonly ImportanceInput[]): void;
  /** Writes the residual stream behind each MoE block to the folder. Throws for a model whose blocks cannot be fitted. */
  recordStreams(options: BlocksOptions): Promise<void>;
  /**
   * Fits the routers under the mask, block after block on the stream that the fitted ones before leave, towards the streams of the
   * folder. Progress in blocks. Errors on the sequences held aside, in units of the squared stream.
   */
  fitRouters(options: FitOptions): Promise<(FittedRouter & { before: number; after: number; epoch: number })[]>;
  /**
   * Fits the experts' down matrices, block after block on the stream that those before leave, so that the stream behind it comes nearest
   * to the recorded one; quantised as they are in the file. The model's own stay. Experts must not be repacked. Progress in blocks.
   */
  fitDown(options: FitDownOptions): Promise<FittedDown[]>;
  /**
   * Drops the experts of each block one after the other: each time the one without which the block's output changes least, when its tokens
   * go to the experts that are left. Of a router with groups one of those goes that have the most experts, unless they are ignored.
   * Progress in blocks.
   * @param options.sample tokens that count, numbered over the sequences one after the other
   */
  eliminateExperts(options: AtOnceOptions & { readonly sample: Int32Array }): Promise<EliminatedBlock[]>;
  /** Puts the bytes of files in the place of the model's own down matrices, for good. The files stay while the model does. */
  setDown(blocks: readonly Pick<FittedDown, 'block' | 'path'>[]): void;
  /** In the place of the model's own, for the experts that the mask keeps, until the next call; none: its own. */
  setRouters(routers: readonly FittedRouter[]): void;
  perplexity(options: PerplexityOptions): Promise<PerplexityResult>;
  /**
   * Logits of every token, `[n_tokens][n_vocab]`. `kvType` "f32": a cache that rounds nothing, to tell rounding from what a
   * mask does.
   */
  logits(
    options: TaskOptions & { tokens: Int32Array; nUbatch: number; nThreads: number; kvType: 'f16' | 'f32' },
  ): Promise<Float32Array>;
  /** In the order of the prompts; the mask applies. */
  generate(options: GenerateOptions): Promise<{ completions: Completion[] }>;
  batchedSpeed(options: BatchedSpeedOptions): Promise<{ prefillSeconds: number; decodeSeconds: number }>;
  /** Bytes that scoring would allocate, by device, with the prediction blocks where they are loaded, or a conversation: with room for logits of each token. Of a model that was loaded with `headersOnly`, nothing is allocated. */
  scoringMemory(
    options: TaskOptions & ScoringContext & { readonly conversation?: boolean },
  ): Promise<{ device: string; cacheBytes: number; computeBytes: number }[]>;
  /** In which device's memory each tensor lies, or would, of a model that was loaded with `headersOnly`. */
  tensorPlaces(): { name: string; device: string; bytes: number }[];
  free(): void;
};

type LoadOptions = TaskOptions & {
  /** All files of the model, in order. */
  readonly parts: readonly string[];
  /** Names of the devices to offload to; empty: CPU only. */
  readonly devices: readonly string[];
  readonly gpuLayers: number;
  /** Layers of each device, in their order; none: llama.cpp deals them out by free memory. */
  readonly deviceLayers: readonly number[];
  /** Blocks whose routed experts stay in host memory. */
  readonly cpuExpertBlocks: readonly number[];
  /** Host weights that the CPU may repack; all others stay mapped from their file. Only with `all` is that read in advance. */
  readonly repack: Repack;
  readonly mmap?: boolean;
  readonly vocabOnly?: boolean;
  /** Load next-token-prediction blocks, too. */
  readonly prediction?: boolean;
  /** The header's count of experts that a token passes, and what is to be in its place. */
  readonly activeExperts?: { readonly key: string; readonly count: number };
  /** Everything that llama.cpp checks, without a byte of the tensors: the model is good for nothing else. */
  readonly headersOnly?: boolean;
};

/** A machine that lends memory, as ggml came to know it. */
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
  /** Bytes that others get of each device. */
  readonly memoryLimit: number;
  /** Keep tensors that are received in the working directory, to be found there the next time. */
  readonly cache: boolean;
  /** With the port, or a client's address. */
  readonly onEvent: (what: 'listening' | 'serves' | 'served', detail: string) => void;
};

export type GgufEdit = { readonly key: string; readonly type: GgufValueType; readonly value: unknown };

export type GgufMetaSpec = {
  /** File whose keys are taken over. */
  readonly source: string | null;
  readonly remove: readonly string[];
  readonly set: readonly GgufEdit[];
  readonly tensors: readonly { readonly name: string; readonly type: string; readonly ne: readonly number[] }[];
};

type QuantiseOptions = TaskOptions & {
  /** A GGUF file of the right length that holds the header alone, or the first of such parts. */
  readonly input: string;
  /** null: a dry run. With `keepSplit`: the beginning of the parts' names. */
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
  /** Starts a thread that ends the process once `parent`, its id, is gone. */
  watchParent(parent: number): void;
  /** `cpuBackend`: a library to load instead of the best of `cpuBackendDir`; throws where this processor cannot run it. */
  initialise(options: { cpuBackendDir: string; cpuBackend: string | null; gpuBackends: readonly string[] }): void;
  devices(): Device[];
  readGguf(path: string): Omit<GgufHeader, 'fileBytes'>;
  buildGgufMeta(spec: GgufMetaSpec): Uint8Array;
  /** Whether the pinned llama.cpp has this `general.architecture`. */
  knowsArchitecture(name: string): boolean;
  loadModel(options: LoadOptions): Promise<NativeModel>;
  /** llama.cpp's quantiser; of a dry run what would be written. Progress in bytes of the source. */
  quantise(options: QuantiseOptions): Promise<{ tensors: FoundTensor[]; headerBytes: number[]; keys: SetKey[] }>;
  /**
   * What one layer's matrices hold, expert by expert: squared Frobenius norms and squared largest singular values
   * `[n_matrix][n_expert]`, and cosines of all their values, or those of seeded rows, `[n_expert][n_expert]`.
   */
  expertWeights(
    options: TaskOptions & {
      readonly matrices: readonly ExpertMatrix[];
      readonly nExpert: number;
      readonly similarity: boolean;
      readonly spectral: boolean;
      readonly seed: number;
      readonly nThreads: number;
    },
  ): Promise<{ squares: Float64Array; spectral: Float64Array; cosines: Float64Array }>;
  /**
   * The bytes of one expert that is the average of several, each one's hidden units in the order that is likest to the first's, by
   * matrix and in its type. Progress in experts.
   */
  mergeExperts(
    options: TaskOptions & {
      readonly matrices: readonly (ExpertMatrix & { readonly units: UnitsIn })[];
      /** The others join the first. */
      readonly experts: Int32Array;
      /** Each one's share in the average. */
      readonly weights: Float64Array;
      readonly nUnits: number;
    },
  ): Promise<Uint8Array<ArrayBuffer>[]>;
  /**
   * Which neurons the named experts of a block have left, `[n_kept][width]`, ascending: those whose sum of squares times the squared norm
   * of their column is the largest, and before others the first. Writes the down matrices with these columns alone. Progress in experts.
   */
  narrowExperts(
    options: TaskOptions & {
      readonly down: ExpertMatrix;
      readonly experts: Int32Array;
      /** Sums of squares of what each column is multiplied with, `[n_kept][nIn]`. */
      readonly sums: Float32Array;
      /** Squares that were summed up, `[n_kept]`. */
      readonly counts: Float32Array;
      readonly width: number;
      readonly toType: string;
      readonly output: string;
      readonly nThreads: number;
    },
  ): Promise<{ neurons: Int32Array<ArrayBuffer> }>;
  /** In single precision. */
  readTensor(options: {
    readonly path: string;
    readonly offset: number;
    readonly type: string;
    readonly count: number;
  }): Float32Array;
  /** Makes the devices of machines that lend memory known, as devices of the backend "RPC" described by HOST:PORT. */
  addMachines(options: TaskOptions & { library: string; endpoints: readonly string[] }): Promise<AddedMachine[]>;
  /** Lends memory until the process ends; rejects if that cannot begin. */
  serveMemory(options: ServeMemoryOptions & { library: string }): Promise<never>;
};

type ServedModel = {
  /** As llama-server takes them. */
  readonly args: readonly string[];
  /** One byte for each block and expert; null: all experts take part. */
  readonly mask: Uint8Array | null;
  /** The mask's router picks freely where the full model picks groups first. */
  readonly ungrouped: boolean;
  /** Of the mask's experts, in the place of the model's own. */
  readonly routers: readonly FittedRouter[];
  /** Files of down matrices, of all experts, in the place of the model's own; they stay. */
  readonly downs: readonly Pick<FittedDown, 'block' | 'path'>[];
  /** Weights are read from their file when they are needed. */
  readonly stayMapped: boolean;
  /** How far the model is loaded. */
  readonly onProgress?: TaskOptions['onProgress'];
};

type ServerAddon = {
  /** Serves until the process ends; rejects if that cannot begin, or ends. */
  serve(options: ServedModel): Promise<never>;
};

/** llama.cpp's server, for a process that has the addon. @throws WinnowError as `loadNative` */
export function loadServer(): ServerAddon {
  return loadFile(nativeFiles().server) as ServerAddon;
}

export type GpuChoice = 'auto' | 'off' | GpuKind;

/**
 * Loads the addon and ggml's backends: the CPU's, and the GPU's of the given kind ("auto": all that are installed).
 * @throws WinnowError NATIVE_LOAD: the system lacks what it needs; others if the addon is not built, or the CPU backend that
 * WINNOW_CPU_BACKEND names cannot be loaded
 */
export function loadNative(gpu: GpuChoice): Addon {
  // Windows looks along PATH for the libraries of a library
  if (process.platform === 'win32') process.env.PATH = [ggmlBinDir(), process.env.PATH].join(delimiter);
  const addon = loadAddon();
  // before anything that can take long
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

/** @returns NATIVE_LOAD that says what the system lacks for a file of native code; the error itself where that is not it */
function explainLoading(error: unknown, path: string): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_DLOPEN_FAILED') return error;
  const problem = libraryProblem(path, ggmlFolders());
  return problem === null ? error : new WinnowError('NATIVE_LOAD', problem, {}, error);
}

/** As `explainLoading`, where SQLite could not be opened. */
export function explainSqliteLoading(error: unknown): unknown {
  return explainLoading(error, sqliteFile());
}

/**
 * Before native code is loaded, or where it could not be.
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

/** None where npm installs none because none fits, which is then said. */
function ggmlFolders(): string[] {
  try {
    return [ggmlBinDir()];
  } catch {
    return [];
  }
}

export type GpuProblem = { readonly kind: GpuKind; readonly why: Sentence };

/**
 * Why backends for graphics cards that are installed offer no device. Loads what of them can be loaded.
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

/** As that of build.ts, which is loaded for it: workers and windows of a released app build nothing. */
export async function ensureNative(options: BuildOptions): Promise<void> {
  const build = await import('./build.ts');
  await build.ensureNative(options);
}

export type { Addon };
export { nativeFiles } from './places.ts';
export { gpuBackendFiles, llamaSource, unpacked } from './prebuilt.ts';
export { windowsMemory, type WindowsMemory } from './windows-memory.ts';
