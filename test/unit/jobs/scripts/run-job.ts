// Queues two jobs in the store of the given folder, starts the first, which reports and then never ends.
import { writeSync } from 'node:fs';
import { openStore } from '../../../../electron/engine/store/database.ts';
import { JobQueue } from '../../../../electron/engine/app/jobs/queue.ts';
import { fakeWorks } from '../fake-works.ts';

let nowMs = 0;
const queue = new JobQueue(
  openStore(process.argv[2]!),
  fakeWorks({
    score: async (_request, context) => {
      context.log('half way');
      nowMs += 1000;
      context.progress(50, 100, 'tokens');
      writeSync(1, `${context.jobId}\n`);
      setInterval(() => undefined, 1000);
      await new Promise(() => undefined);
    },
  }),
  () => nowMs,
  () => nowMs,
);
queue.enqueue('score', { model: 1 }, 'first');
queue.enqueue('score', { model: 2 }, 'second');
await queue.drain();
