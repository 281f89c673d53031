// One page's conversation with the engine: opens everything that it uses, answers every call of the contract with the engine's modules,
// and closes all in the right order.
import type { EventName, EventPayload } from '../../../contract/api.ts';
import type { Settings } from '../../../contract/api/app.ts';
import type { Channel } from '../../../contract/channel.ts';
import { type Server, serve, type CallHandlers } from '../../../contract/server.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import { EngineContext } from '../../store/engine-context.ts';
import { jobWorks, type Jobs } from '../jobs/kinds.ts';
import { toDisplayPath } from '../../base/files/paths.ts';
import { messageOf } from '../../base/files/user-files.ts';
import { JobQueue } from '../jobs/queue.ts';
import { Library } from '../../models/library/library.ts';
import { thisMachine } from '../../models/library/places.ts';
import { Machines } from '../../models/machines/machines.ts';
import { RunTotals } from '../../experts/runs/run-totals.ts';
import { purgeDeletedRuns } from '../../store/score-runs.ts';
import { CLOSED } from '../../store/task.ts';
import { removeLeftovers } from '../../store/scratch-folder.ts';
import { measureExports, evaluationsHandlers, generationsHandlers } from './evaluations-calls.ts';
import type { Face, Services, Shell } from './services.ts';
import { openEngineLog, type EngineLog } from './engine-log.ts';
import { Grants } from './grants.ts';
import { reportJobs } from './job-events.ts';
import { NativePart } from './native-part.ts';
import { changeSettings, readSettings } from './settings.ts';
import { drainQueue } from './start-job.ts';
import { UndoStack } from './undo.ts';
import { appHandlers, jobsHandlers } from './app-calls.ts';
import { exportsHandlers, programsHandlers } from './exports-calls.ts';
import { chatHandlers, chatSlots, endpointsHandlers } from './endpoints-calls.ts';
import { demosHandlers } from './demos-calls.ts';
import type { Endpoint } from '../../endpoints/endpoint.ts';
import { fitHandlers } from './fit-calls.ts';
import { hubHandlers, libraryHandlers } from './library-calls.ts';
import { selectionsHandlers } from './selections-calls.ts';
import { runsHandlers } from './runs-calls.ts';

type Joined = Face & { readonly context: EngineContext; readonly log: EngineLog; readonly channel: Channel };

type ServicesOptions = Shell & { readonly home: string; readonly host: WorkerHost; readonly channel: Channel };

type OpenServices = { readonly services: Services; readonly close: () => Promise<void> };

/**
 * Opens the services for the window, whose engine resumes what earlier ones left.
 * @throws WinnowError STORE: the database cannot be opened
 */
export function openServices({ home, host, ...shell }: ServicesOptions): OpenServices {
  const context = new EngineContext({ home, host });
  // a database that cannot be opened must be reported at once, not at the first call
  const { store } = context;
  const log = openEngineLog(home);
  const settings = (): Settings => readSettings(store);
  const { services, close } = joinServices({
    context,
    log,
    settings,
    pathText: toDisplayPath,
    ownJobs: false,
    ...shell,
  });
  // the host uses the theme too
  services.emit('settings', settings());
  const stopMeasuring = measureExports(services);
  drainQueue(services);
  const closing = new AbortController();
  const warn = (error: unknown): void => log.add('warn', 'engine', messageOf(error));
  purgeDeletedRuns(store, closing.signal).catch(warn);
  removeLeftovers(context.scratchDir).catch(warn);
  return {
    services,
    close: async () => {
      closing.abort(CLOSED);
      stopMeasuring();
      await close();
      context.close();
    },
  };
}

/**
 * Everything that a session uses, opened on demand: calls that need no database open none.
 * @param channel channel to the client
 */
export function joinServices({ context, log, channel, ...face }: Joined): OpenServices {
  const { host } = context;
  let server: Server | null = null;
  const emit = <E extends EventName>(name: E, payload: EventPayload<E>): void => server?.emit(name, payload);
  const stops: (() => void)[] = [];
  const queue = later((): JobQueue<Jobs> => {
    const made = new JobQueue<Jobs>(
      context.store,
      jobWorks(context, async (path, { jobId, signal }, origin) => {
        if (face.ownJobs) return;
        const why = await services.library.addWritten(path, signal, origin);
        if (why === null) face.recent(path);
        else log.add('warn', `job ${jobId}`, `${path} is there, but not in the list of models: ${why}`);
      }),
    );
    stops.push(reportJobs({ context, log, emit, queue: made }));
    return made;
  });
  const runTotals = later(() => new RunTotals(context.store));
  const machines = later(
    () =>
      new Machines({
        store: context.store,
        host,
        ready: () => services.native.ensure(),
        used: () => readSettings(context.store).placement.rpc,
        use: (rpc) => {
          const { placement } = readSettings(context.store);
          changeSettings(context.store, emit, { placement: { ...placement, rpc: [...rpc] } });
        },
        onChange: (list) => emit('machines', list),
        onFailure: (error) => log.add('warn', 'machines', messageOf(error)),
      }),
  );
  const services: Services = {
    context,
    get queue() {
      return queue.get();
    },
    get runTotals() {
      return runTotals.get();
    },
    library: new Library({
      context,
      machine: thisMachine(),
      ready: () => services.native.ensure(),
      onChange: (state) => emit('library', state),
      onFailure: (error) => log.add('warn', 'library', messageOf(error)),
    }),
    get machines() {
      return machines.get();
    },
    grants: new Grants(context.home, (id, file) => void face.offer(file, id)),
    undo: new UndoStack(),
    log,
    native: new NativePart((state) => emit('native', state)),
    emit,
    ...face,
  };
  server = startSession(channel, services);
  return {
    services,
    close: async () => {
      await Promise.all([server.close(), queue.made()?.close()]);
      for (const stop of stops) stop();
      await services.library.close();
    },
  };
}

function later<T>(make: () => T): { readonly get: () => T; readonly made: () => T | undefined } {
  let made: T | undefined;
  return { get: () => (made ??= make()), made: () => made };
}

/**
 * Starts a session. Making its handlers opens no database: they ask for it when they are called.
 * @param channel channel to the page, or to a command line in this process
 */
function startSession(channel: Channel, services: Services): Server {
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
