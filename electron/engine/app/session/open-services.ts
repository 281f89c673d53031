// Opens everything that a session works with, and closes it in the right order.
import type { EventName, EventPayload } from '../../../contract/api.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import type { Server } from '../../../contract/server.ts';
import { WarmVocabulary } from '../../models/warm-vocabulary.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import { EngineContext } from '../../store/engine-context.ts';
import { jobWorks } from '../jobs/kinds.ts';
import { messageOf } from '../../base/files/user-files.ts';
import { JobQueue } from '../jobs/queue.ts';
import { Library } from '../../models/library/library.ts';
import { Machines } from '../../models/machines/machines.ts';
import { RunTotals } from '../../experts/runs/run-totals.ts';
import { purgeDeletedRuns } from '../../store/score-runs.ts';
import { removeLeftovers } from '../../store/scratch-folder.ts';
import { measureExports } from './choice-measuring.ts';
import { reportAnswers } from './answer-events.ts';
import type { Services } from './services.ts';
import { EngineLog } from './engine-log.ts';
import { reportFits } from './fit-events.ts';
import { Grants } from './grants.ts';
import { reportJobs } from './job-events.ts';
import { NativePart } from './native-part.ts';
import { reportResults } from './result-events.ts';
import { changeSettings, readSettings } from './settings.ts';
import { drainQueue } from './start-job.ts';
import { UndoStack } from './undo.ts';

export type ServicesOptions = {
  readonly home: string;
  readonly host: WorkerHost;
  readonly reveal: Services['reveal'];
  readonly offer: Services['offer'];
  readonly recent: Services['recent'];
  /** Starts the conversation with the page. */
  readonly session: (services: Services) => Server;
};

export type OpenServices = { readonly services: Services; close(): Promise<void> };

/** @throws WinnowError STORE: the database cannot be opened */
export function openServices({ home, host, reveal, offer, recent, session }: ServicesOptions): OpenServices {
  const context = new EngineContext({ home, host });
  // a database that cannot be opened must be said at once, not at the first call
  const { store } = context;
  let server: Server | null = null;
  const emit = <E extends EventName>(name: E, payload: EventPayload<E>): void => server?.emit(name, payload);
  const log = new EngineLog(home);
  log.subscribe((line) => emit('log', line));
  const services: Services = {
    context,
    queue: new JobQueue(
      store,
      jobWorks(context, async (path, { jobId, signal }) => {
        const why = await services.library.addWritten(path, signal);
        if (why === null) recent(path);
        else log.add('warn', `job ${jobId}`, `${path} was written, but is not in the list of models: ${why}`);
      }),
    ),
    runTotals: new RunTotals(store),
    vocabulary: new WarmVocabulary(host),
    library: new Library({
      context,
      ready: () => services.native.ensure(),
      onChange: (state) => emit('library', state),
      onFailure: (error) => log.add('warn', 'library', messageOf(error)),
    }),
    machines: new Machines({
      store,
      host,
      ready: () => services.native.ensure(),
      used: () => readSettings(store).placement.rpc,
      use: (rpc) => {
        const { placement } = readSettings(store);
        changeSettings(store, emit, { placement: { ...placement, rpc: [...rpc] } });
      },
      onChange: (machines) => emit('machines', machines),
      onFailure: (error) => log.add('warn', 'machines', messageOf(error)),
    }),
    grants: new Grants(context.home, (id, file) => void offer(file, id)),
    undo: new UndoStack(),
    log,
    native: new NativePart((state) => emit('native', state)),
    emit,
    reveal,
    offer,
    recent,
  };
  server = session(services);
  // the host shows the theme too
  emit('settings', readSettings(store));
  const stopReports = [
    reportJobs(services),
    reportAnswers(services),
    reportResults(services),
    reportFits(services),
    measureExports(services),
  ];
  drainQueue(services);
  const closing = new AbortController();
  const warn = (error: unknown): void => log.add('warn', 'engine', messageOf(error));
  purgeDeletedRuns(store, closing.signal).catch(warn);
  removeLeftovers(context.scratchDir).catch(warn);
  return {
    services,
    close: async () => {
      closing.abort(new WinnowError('CANCELLED', say('winnowClosed')));
      await Promise.all([server.close(), services.queue.close()]);
      for (const stop of stopReports) stop();
      services.vocabulary.close();
      await services.library.close();
      context.close();
    },
  };
}
