// Machines that lend their memory for layers of a model (`winnow worker`).
import { z } from 'zod';
import { tunnelAddressSchema } from '../machine-address.ts';
import { sentenceSchema } from '../sentences.ts';

/**
 * `unchecked`: not contacted yet; `incompatible`: something answers, but with a different protocol or version. A
 * machine that serves somebody else is `ready`, with less free memory.
 */
const MACHINE_STATES = ['unchecked', 'ready', 'unreachable', 'incompatible'] as const;
export type MachineState = (typeof MACHINE_STATES)[number];

/** What a machine reports about itself. */
export const probedMachineSchema = z.object({
  /** HOST:PORT */
  endpoint: z.string(),
  state: z.enum(MACHINE_STATES),
  /** What is wrong, and what to do about it; null: nothing is wrong. */
  why: sentenceSchema.nullable(),
  /** Bytes over all of its devices; 0 unless it is ready. */
  memoryTotal: z.number(),
  memoryFree: z.number(),
  devices: z.array(z.object({ memoryTotal: z.number(), memoryFree: z.number() })),
});

export type ProbedMachine = Readonly<z.infer<typeof probedMachineSchema>>;

/** A machine of the list, as of the last check. */
const machineSchema = probedMachineSchema.extend({
  /** The user's name for it; null: it has none. */
  name: z.string().nullable(),
  /** Jobs of the interface use it: it is in the settings' `placement.rpc`. */
  on: z.boolean(),
  /** It is being contacted now. */
  checking: z.boolean(),
  checkedMs: z.number().nullable(),
});
export type Machine = Readonly<z.infer<typeof machineSchema>>;

const machinesSchema = z.array(machineSchema);
const oneMachine = z.object({ endpoint: tunnelAddressSchema });

export const machinesCalls = {
  /**
   * Returns the machines as they were last seen, without waiting. Those that were never contacted are contacted then;
   * an event reports the result.
   */
  'machines.list': { params: z.object({}), result: machinesSchema },
  /** Adds a machine to the list, switched on, and contacts it. A machine that is in the list already gets the new name. */
  'machines.add': {
    params: oneMachine.extend({ name: z.string().trim().min(1).max(60).nullable() }),
    result: machinesSchema,
  },
  'machines.remove': { params: oneMachine, result: machinesSchema },
  /** Sets whether jobs of the interface use the machine. */
  'machines.use': { params: oneMachine.extend({ on: z.boolean() }), result: machinesSchema },
  /** Contacts one machine again, or all; this takes some seconds if one does not answer. */
  'machines.check': { params: z.object({ endpoint: tunnelAddressSchema.nullable() }), result: machinesSchema },
} as const;

export const machinesEvents = {
  /** The list changed, or what is known about a machine in it. */
  machines: { payload: machinesSchema, updates: 'machines.list', outdates: [] },
} as const;
