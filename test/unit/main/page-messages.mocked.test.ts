// The main process as the page's process could speak to it, were it taken over: any value, on every channel.
import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { IPC } from '../../../electron/contract/ipc.ts';
import { PAGE_ORIGIN } from '../../../electron/main/app-protocol.ts';
import { handlePage } from '../../../electron/main/page-messages.ts';

type Handler = (event: unknown, argument?: unknown) => unknown;

const { handlers, dialog } = vi.hoisted(() => ({
  handlers: new Map<string, Handler>(),
  dialog: { showOpenDialog: vi.fn(), showSaveDialog: vi.fn() },
}));
vi.mock('electron', () => ({
  app: { getLocale: () => 'en-US' },
  dialog,
  ipcMain: {
    handle: (channel: string, handler: Handler) => handlers.set(channel, handler),
    on: (channel: string, handler: Handler) => handlers.set(channel, handler),
  },
  protocol: {},
  session: {},
}));

const sender = {};
const window = { webContents: sender } as never;
const engine = { fromPage: vi.fn(), restart: vi.fn() };
const grants = { forPaths: vi.fn(), forDropped: vi.fn(), forTarget: vi.fn(), forNew: vi.fn() };
const actions = [engine.fromPage, engine.restart, ...Object.values(grants), ...Object.values(dialog)];
const page = { sender, senderFrame: { origin: PAGE_ORIGIN, parent: null } };

const call = async (channel: string, argument?: unknown, event: unknown = page): Promise<unknown> =>
  await handlers.get(channel)?.(event, argument);

beforeEach(() => {
  vi.clearAllMocks();
  handlers.clear();
  dialog.showOpenDialog.mockResolvedValue({ filePaths: [] });
  dialog.showSaveDialog.mockResolvedValue({ canceled: true, filePath: '' });
  grants.forDropped.mockResolvedValue([]);
  handlePage({
    window: () => window,
    engine: engine as never,
    grants: grants as never,
    onReady: () => undefined,
    outputFolder: '/home/ada/Winnow',
  });
});

const TO_MAIN = [
  ...[IPC.toEngine, IPC.grantPaths, IPC.pickFiles, IPC.pickTarget, IPC.newTarget, IPC.outputFolder],
  IPC.restartEngine,
];
/** What the page may say on each channel. */
const GOOD: Readonly<Record<string, unknown>> = {
  [IPC.toEngine]: '{}',
  [IPC.grantPaths]: ['/a.txt'],
  [IPC.pickFiles]: { purpose: 'model' },
  [IPC.pickTarget]: { purpose: 'choice', suggestedName: 'a.json' },
  [IPC.newTarget]: { purpose: 'model', suggestedName: 'a.gguf' },
};

test('there are no other channels', () => {
  expect([...handlers.keys()].sort()).toEqual([...TO_MAIN].sort());
});

describe.each(TO_MAIN)('%s', (channel) => {
  test.each([
    ['a frame in the page', { ...page, senderFrame: { origin: PAGE_ORIGIN, parent: {} } }],
    ['another origin', { ...page, senderFrame: { origin: 'https://evil.example', parent: null } }],
    ['an origin that looks like it', { ...page, senderFrame: { origin: `${PAGE_ORIGIN}.evil.example`, parent: null } }],
    ['a frame that is gone', { ...page, senderFrame: null }],
    ['another window', { ...page, sender: {} }],
  ])('does nothing for %s', async (_name, event) => {
    await call(channel, GOOD[channel], event).catch(() => undefined);
    for (const action of actions) expect(action).not.toHaveBeenCalled();
  });
});

test('any other value is refused, and asks nobody', async () => {
  const strange = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withTypedArray: true,
  });
  const channels = fc.constantFrom(IPC.grantPaths, IPC.pickFiles, IPC.pickTarget, IPC.newTarget);
  await fc.assert(
    fc.asyncProperty(channels, strange, async (channel, value) => {
      fc.pre(!Array.isArray(value) || value.some((path) => typeof path !== 'string' || path === ''));
      await expect(call(channel, value)).rejects.toThrow();
    }),
    { numRuns: 300, seed: 5 },
  );
  for (const action of actions) expect(action).not.toHaveBeenCalled();
});

test.each([
  '../a.json',
  '/etc/a.json',
  'C:\\a.json',
  '.bashrc',
  '.json',
  'a.sh',
  'a\0.json',
  '',
  `${'x'.repeat(300)}.json`,
])('no dialog begins with the name %j', async (suggestedName) => {
  await expect(call(IPC.pickTarget, { purpose: 'choice', suggestedName })).rejects.toThrow();
  await expect(call(IPC.newTarget, { purpose: 'choice', suggestedName })).rejects.toThrow();
  expect(dialog.showSaveDialog).not.toHaveBeenCalled();
  expect(grants.forNew).not.toHaveBeenCalled();
});

test('one dialog at a time', async () => {
  const answer = Promise.withResolvers<{ filePaths: string[] }>();
  dialog.showOpenDialog.mockReturnValueOnce(answer.promise);
  const first = call(IPC.pickFiles, { purpose: 'model' });
  await expect(call(IPC.pickFiles, { purpose: 'demos' })).rejects.toThrow('open already');
  await expect(call(IPC.pickTarget, { purpose: 'choice', suggestedName: 'a.json' })).rejects.toThrow('open already');
  answer.resolve({ filePaths: [] });
  await first;
  await call(IPC.pickFiles, { purpose: 'demos' });
  expect(dialog.showOpenDialog).toHaveBeenCalledTimes(2);
});

test('a path that the page names is one that it says was dropped', async () => {
  await call(IPC.grantPaths, ['/a.txt']);
  expect(grants.forDropped).toHaveBeenCalledWith(['/a.txt']);
  expect(grants.forPaths).not.toHaveBeenCalled();
  expect(grants.forTarget).not.toHaveBeenCalled();
});
