// The program itself: facts, settings, undo.
import { z } from 'zod';
import { errorDataSchema, modelIdSchema, noParams, nothing, rowIdSchema } from './common.ts';
import { probedMachineSchema } from './machines.ts';
import { deviceSchema, gpuProblemSchema } from '../device.ts';
import { tunnelAddressSchema } from '../machine-address.ts';
import { placementSchema } from '../requests.ts';

/** The whole state of the work: what is chosen now. */
const trailSchema = z.object({
  modelId: modelIdSchema.nullable(),
  domainId: rowIdSchema.nullable(),
  runIds: z.array(rowIdSchema),
  selectionId: rowIdSchema.nullable(),
  exportId: rowIdSchema.nullable(),
});
export type Trail = Readonly<z.infer<typeof trailSchema>>;

export const settingsSchema = z.object({
  theme: z.enum(['system', 'light', 'dark']),
  /** Name of a folder in contract/text, or "system". */
  language: z.string().min(2).max(16),
  /** Machines are named by their tunnels: see `tunnelAddressSchema`. */
  placement: placementSchema.refine(({ rpc }) => z.array(tunnelAddressSchema).safeParse(rpc).success),
  /** Context length for memory estimates and chats. */
  ctx: z
    .int()
    .min(256)
    .max(1 << 24),
  /** Tokens computed together while scoring. */
  nUbatch: z.union([
    z.literal('auto'),
    z
      .int()
      .min(32)
      .max(1 << 16),
  ]),
  /** Limit of each demo in tokens; 0: none. */
  maxTokens: z.int().nonnegative(),
  /** Measures each written file, for its verdict. */
  measureExports: z.boolean(),
  /** Models and demos may be fetched from the model hub when the user asks for them; otherwise the hub is never contacted. */
  allowHub: z.boolean(),
  /** Whether options that are rarely needed are shown. */
  advanced: z.boolean(),
  trail: trailSchema,
  /** What pages remember, such as the sort order of a table. */
  view: z.record(z.string().max(64), z.json()),
});
export type Settings = Readonly<z.infer<typeof settingsSchema>>;

/** Returns the settings of a user who has changed none. @param threads number of the machine's threads */
export function defaultSettings(threads: number): Settings {
  return {
    theme: 'system',
    language: 'system',
    placement: { gpu: 'auto', gpuLayers: 'auto', cpuExpertLayers: 'auto', rpc: [], threads },
    ctx: 8192,
    nUbatch: 'auto',
    maxTokens: 0,
    measureExports: true,
    allowHub: true,
    advanced: false,
    trail: { modelId: null, domainId: null, runIds: [], selectionId: null, exportId: null },
    view: {},
  };
}

/** Removes keys whose value is undefined: absent and undefined mean the same in a message, but not in a record of changes. */
function withoutUndefined<T extends object>(change: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** The native part: built on first use from a checkout, bundled in a released app. */
export const nativeStateSchema = z.object({
  state: z.enum(['building', 'ready', 'failed']),
  /** Last line of the build's progress. */
  line: z.string(),
  error: errorDataSchema.nullable(),
});

const appInfoSchema = z.object({
  version: z.string(),
  llama: z.string(),
  /** Folder of the database. */
  home: z.string(),
  platform: z.string(),
  cores: z.int(),
  memoryTotal: z.number(),
  memoryFree: z.number(),
  native: nativeStateSchema,
});

export const appCalls = {
  /** Builds the native part unless it is there; events report the progress. */
  'app.prepare': { params: noParams, result: nothing },
  'app.info': { params: noParams, result: appInfoSchema },
  /** What this machine offers, and the machines that lend it memory. */
  'app.doctor': {
    params: noParams,
    result: z.object({
      /** llama.cpp release. */
      llama: z.string(),
      devices: z.array(deviceSchema),
      /** Kinds of GPU whose backend files are installed, whether or not a device answers. */
      gpuBackends: z.array(z.string()),
      /** Why the GPU backends offer no device. */
      gpuProblems: z.array(gpuProblemSchema),
      /** This machine's memory, or the part that this process may use. */
      memory: z.object({ totalBytes: z.number(), freeBytes: z.number() }),
      /** Machines that lend memory: those asked for, and those in the interface's list. */
      machines: z.array(probedMachineSchema),
      database: z.object({ path: z.string(), problem: z.string().nullable() }),
    }),
  },
  'settings.get': { params: noParams, result: settingsSchema },
  /** Changes only the settings that are given. */
  'settings.set': { params: settingsSchema.partial().transform(withoutUndefined), result: settingsSchema },
  undo: { params: z.object({ undoId: z.int().positive() }), result: nothing },
} as const;

export const appEvents = {
  settings: { payload: settingsSchema, updates: 'settings.get', outdates: [] },
  native: { payload: nativeStateSchema, updates: 'app.info', outdates: [] },
} as const;
