// Which layers go to other machines.
//
// This machine and the others hold the model's layers in proportion to their free memory: what each lends, and here the
// free RAM and that of the GPUs. The last layers leave this machine's RAM, as with a GPU; llama.cpp deals them out to the
// machines in the order given and then to the GPUs here, again by free memory. "auto" never gives the devices more than
// their memory holds; what stays here is mapped from its file and may exceed the RAM.
import type { Device } from '../../../native/index.ts';
import { WinnowError } from '../../contract/errors.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import type { Placement } from '../../contract/requests.ts';
import type { Backend } from '../backend/backend.ts';
import { hostMemory } from './host-memory.ts';
import { machineRefusal } from '../backend/machine-failure.ts';
import { placeModel, type LoadPlan, type PlacedInfo, type PlacedModel } from './place-model.ts';
import type { CallOptions } from '../backend/worker-client.ts';

/** Share of a device's free memory that weights may take; caches and compute buffers need the rest. */
const WEIGHT_SHARE = 0.8;

/** Name of ggml's RPC backend; its devices are described by HOST:PORT. */
const RPC_BACKEND = 'RPC';

/** The devices of the machines that a worker knows, in the order in which it came to know them. */
export function machineDevices(devices: readonly Device[]): readonly Device[] {
  return devices.filter(({ backend }) => backend === RPC_BACKEND);
}

/**
 * Makes machines' devices known to a worker.
 * @returns them, in the order of the machines
 * @throws WinnowError MACHINE_UNAVAILABLE that names the first machine that cannot be used
 */
async function addMachines(
  backend: Backend,
  endpoints: readonly string[],
  options: Pick<CallOptions, 'signal'> = {},
): Promise<readonly Device[]> {
  const added = await backend.call('addMachines', { endpoints: [...endpoints] }, options);
  for (const { endpoint, error } of added) {
    if (error !== null) throw new WinnowError('MACHINE_UNAVAILABLE', machineRefusal(endpoint, error).why, { endpoint });
  }
  const names = new Set(added.flatMap(({ devices }) => devices));
  return machineDevices(await backend.call('devices', {})).filter(({ name }) => names.has(name));
}

/**
 * Where a model lies when machines lend their memory.
 * @throws WinnowError MACHINE_UNAVAILABLE; as placeModel
 */
export async function placeOnMachines(
  info: PlacedInfo,
  placement: Placement,
  backend: Backend,
  options: Pick<CallOptions, 'signal'> = {},
): Promise<PlacedModel> {
  const here = settledPlacement(await placeModel(info, placement, backend), placement);
  const machines = await addMachines(backend, placement.rpc, options);
  const gpus = (await backend.call('devices', {})).filter(({ name }) => here.devices.includes(name));
  const devices = [...machines, ...gpus];
  const gpuLayers =
    placement.gpuLayers === 'auto'
      ? sharedLayers(info, freeBytes(devices), hostMemory().freeBytes)
      : placement.gpuLayers;
  return { ...here, devices: devices.map(({ name }) => name), gpuLayers, cpuExpertLayers: cpuExpertLayers(placement) };
}

/**
 * Of what is placed on this machine, that on which the results' bits depend: the same wherever other machines are. Their
 * CPUs do not repack weights, so this one must not either.
 */
export function settledPlacement({ deviceLayers: _, ...here }: LoadPlan, { rpc }: Placement): PlacedModel {
  return rpc.length === 0 ? here : { ...here, repack: 'none' };
}

/** How many of the model's layers, the output layer included, leave this machine's RAM. */
export function sharedLayers(
  info: Pick<ModelInfo, 'bytes' | 'blockCount'>,
  deviceBytes: number,
  ramBytes: number,
): number {
  const layers = info.blockCount + 1;
  const fitting = Math.floor((layers * deviceBytes * WEIGHT_SHARE) / Math.max(info.bytes, 1));
  const share = Math.round((layers * deviceBytes) / Math.max(deviceBytes + ramBytes, 1));
  return Math.min(layers, fitting, Math.max(share, 1));
}

/** Machines share layers, not experts, unless it is asked for. */
function cpuExpertLayers({ cpuExpertLayers: asked }: Placement): number {
  return asked === 'auto' ? 0 : asked;
}

function freeBytes(devices: readonly Device[]): number {
  return devices.reduce((sum, { memoryFree }) => sum + memoryFree, 0);
}
