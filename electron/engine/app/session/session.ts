// One page's conversation with the engine: answers every call of the contract with the engine's modules.
import type { CallName } from '../../../contract/api.ts';
import { appCalls } from '../../../contract/api/app.ts';
import { checkpointsCalls } from '../../../contract/api/checkpoints.ts';
import { chatCalls } from '../../../contract/api/chat.ts';
import { demosCalls } from '../../../contract/api/demos.ts';
import { endpointsCalls } from '../../../contract/api/endpoints.ts';
import { evaluationsCalls } from '../../../contract/api/evaluations.ts';
import { exportsCalls } from '../../../contract/api/exports.ts';
import { fitCalls } from '../../../contract/api/fit.ts';
import { generationsCalls } from '../../../contract/api/generations.ts';
import { hubCalls } from '../../../contract/api/hub.ts';
import { jobsCalls } from '../../../contract/api/jobs.ts';
import { libraryCalls } from '../../../contract/api/library.ts';
import { machinesCalls } from '../../../contract/api/machines.ts';
import { programsCalls } from '../../../contract/api/programs.ts';
import { runsCalls } from '../../../contract/api/runs.ts';
import { sampleCalls } from '../../../contract/api/sample.ts';
import { selectionsCalls } from '../../../contract/api/selections.ts';
import type { Channel } from '../../../contract/channel.ts';
import { serve, type CallHandler, type CallHandlers, type Server } from '../../../contract/server.ts';
import type { ChatSlots } from '../../endpoints/chat-slots.ts';
import { appHandlers } from './app-calls.ts';
import { exportsHandlers } from './exports-calls.ts';
import { chatHandlers, chatSlots } from './chat-calls.ts';
import { demosHandlers } from './demos-calls.ts';
import type { Services } from './services.ts';
import type { Endpoint } from '../../endpoints/endpoint.ts';
import { endpointsHandlers } from './endpoints-calls.ts';
import { evaluationsHandlers } from './evaluations-calls.ts';
import { fitHandlers } from './fit-calls.ts';
import { generationsHandlers } from './generations-calls.ts';
import { hubHandlers } from './hub-calls.ts';
import { jobsHandlers } from './jobs-calls.ts';
import { libraryHandlers } from './library-calls.ts';
import { programsHandlers } from './programs-calls.ts';
import { selectionsHandlers } from './selections-calls.ts';
import { runsHandlers } from './runs-calls.ts';

/** Starts a session. @param channel channel to the page, or to a command line in this process */
export function startSession(channel: Channel, services: Services): Server {
  let chats: ChatSlots | null = null;
  const endpoints = new Map<string, Endpoint>();
  const handlers: CallHandlers = {
    ...whenAsked({ ...appCalls, ...machinesCalls }, () => appHandlers(services)),
    ...whenAsked(chatCalls, () => chatHandlers((chats ??= chatSlots(services)))),
    ...whenAsked(endpointsCalls, () => endpointsHandlers(services, endpoints)),
    ...whenAsked(demosCalls, () => demosHandlers(services)),
    ...whenAsked(evaluationsCalls, () => evaluationsHandlers(services)),
    ...whenAsked({ ...exportsCalls, ...checkpointsCalls }, () => exportsHandlers(services)),
    ...whenAsked(fitCalls, () => fitHandlers(services)),
    ...whenAsked(generationsCalls, () => generationsHandlers(services)),
    ...whenAsked(hubCalls, () => hubHandlers(services)),
    ...whenAsked(jobsCalls, () => jobsHandlers(services)),
    ...whenAsked({ ...libraryCalls, ...sampleCalls }, () => libraryHandlers(services)),
    ...whenAsked(programsCalls, () => programsHandlers(services)),
    ...whenAsked(selectionsCalls, () => selectionsHandlers(services)),
    ...whenAsked(runsCalls, () => runsHandlers(services)),
  };
  const server = serve(channel, handlers, (error, call) => {
    services.log.add(
      'error',
      'engine',
      `${call}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  });
  return {
    ...server,
    close: () => {
      const closed = server.close();
      void chats?.closeAll();
      for (const endpoint of endpoints.values()) void endpoint.close();
      endpoints.clear();
      return closed;
    },
  };
}

/** Makes handlers at the first of their calls, since what they use may open the database. */
function whenAsked<Name extends CallName>(
  calls: Readonly<Record<Name, unknown>>,
  make: () => CallHandlers<Name>,
): CallHandlers<Name> {
  let made: CallHandlers<Name> | undefined;
  const answer =
    <Call extends Name>(name: Call): CallHandler<Call> =>
    (params, signal) =>
      (made ??= make())[name](params, signal);
  return Object.fromEntries((Object.keys(calls) as Name[]).map((name) => [name, answer(name)])) as CallHandlers<Name>;
}
