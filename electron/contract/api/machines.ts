// Machines that lend their memory for layers of a model (`winnow worker`).
import { z } from 'zod';
import { tunnelAddressSchema } from '../machine-address.ts';
import { sentenceSchema } from '../sentences.ts';

/**
 * `unchecked`: not asked yet; `incompatible`: something answers, though not with this protocol or its version. One that
 * serves somebody else is `ready`, with less memory free.
 */
const MACHINE_STATES = ['unchecked', 'ready', 'unreachable', 'incompatible'] as const;
export type MachineState = (typeof MACHINE_STATES)[number];

/** What a machine says of itself. */
export const probedMachineSchema = z.object({
  /** HOST:PORT */
  endpoint: z.string(),
  state: z.enum(MACHINE_STATES),
  /** What is wrong and what to do; null: nothing. */
  why: sentenceSchema.nullable(),
  /** Bytes over all of its devices; 0 where it is not ready. */
  memoryTotal: z.number(),
  memoryFree: z.number(),
  devices: z.array(z.object({ memoryTotal: z.number(), memoryFree: z.number() })),
});

export type ProbedMachine = Readonly<z.infer<typeof probedMachineSchema>>;

/** As of the last check. */
const machineSchema = probedMachineSchema.extend({
  /** What the user calls it; null: nothing. */
  name: z.string().nullable(),
  /** Jobs of the interface use it: it stands in the settings' `placement.rpc`. */
  on: z.boolean(),
  /** It is being asked now. */
  checking: z.boolean(),
  checkedMs: z.number().nullable(),
});
export type Machine = Readonly<z.infer<typeof machineSchema>>;

const machinesSchema = z.array(machineSchema);
const oneMachine = z.object({ endpoint: tunnelAddressSchema });

export const machinesCalls = {
  /** As they were last seen, at once; those that nobody asked yet are asked then, and an event tells. */
  'machines.list': { params: z.object({}), result: machinesSchema },
  /** Puts a machine into the list, switched on, and asks it. One that is there already gets the name. */
  'machines.add': {
    params: oneMachine.extend({ name: z.string().trim().min(1).max(60).nullable() }),
    result: machinesSchema,
  },
  'machines.remove': { params: oneMachine, result: machinesSchema },
  /** Whether jobs of the interface use it. */
  'machines.use': { params: oneMachine.extend({ on: z.boolean() }), result: machinesSchema },
  /** Asks it again, or all of them; takes some seconds where one does not answer. */
  'machines.check': { params: z.object({ endpoint: tunnelAddressSchema.nullable() }), result: machinesSchema },
} as const;

export const machinesEvents = {
  /** The list changed, or what is known of a machine in it. */
  machines: { payload: machinesSchema, updates: 'machines.list', outdates: [] },
} as const;
