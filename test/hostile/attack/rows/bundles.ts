// Run bundles of older, newer and other programs' making, taken by a page as a person would.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CallResult } from '../../../../electron/contract/api.ts';
import type { Grant } from '../../../../electron/contract/bridge.ts';
import type { Client } from '../../../../electron/contract/client.ts';
import { WinnowError } from '../../../../electron/contract/errors.ts';
import { readBundle } from '../../../../electron/engine/experts/runs/bundle-file.ts';
import { openBlob, sealBlob } from '../../../../electron/engine/store/blobs.ts';
import type { Attack } from '../attack.ts';
import type { Ground } from '../ground.ts';
import { ask, clientOf, openChannel, whileServing, type Session } from '../served-client.ts';
import { withMask } from './with-mask.ts';

const MEMORY_BYTES = 1200 * 2 ** 20;
const BLOBS_PER_DEMO = 5;

type Head = {
  model: Record<string, unknown>;
  run: Record<string, unknown> & { settings: Record<string, unknown> };
  demos: Record<string, unknown>[];
  scored: number[];
  blobs?: number;
};

/** A bundle in its pieces. */
type Pieces = { readonly line: string; readonly head: Head; readonly demos: readonly Buffer[][] };

type Variant = {
  readonly what: string;
  readonly bytes: (pieces: Pieces) => Buffer;
  /** Null: it is taken. */
  readonly refused: RegExp | null;
};

async function piecesOf(path: string): Promise<Pieces> {
  const blobs: Buffer[] = [];
  for await (const blob of readBundle(path)) blobs.push(blob);
  const [head, ...rest] = blobs;
  assert.ok(head !== undefined && rest.length % BLOBS_PER_DEMO === 0);
  return {
    line: readFileSync(path).subarray(0, 20).toString(),
    head: JSON.parse(Buffer.from(openBlob(head)).toString()) as Head,
    demos: Array.from({ length: rest.length / BLOBS_PER_DEMO }, (_, i) =>
      rest.slice(i * BLOBS_PER_DEMO, (i + 1) * BLOBS_PER_DEMO),
    ),
  };
}

const joined = ({ line, head, demos }: Pieces): Buffer =>
  Buffer.concat([Buffer.from(line), sealBlob(Buffer.from(JSON.stringify(head))), ...demos.flat()]);

const withLine = (what: string, line: string | Buffer): Variant => ({
  what,
  bytes: ({ head, demos }) => Buffer.concat([Buffer.from(line), joined({ line: '', head, demos })]),
  refused: /does not begin like one\. It may come from a newer Winnow/,
});

const withHead = (what: string, refused: RegExp | null, change: (head: Head) => void): Variant => ({
  what,
  refused,
  bytes: (pieces) => {
    const head = structuredClone(pieces.head);
    change(head);
    return joined({ ...pieces, head });
  },
});

const instead = (what: string, bytes: Buffer | string): Variant => ({
  what,
  bytes: () => Buffer.from(bytes),
  refused: /does not begin like one/,
});

const DAMAGED = /it is damaged/;

const VARIANTS: readonly Variant[] = [
  { what: 'as it is', bytes: joined, refused: null },
  {
    what: 'of the first version: three blobs of each demo, and no more in its head than then',
    bytes: ({ head: { blobs: _blobs, ...head }, demos }) => {
      const { stopped: _stopped, settings, ...run } = head.run;
      const line = 'winnow run bundle 1\n';
      return joined({
        line,
        head: { ...head, run: { ...run, settings } },
        demos: demos.map((blobs) => blobs.slice(0, 3)),
      });
    },
    refused: null,
  },
  withLine('of the next version', 'winnow run bundle 3\n'),
  withLine('of version zero', 'winnow run bundle 0\n'),
  withLine('with a line of Windows', 'winnow run bundle 2\r\n'),
  withLine('with a mark of its byte order', '\uFEFFwinnow run bundle 2\n'),
  withLine('in UTF-16', Buffer.from('winnow run bundle 2\n', 'utf16le')),
  withLine('with capitals', 'Winnow Run Bundle 2\n'),
  withLine('without a line', ''),
  instead('a database', readHeaderOf('SQLite format 3\0')),
  instead('a model', readHeaderOf('GGUF\x03\0\0\0')),
  instead('an archive', readHeaderOf('PK\x03\x04')),
  instead('scores.json', '{"format":"winnow-scores","version":2}'),
  instead('nothing', ''),
  withHead('with what a newer version tells besides', null, (head) =>
    Object.assign(head, {
      made_by: 'Winnow 9',
      run: { ...head.run, energy: 1 },
      model: { ...head.model, colour: 'red' },
    }),
  ),
  withHead('with more blobs of each demo than are known', /newer Winnow/, (head) => (head.blobs = 7)),
  withHead('with as many blobs as never were', DAMAGED, (head) => (head.blobs = 4)),
  withHead('that says three blobs and holds five', DAMAGED, (head) => (head.blobs = 3)),
  withHead('of settings that are not known', null, (head) =>
    Object.assign(head.run.settings, { router: { kind: 'new' }, criterion: 'of-tomorrow' }),
  ),
  withHead('of settings that say next to nothing', null, (head) => (head.run.settings = { maxTokens: 512 })),
  withHead('under a mask that nobody can read', DAMAGED, (head) => (head.run.settings.mask = { rows: ['0b1'] })),
  withHead('of a state that there is not', DAMAGED, (head) => (head.run.state = 'paused')),
  withHead('of a run that goes on', DAMAGED, (head) => (head.run.state = 'running')),
  withHead('begun after all days that a calendar has', DAMAGED, (head) => (head.run.startedMs = 8.64e15 + 1)),
  withHead('that took all time there is', null, (head) => (head.run.seconds = 1e300)),
  withHead('whose demos are one demo', DAMAGED, (head) => (head.demos = head.demos.map(() => head.demos[0] ?? {}))),
  withHead('named by orders to a terminal', null, (head) => (head.run.domain = '\x1b]0;owned\x07‮')),
  withHead('without a name', null, (head) => (head.run.domain = '')),
  withHead('with a name of ten megabytes', DAMAGED, (head) => (head.run.domain = 'x'.repeat(10 * 2 ** 20))),
  withHead('with tokens below nothing', DAMAGED, (head) => Object.assign(head.demos[0] ?? {}, { tokens: -1 })),
  withHead('of a model without layers', DAMAGED, (head) => (head.model.moeLayers = [])),
  withHead('that ended early, by more than all', DAMAGED, (head) => (head.run.stopped = { share: 2 })),
  {
    what: 'with more behind its end',
    bytes: (pieces) => Buffer.concat([joined(pieces), ...(pieces.demos[0] ?? [])]),
    refused: /more than its demos/,
  },
  {
    what: 'twice',
    bytes: (pieces) => Buffer.concat([joined(pieces), joined(pieces)]),
    refused: /more than its demos|it is damaged/,
  },
];

/** What other programs begin their files with, as long as a bundle. */
function readHeaderOf(magic: string): Buffer {
  return Buffer.concat([Buffer.from(magic, 'latin1'), Buffer.alloc(5000)]);
}

async function uploaded(session: Session, bytes: Buffer): Promise<string> {
  const { status, body } = await ask(session, 'POST', '/files?name=run.winnow', session.own, bytes);
  assert.equal(status, 200, body);
  return (JSON.parse(body) as Grant).id;
}

/** Writes the bundle of the first run to `path`. */
async function exported(ground: Ground, path: string): Promise<void> {
  await whileServing(ground, MEMORY_BYTES, async (session) => {
    const asked = JSON.stringify({ purpose: 'bundle', suggestedName: 'whole.winnow' });
    const target = JSON.parse((await ask(session, 'POST', '/targets', session.own, asked)).body) as Grant;
    await withClient(session, async (client) => {
      await client.call('runs.exportBundle', { runId: 1, target: target.id });
    });
    writeFileSync(path, readFileSync(join(ground.folder, 'whole.winnow')));
  });
}

async function withClient(session: Session, work: (client: Client) => Promise<void>): Promise<void> {
  const socket = await openChannel(session, session.own);
  assert.ok(socket !== null);
  try {
    await work(clientOf(socket));
  } finally {
    socket.close();
  }
}

/** Everything that is read of a run is an answer, or an error that somebody foresaw. */
async function read(client: Client, what: string, run: CallResult<'runs.get'>): Promise<void> {
  const runId = run.id;
  const ofRun = { runIds: [runId], criterion: 'easy-ep', mix: 'shares', seed: 0 } as const;
  const calls = [
    client.call('runs.list', {}),
    client.call('runs.demos', { runId }),
    client.call('runs.scores', { ...ofRun, runIds: [runId] }),
    client.call('runs.agreement', { runId, criterion: 'easy-ep', keep: 4 }),
    client.call('runs.tokens', { runId, position: 0 }),
    client.call('runs.expert', { runIds: [runId], layer: 0, expert: 0, seed: 0 }),
    client.call('evaluations.verdicts', {}),
  ];
  for (const answer of await Promise.allSettled<unknown>(calls)) {
    if (answer.status === 'fulfilled') continue;
    const reason: unknown = answer.reason;
    assert.ok(reason instanceof WinnowError && reason.code !== 'INTERNAL', `${what}: ${String(reason)}`);
  }
}

async function tried(client: Client, grant: string, { what, refused }: Variant): Promise<void> {
  const taken = await client.call('runs.importBundle', { grant }).catch((error: unknown) => error);
  if (taken instanceof Error) {
    assert.ok(refused !== null, taken.message);
    assert.ok(taken instanceof WinnowError && taken.code === 'SCORES_INVALID', String(taken));
    assert.match(taken.message, refused);
    assert.match(taken.message, /run\.winnow/);
  } else {
    const run = taken as CallResult<'runs.get'>;
    await read(client, what, run);
    await client.call('runs.delete', { runIds: [run.id] });
    assert.equal(refused, null, 'it was taken');
  }
  assert.deepEqual(await client.call('runs.list', {}), [], 'a run is left');
}

export const BUNDLES: readonly Attack[] = [
  {
    surfaces: ['file:bundle'],
    name: 'run bundles of other versions and programs',
    promise: 'each is taken and can be read, or refused in words that say why, and leaves no run',
    quick: false,
    async run(ground) {
      await withMask(ground);
      const path = join(ground.folder, 'kept.winnow');
      await exported(ground, path);
      const pieces = await piecesOf(path);
      const elsewhere = { ...ground, home: join(ground.folder, 'elsewhere') };
      await whileServing(elsewhere, MEMORY_BYTES, (session) =>
        withClient(session, async (client) => {
          const broken: string[] = [];
          for (const variant of VARIANTS) {
            const grant = await uploaded(session, variant.bytes(pieces));
            await tried(client, grant, variant).catch((error: unknown) =>
              broken.push(`${variant.what}: ${String(error)}`),
            );
          }
          assert.deepEqual(broken, []);
        }),
      );
    },
  },
];
