// What a backend worker can be asked: parameters and result of each call. Both sides parse every message with these
// schemas.
import { z } from 'zod';
import { deviceSchema, gpuProblemSchema } from '../../../contract/device.ts';
import { repackSchema } from '../../../contract/repack.ts';
import { float32Array, float64Array, int32Array, uint8Array } from '../../../contract/typed-arrays.ts';
import { figure, figures32, figures64 } from './figures.ts';
import { nativePath } from './native-path.ts';
import type { EventOf, ParamsOf, ResultOf } from './worker-calls.ts';

const filePath = z.string().transform((path) => nativePath(path));

const ggufValue = z.object({
  type: z.string(),
  array: z.boolean(),
  length: z.number(),
  value: z.unknown(),
});

/** The parameters of a context for scoring. */
const scoringContext = {
  /** Cells of the KV cache; at least the number of tokens in all sequences. */
  nCtx: z.int().positive(),
  nUbatch: z.int().positive(),
  /** Tokens of a ubatch that pass the experts of a layer at once; 0: all. */
  nSlice: z.int().nonnegative(),
  kvType: z.enum(['f16', 'q8_0']),
  nSeqMax: z.int().positive(),
  /** Tokens of the longest sequence, so that attention computes only within sequences; 0: over all cells. */
  nLongest: z.int().nonnegative(),
  nThreads: z.int().positive(),
};

/** An input that weight matrices share, as counted by llama.cpp's importance matrix. */
const importanceInput = z.object({
  /** The weights that are multiplied with it. */
  names: z.array(z.string()),
  /** Rows seen: one count, or one per expert. */
  counts: figures64,
  /** Sums of squares, `[n_mat][n_in]`. */
  sums: figures32,
});

/** Sequences that pass through a model's blocks together, and the folder for scratch files. */
const blocks = {
  sequences: z.array(int32Array).min(1),
  ...scoringContext,
  nBlocks: z.int().positive(),
  folder: filePath,
};

/** Where a model's weights lie. */
const placed = {
  devices: z.array(z.string()),
  gpuLayers: z.int(),
  /** Number of layers on each device, in device order; empty: by free memory. */
  deviceLayers: z.array(z.int().nonnegative()),
  /** Blocks whose routed experts stay in host memory, whatever device holds the rest of the block. */
  cpuExpertBlocks: z.array(z.int().nonnegative()),
  /** With `all`, files are read while loading; otherwise where and when their weights are needed. */
  repack: repackSchema,
  /** Loads next-token-prediction blocks, too. */
  prediction: z.literal(true).exactOptional(),
};

export const methods = {
  devices: { params: z.object({}), result: z.array(deviceSchema) },
  /** Why graphics backends that this worker should load do not work here. */
  gpuProblems: { params: z.object({}), result: z.array(gpuProblemSchema) },
  readGguf: {
    params: z.object({ path: filePath }),
    result: z.object({
      version: z.number(),
      alignment: z.number(),
      dataOffset: z.number(),
      kv: z.record(z.string(), ggufValue),
      tensors: z.array(
        z.object({
          name: z.string(),
          type: z.string(),
          ne: z.array(z.number()),
          bytes: z.number(),
          fileOffset: z.number(),
        }),
      ),
    }),
  },
  buildGgufMeta: {
    params: z.object({
      source: filePath.nullable(),
      remove: z.array(z.string()),
      set: z.array(z.object({ key: z.string(), type: z.string(), value: z.unknown() })),
      tensors: z.array(z.object({ name: z.string(), type: z.string(), ne: z.array(z.number()) })),
    }),
    result: uint8Array,
  },
  /** Whether the pinned llama.cpp has this `general.architecture`. */
  knowsArchitecture: { params: z.object({ name: z.string() }), result: z.boolean() },
  /** Whether llama.cpp would load a model, tried without its data. The model that is loaded stays. */
  checkLoad: { params: z.object({ parts: z.array(filePath).min(1) }), result: z.null() },
  load: {
    params: z.object({
      parts: z.array(filePath).min(1),
      ...placed,
      vocabOnly: z.boolean(),
      /** Replaces the header's number of experts that a token activates. */
      activeExperts: z.object({ key: z.string(), count: z.int().positive() }).exactOptional(),
    }),
    result: z.object({
      nVocab: z.number(),
      /** With those of next-token prediction. */
      nLayers: z.number(),
      nExpert: z.number(),
      addBos: z.boolean(),
      bosToken: z.string().nullable(),
      eosToken: z.string().nullable(),
      chatTemplate: z.string().nullable(),
      hasVocab: z.boolean(),
      isRecurrent: z.boolean(),
    }),
  },
  /** Makes the devices of machines that lend memory known; `error` says whether a machine can be used. */
  addMachines: {
    params: z.object({ endpoints: z.array(z.string()).min(1) }),
    result: z.array(z.object({ endpoint: z.string(), error: z.string().nullable(), devices: z.array(z.string()) })),
  },
  /** Lends this machine's memory for as long as the process lives: never returns, unless it cannot begin. */
  serveMemory: {
    params: z.object({
      endpoint: z.string(),
      devices: z.array(z.string()).min(1),
      nThreads: z.int().positive(),
      /** Limit for each device, in bytes. */
      memoryLimit: z.int().positive(),
      cacheDir: filePath.nullable(),
    }),
    result: z.null(),
    /** `detail`: the port that it listens on, or the address of a client that now starts or stops holding memory. */
    event: z.object({ what: z.enum(['listening', 'serves', 'served']), detail: z.string() }),
  },
  /** Runs llama.cpp's server for as long as the process lives: never returns, unless it cannot begin. Progress covers loading. */
  serveModel: {
    params: z.object({
      /** Arguments as llama-server takes them. */
      args: z.array(z.string()),
      /** As in `setMask`. */
      mask: uint8Array.nullable(),
      ungrouped: z.boolean(),
      /** Reads weights from their file when they are needed. */
      stayMapped: z.boolean(),
    }),
    result: z.null(),
  },
  /** Bytes of RAM that the worker holds now. */
  residentBytes: { params: z.object({}), result: z.number() },
  /** What scoring or a conversation would allocate, by device; null: such a context cannot be made. The model that is loaded stays. */
  scoringMemory: {
    params: z.object({
      parts: z.array(filePath).min(1),
      ...placed,
      contexts: z.array(z.object({ ...scoringContext, conversation: z.boolean().exactOptional() })),
    }),
    result: z.array(
      z.array(z.object({ device: z.string(), cacheBytes: z.number(), computeBytes: z.number() })).nullable(),
    ),
  },
  /** The device whose memory would hold each tensor. The model that is loaded stays. */
  tensorPlaces: {
    params: z.object({ parts: z.array(filePath).min(1), ...placed }),
    result: z.array(z.object({ name: z.string(), device: z.string(), bytes: z.number() })),
  },
  /**
   * Runs llama.cpp's quantiser over a model whose header is one file and whose data lie in pieces in others. Without an output
   * it reports what would be written. It does not sync what it writes.
   */
  quantise: {
    params: z.object({
      /** A GGUF file of the right length that holds only the header. */
      input: filePath,
      output: filePath.nullable(),
      /** Number of `general.file_type`. */
      fileType: z.int().nonnegative(),
      outputType: z.string().nullable(),
      embeddingType: z.string().nullable(),
      rules: z.array(z.object({ pattern: z.string(), type: z.string() })),
      allowRequantize: z.boolean(),
      imatrix: filePath.nullable(),
      /** The importance matrix's name as the file will record it. */
      imatrixName: z.string().nullable(),
      nThreads: z.int().positive(),
      /** Memory for the rows of one tensor: as read, in single precision, and quantised. */
      bufferBytes: z.int().positive(),
      /** Offset and length of each range, one after the other. */
      sources: z.array(z.object({ name: z.string(), path: filePath, ranges: float64Array })),
    }),
    /** The tensors of a dry run, in the order of the output. Other runs return none. */
    result: z.object({
      tensors: z.array(
        z.object({
          name: z.string(),
          sourceType: z.string(),
          type: z.string(),
          bytes: z.number(),
          /** Whether llama.cpp makes this type only with an importance matrix, and this tensor has none. */
          lacksImatrix: z.boolean(),
        }),
      ),
      headerBytes: z.number(),
    }),
  },
  tokenize: {
    params: z.object({
      texts: z.array(z.object({ text: z.string(), addSpecial: z.boolean(), parseSpecial: z.boolean() })),
    }),
    result: z.array(int32Array),
  },
  /** The bytes of all tokens one after the other, and where each token's bytes end. */
  tokenPieces: {
    params: z.object({ tokens: int32Array }),
    result: z.object({ bytes: uint8Array, ends: int32Array }),
  },
  /** `mask[block * nExpert + expert]` is 1 to keep; null removes the mask. `ungrouped`: experts are chosen among all, not within groups. */
  setMask: {
    params: z.object({ mask: uint8Array.nullable(), ungrouped: z.boolean() }),
    result: z.null(),
  },
  score: {
    params: z.object({
      sequences: z.array(int32Array).min(1),
      /** Blocks to score, ascending. Prediction blocks among them run on the output of the last block of the pass. */
      moeLayers: int32Array,
      /** Whether the model weights the experts' input instead of their output (llama4). */
      gateInInput: z.boolean(),
      /** Whether position 0 is left out of the sums. */
      skipFirst: z.boolean().exactOptional(),
      ...scoringContext,
      /** For a model that does not stay in memory: how much to read ahead, and how many layers to keep; null: it stays. */
      paging: z.object({ aheadBytes: z.number().nonnegative(), keepLayers: z.int().nonnegative() }).nullable(),
      /** false: the same pass without taps, to measure their cost. */
      taps: z.boolean(),
      /** Whether to add to what `importance` returns. */
      importance: z.boolean().exactOptional(),
    }),
    result: z.object({
      sequences: z.array(
        z.object({
          /** The six SUMS in order, each `[n_moe_layers][n_expert]`. */
          sums: figures64,
          /** The largest norm of each expert's outputs, 0 if it was never used, `[n_moe_layers][n_expert]`. */
          maxNorm: figures32,
        }),
      ),
      tappedBytes: z.number(),
    }),
  },
  /**
   * Chooses neurons of a block's experts, `[n_kept][width]`, ascending: those with the largest product of the sum of squares
   * and the squared norm of their column; ties go to the lower index. Writes the down matrices with only these columns.
   * Progress counts experts.
   */
  narrowExperts: {
    params: z.object({
      down: z.object({
        path: filePath,
        /** Bytes from the start of the file to the first expert; the others follow it. */
        offset: z.int().nonnegative(),
        type: z.string(),
        nIn: z.int().positive(),
        nOut: z.int().positive(),
      }),
      experts: int32Array,
      /** Sums of squares of the values that each column is multiplied with, `[n_kept][nIn]`. */
      sums: float32Array,
      /** Number of squares in the sums, `[n_kept]`. */
      counts: float32Array,
      width: z.int().positive(),
      toType: z.string(),
      output: filePath,
      nThreads: z.int().positive(),
    }),
    result: z.object({ neurons: int32Array }),
  },
  /** What scoring has collected for an importance matrix since `setImportance`; meaningless after a pass that failed. */
  importance: { params: z.object({}), result: z.array(importanceInput) },
  /** Continues from what was collected earlier; an empty list starts anew. */
  setImportance: { params: z.object({ inputs: z.array(importanceInput) }), result: z.null() },
  /** Records the residual stream after each MoE block in the folder; refused for a model whose blocks cannot be fitted. */
  recordStreams: { params: z.object(blocks), result: z.null() },
  /**
   * Fits the experts' down matrices, one block after the other, each on the stream that those before it leave, so that
   * the stream behind it comes closest to the recorded one. They are quantised as they are in the file; the model's own
   * stay. Experts must not be repacked. Progress counts blocks.
   */
  fitDown: {
    params: z.object({
      ...blocks,
      /** Folder of the full model's streams behind each block, for the same sequences. */
      streams: filePath,
      /** The penalty that keeps matrices close to what they were, in units of the mean diagonal of the normal matrices. */
      ridge: z.number().positive(),
      /** Passes over all experts of a block. */
      sweeps: z.int().positive(),
    }),
    result: z.array(
      z.object({
        block: z.int().nonnegative(),
        /** The tensor's bytes, in its type. */
        path: z.string(),
        bytes: z.int().positive(),
        /** Experts that a token passes: the matrices of all others stay as they are. */
        reached: z.int().nonnegative(),
        /** Errors of the stream behind the block, in units of its square. */
        before: figure,
        after: figure,
        /** Of fitting; 0: it had been fitted before. */
        seconds: z.number().nonnegative(),
      }),
    ),
  },
  /** Replaces the model's own down matrices with those in the files, for good. The files must exist as long as the model. */
  setDown: {
    params: z.object({ blocks: z.array(z.object({ block: z.int().nonnegative(), path: filePath })) }),
    result: z.null(),
  },
  perplexity: {
    params: z.object({
      /** The tokens of all sequences, one after the other. */
      tokens: int32Array,
      /** Number of tokens up to the end of each sequence. */
      ends: int32Array,
      /** 1 for each token whose likelihood counts; the first token of a sequence never does. */
      scored: uint8Array,
      /** The first token of each sequence becomes BOS if the model adds one. */
      bos: z.boolean(),
      /** Tokens that are decoded together; no sequence is longer. */
      nBatch: z.int().positive(),
      /** The most likelihoods that are computed together: each needs a row of logits. */
      nRows: z.int().positive(),
      nUbatch: z.int().positive(),
      nThreads: z.int().positive(),
      /** File to write the token distributions to. */
      baseOut: filePath.nullable(),
      /** File of token distributions to compare with. */
      baseIn: filePath.nullable(),
    }),
    /** One value per scored token, in order. */
    result: z.object({
      /** In nats. */
      nll: figures32,
      kl: figures32.nullable(),
      sameTop: uint8Array.nullable(),
    }),
  },
  /** The logits of every token, `[n_tokens][n_vocab]`. A cache of `f32` rounds nothing: it tells rounding from the effect of a mask. */
  logits: {
    params: z.object({
      tokens: int32Array,
      nUbatch: z.int().positive(),
      nThreads: z.int().positive(),
      kvType: z.enum(['f16', 'f32']),
    }),
    result: figures32,
  },
  /** Completions in the order of the prompts, under the current mask. Progress counts generated tokens; events extend the completions. */
  generate: {
    params: z.object({
      /** With the model's special tokens; none is empty. */
      prompts: z.array(int32Array).min(1),
      /** One seed per prompt; without effect at temperature 0. */
      seeds: int32Array,
      /** Prompts that are continued at the same time. */
      nSeq: z.int().positive(),
      /** Tokens that a prompt and its completion may have together; more than the longest prompt. */
      nCtx: z.int().positive(),
      nUbatch: z.int().positive(),
      nThreads: z.int().positive(),
      /** The most tokens of a completion. */
      maxTokens: z.int().positive(),
      /** 0: always the likeliest token. */
      temperature: z.number().nonnegative(),
      topP: z.number().positive().max(1),
      minP: z.number().nonnegative().max(1),
    }),
    result: z.object({
      /** Without the token that ended it. `eog`: the model ended its turn; `length`: the limit did. */
      completions: z.array(z.object({ tokens: int32Array, stop: z.enum(['eog', 'length']) })),
    }),
    event: z.array(
      z.object({
        prompt: z.int().nonnegative(),
        tokens: int32Array,
        /** The text of the tokens; a character may be cut in two. */
        bytes: uint8Array,
        /** null: the completion goes on. */
        stop: z.enum(['eog', 'length']).nullable(),
      }),
    ),
  },
} as const;

export type Method = keyof typeof methods;
export type Params<M extends Method> = ParamsOf<typeof methods, M>;
export type Result<M extends Method> = ResultOf<typeof methods, M>;
export type Event<M extends Method> = EventOf<typeof methods, M>;

export type FittedDown = Result<'fitDown'>[number];
