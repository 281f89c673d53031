// One page's conversation with the engine: answers every call of the contract with the engine's modules.
import type { Channel } from '../../../contract/channel.ts';
import { serve, type CallHandlers, type Server } from '../../../contract/server.ts';
import { appHandlers, jobsHandlers } from './app-calls.ts';
import { exportsHandlers, programsHandlers } from './exports-calls.ts';
import { chatHandlers, chatSlots, endpointsHandlers } from './endpoints-calls.ts';
import { demosHandlers } from './demos-calls.ts';
import type { Services } from './services.ts';
import type { Endpoint } from '../../endpoints/endpoint.ts';
import { evaluationsHandlers, generationsHandlers } from './evaluations-calls.ts';
import { fitHandlers } from './fit-calls.ts';
import { hubHandlers, libraryHandlers } from './library-calls.ts';
import { selectionsHandlers } from './selections-calls.ts';
import { runsHandlers } from './runs-calls.ts';

/**
 * Starts a session. Making its handlers opens no database: they ask for it when they are called.
 * @param channel channel to the page, or to a command line in this process
 */
export function startSession(channel: Channel, services: Services): Server {
  const chats = chatSlots(services);
  const endpoints = new Map<string, Endpoint>();
  const handlers: CallHandlers = {
    ...appHandlers(services),
    ...chatHandlers(chats),
    ...endpointsHandlers(services, endpoints),
    ...demosHandlers(services),
    ...evaluationsHandlers(services),
    ...exportsHandlers(services),
    ...fitHandlers(services),
    ...generationsHandlers(services),
    ...hubHandlers(services),
    ...jobsHandlers(services),
    ...libraryHandlers(services),
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
      for (const endpoint of endpoints.values()) void endpoint.close();
      endpoints.clear();
      return closed;
    },
  };
}
