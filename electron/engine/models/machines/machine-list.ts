// The machines that the user named in the interface, kept in the database.
import { z } from 'zod';
import { machineAddressSchema } from '../../../contract/machine-address.ts';
import type { Store } from '../../store/database.ts';
import { getSetting, setSetting } from '../../store/settings.ts';

const KEY = 'machines';

const listedSchema = z.object({ endpoint: machineAddressSchema, name: z.string().nullable() });
type ListedMachine = Readonly<z.infer<typeof listedSchema>>;

/** The listed machines, in the order in which they were added. */
export function listedMachines(store: Store): readonly ListedMachine[] {
  return getSetting(store, KEY, z.array(listedSchema)) ?? [];
}

/** Replaces the list. */
export function storeMachines(store: Store, machines: readonly ListedMachine[]): void {
  setSetting(store, KEY, machines);
}
