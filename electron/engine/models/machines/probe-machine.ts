// Asks one machine that lends memory what it has. A worker process does the asking, since it may hang or die.
import { say, type Sentence } from '../../../contract/sentences.ts';
import { sentenceBy, WinnowError } from '../../../contract/errors.ts';
import type { ProbedMachine } from '../../../contract/api/machines.ts';
import { Backend } from '../../base/backend/backend.ts';
import { machineRefusal } from '../../base/backend/machine-failure.ts';
import { machineDevices } from '../placement/devices.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';

/** Measured from the worker's start; the native part gives up earlier: 4 s to connect, 5 s for the greeting. */
const ANSWER_WITHIN_MS = 12_000;

type Probe = Omit<ProbedMachine, 'endpoint'>;

/** @throws WinnowError NATIVE_BUILD, BACKEND_CRASHED, INTERNAL: this machine cannot ask */
export async function probeMachine(endpoint: string, host: WorkerHost, withinMs = ANSWER_WITHIN_MS): Promise<Probe> {
  using backend = new Backend('off', host);
  const late = AbortSignal.timeout(withinMs);
  const close = (): void => void backend.close();
  late.addEventListener('abort', close);
  try {
    const [machine] = await backend.call('addMachines', { endpoints: [endpoint] });
    if (machine?.error !== null) return refused(endpoint, machine?.error ?? '');
    const devices = machineDevices(await backend.call('devices', {})).map(({ memoryTotal, memoryFree }) => ({
      memoryTotal,
      memoryFree,
    }));
    const sum = (of: 'memoryTotal' | 'memoryFree'): number => devices.reduce((total, device) => total + device[of], 0);
    return { state: 'ready', why: null, memoryTotal: sum('memoryTotal'), memoryFree: sum('memoryFree'), devices };
  } catch (error) {
    if (late.aborted) {
      const why = say('noAnswerWithin', { seconds: withinMs / 1000 });
      return unreachable(say('machineUnreachable', { endpoint, why }));
    }
    if (!(error instanceof WinnowError) || error.code !== 'MACHINE_UNAVAILABLE') throw error;
    return unreachable(sentenceBy(error));
  } finally {
    late.removeEventListener('abort', close);
  }
}

function unreachable(why: Sentence): Probe {
  return { state: 'unreachable', why, memoryTotal: 0, memoryFree: 0, devices: [] };
}

function refused(endpoint: string, said: string): Probe {
  return { ...machineRefusal(endpoint, said), memoryTotal: 0, memoryFree: 0, devices: [] };
}
