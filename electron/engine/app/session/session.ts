// One page's conversation with the engine: every call of the contract, answered from the engine's modules.
import type { Channel } from '../../../contract/channel.ts';
import { serve, type CallHandlers, type Server } from '../../../contract/server.ts';
import { appHandlers } from './app-calls.ts';
import { calibrationsHandlers } from './calibrations-calls.ts';
import { chatHandlers, chatSlots } from './chat-calls.ts';
import { demosHandlers } from './demos-calls.ts';
import type { Services } from './services.ts';
import { evaluationsHandlers } from './evaluations-calls.ts';
import { exportsHandlers } from './exports-calls.ts';
import { fitHandlers } from './fit-calls.ts';
import { generationsHandlers } from './generations-calls.ts';
import { jobsHandlers } from './jobs-calls.ts';
import { libraryHandlers } from './library-calls.ts';
import { machinesHandlers } from './machines-calls.ts';
import { programsHandlers } from './programs-calls.ts';
import { selectionsHandlers } from './selections-calls.ts';
import { runsHandlers } from './runs-calls.ts';

/** @param channel to the page */
export function startSession(channel: Channel, services: Services): Server {
  const chats = chatSlots(services);
  const handlers: CallHandlers = {
    ...appHandlers(services),
    ...chatHandlers(chats),
    ...demosHandlers(services),
    ...evaluationsHandlers(services),
    ...calibrationsHandlers(services),
    ...exportsHandlers(services),
    ...fitHandlers(services),
    ...generationsHandlers(services),
    ...jobsHandlers(services),
    ...libraryHandlers(services),
    ...machinesHandlers(services),
    ...programsHandlers(services),
    ...selectionsHandlers(services),
    ...runsHandlers(services),
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
      void chats.closeAll();
      return closed;
    },
  };
}
