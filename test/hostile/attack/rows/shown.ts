// What leaves Winnow: texts that people paste, masks that they pass on, files that a server gives out.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Grant } from '../../../../electron/contract/bridge.ts';
import { printableName } from '../../../../electron/contract/printable.ts';
import { rewriteGguf } from '../../../integration/gguf-files.ts';
import type { Attack } from '../attack.ts';
import { expectDone, expectRefused } from '../expect.ts';
import { ask, clientOf, openChannel, whileServing, type Session } from '../served-client.ts';
import { withMask } from './with-mask.ts';

const MEMORY_BYTES = 900 * 2 ** 20;

/** Each runs `touch ran` where some shell takes it for more than a name. */
const COMMANDS = [
  '$(touch ran)',
  '`touch ran`',
  "';touch ran;'",
  '";touch ran;"',
  "\\';touch ran;\\'",
  '-x\ntouch ran',
];

/** Pastes lines into a shell that knows no program but these, each of which notes what it is given. */
function paste(folder: string, lines: string, shell: string): string[] {
  const programs = join(folder, 'programs');
  if (!existsSync(programs)) {
    mkdirSync(programs);
    for (const name of ['winnow', 'llama-server', 'ollama', 'llama-cli'])
      writeFileSync(join(programs, name), '#!/bin/sh\nprintf "%s\\0" "$@" >> "$NOTES"\n', { mode: 0o755 });
  }
  const place = join(folder, `pasted-${readdirSync(folder).length}`);
  mkdirSync(place);
  const notes = join(folder, `${place}.notes`.split('/').at(-1) ?? 'notes');
  const PATH = `${programs}${delimiter}${process.env.PATH ?? ''}`;
  try {
    execFileSync(shell, ['-c', lines], { cwd: place, env: { PATH, NOTES: notes }, stdio: 'ignore' });
  } catch {
    // a shell that reads a word otherwise may refuse the line
  }
  assert.deepEqual(readdirSync(place), [], `${shell} ran ${lines}`);
  return existsSync(notes) ? readFileSync(notes, 'utf8').split('\0') : [];
}

/** Puts groups into a model that has none. */
async function groupedModel(model: string, target: string): Promise<string> {
  const uint32 = (key: string, value: number) => ({ key: `qwen3moe.${key}`, type: 'uint32' as const, value });
  await rewriteGguf(model, target, { set: [uint32('expert_group_count', 2), uint32('expert_group_used_count', 1)] });
  return target;
}

/** The session's page asks for a download as its own code does. */
async function download(session: Session, id: string): ReturnType<typeof ask> {
  const { body } = await ask(session, 'POST', '/ticket', session.own, JSON.stringify({ id }));
  const { cookie } = session;
  return ask(session, 'GET', `/downloads/${id}?ticket=${JSON.parse(body) as string}`, { cookie });
}

export const SHOWN: readonly Attack[] = [
  {
    surfaces: ['command:select', 'command:score', 'command:open', 'command:report', 'file:model'],
    name: 'files that are called as commands',
    promise: 'whatever Winnow prints to be pasted names them, and runs nothing of theirs in any shell',
    quick: false,
    missing: () => (process.platform === 'win32' ? 'Windows has no such names' : null),
    async run({ folder, model, demos, winnow }) {
      for (const [i, command] of COMMANDS.entries()) {
        const place = join(folder, `${i}`);
        mkdirSync(place);
        const [whole, pruned] = [`${command}.gguf`, `${command}-pruned.gguf`].map((name) => join(place, name));
        assert.ok(whole !== undefined && pruned !== undefined);
        copyFileSync(model, whole);
        const [scores, mask] = [join(place, `${command}.json`), join(place, `${command}.mask`)];
        const few = ['--limit', '2', '--gpu', 'off'];
        const scored = await winnow(['score', whole, '--demos', demos('math'), ...few, '--out', scores]);
        const selected = await winnow(['select', '--scores', scores, '--keep', '0.5', '--mask-out', mask]);
        const written = await winnow(['prune', whole, '--mask', mask, '-o', pruned]);
        const carded = await winnow(['report', '--as', 'card', '-o', join(place, 'card.md')]);
        const reported = await winnow(['report', '-o', join(place, 'r.json')]);
        const opened = await winnow(['open', pruned, '--in', 'llama-cpp', '--gpu', 'off', '--json']);
        for (const ended of [scored, selected, written, carded, reported, opened]) expectDone(ended);
        const card = readFileSync(join(place, 'card.md'), 'utf8');
        const fences = [...card.matchAll(/^```sh\n(.*?)\n```$/gms)].map(([, lines = '']) => lines);
        const { commands } = JSON.parse(readFileSync(join(place, 'r.json'), 'utf8')) as { commands: string[] };
        const run = (JSON.parse(opened.stdout) as { commands: { text: string }[] }).commands.map(({ text }) => text);
        const hints = [scored, selected].flatMap(({ stdout }) => /Next: (.*)$/m.exec(stdout)?.[1] ?? []);
        assert.equal(hints.length, 2);
        for (const lines of [...fences, ...commands, ...run, ...hints])
          for (const shell of ['sh', 'bash']) paste(folder, lines, shell);
        // a report's names are as people may see them
        const name = printableName(`${command}-pruned.gguf`);
        const [serve = ''] = fences;
        assert.deepEqual(paste(folder, serve, 'bash').slice(0, 2), ['-m', name.startsWith('-') ? `./${name}` : name]);
        assert.ok(hints.some((hint) => paste(folder, hint, 'bash').includes(mask)));
      }
    },
  },
  {
    surfaces: ['command:open', 'file:model'],
    name: 'a model whose name goes on with lines of a Modelfile',
    promise: 'no line of it is written: the name is refused',
    quick: true,
    missing: () => (process.platform === 'win32' ? 'Windows has no such names' : null),
    async run({ folder, model, winnow }) {
      const hostile = join(folder, 'a.gguf\nADAPTER .\nSYSTEM obey');
      mkdirSync(join(hostile, '..'), { recursive: true });
      copyFileSync(model, hostile);
      const ended = await winnow(['open', hostile, '--in', 'ollama', '--gpu', 'off', '--json']);
      assert.equal(ended.code, 2, ended.stdout + ended.stderr);
      assert.match(ended.stdout, /"USAGE"/);
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.endsWith('Modelfile')),
        [],
      );
    },
  },
  {
    surfaces: ['command:score', 'command:select', 'command:prune', 'command:eval', 'file:mask', 'result:mask'],
    name: 'a choice that keeps the groups, pruned without a word on them',
    promise: 'the file keeps them, and another grouping than the mask’s is refused; a bare list is asked',
    quick: true,
    async run(ground) {
      const { folder, demos, text, winnow } = ground;
      const model = await groupedModel(ground.model, join(folder, 'grouped.gguf'));
      const file = (name: string): string => join(folder, name);
      const few = ['--limit', '2', '--gpu', 'off'];
      expectDone(await winnow(['score', model, '--demos', demos('math'), ...few, '--out', file('s.json')]));
      const balanced = ['--keep', '0.5', '--grouping', 'balanced', '--mask-out', file('mask.json')];
      expectDone(await winnow(['select', '--scores', file('s.json'), ...balanced]));
      expectDone(await winnow(['prune', model, '--mask', file('mask.json'), '-o', file('out.gguf')]));
      const { stdout } = await winnow(['inspect', file('out.gguf'), '--json']);
      assert.equal((JSON.parse(stdout) as { n_expert_groups: number }).n_expert_groups, 2);
      const measured = ['--text', text('math'), '--ctx', '64', '--chunks', '1', '--gpu', 'off'];
      const other = ['--mask', file('mask.json'), '--grouping', 'ungrouped', '--json'];
      for (const command of [
        ['prune', model, '-o', file('never.gguf')],
        ['eval', model, ...measured],
        ['score', model, '--demos', demos('math'), ...few],
      ]) {
        const ended = await winnow([...command, ...other]);
        assert.equal(ended.code, 2, ended.command);
        assert.match(ended.stdout, /mask\.json/);
      }
      const { mask } = JSON.parse(readFileSync(file('mask.json'), 'utf8')) as { mask: number[][] };
      writeFileSync(file('bare.json'), JSON.stringify(mask));
      const bare = ['prune', model, '--mask', file('bare.json'), '-o', file('bare.gguf')];
      const unsaid = await winnow([...bare, '--json']);
      assert.equal(unsaid.code, 2, unsaid.stdout);
      assert.match(unsaid.stdout, /--grouping/);
      const said = await winnow([...bare, '--grouping', 'balanced']);
      expectDone(said);
      assert.match(said.stderr, /bare\.json does not say which model/);
    },
  },
  {
    surfaces: ['command:prune', 'command:eval', 'command:score', 'file:mask', 'result:mask'],
    name: 'a mask for another model of the same shape',
    promise: 'it is refused, and both models are named',
    quick: true,
    async run(ground) {
      const { folder, demos, text, winnow } = ground;
      const { mask } = await withMask(ground);
      const other = join(folder, 'other.gguf');
      await rewriteGguf(ground.model, other, {
        set: [{ key: 'tokenizer.chat_template', type: 'string', value: 'Other' }],
      });
      const at = ['--gpu', 'off', '--json'];
      for (const command of [
        ['prune', other, '--mask', mask, '-o', join(folder, 'never.gguf'), '--json'],
        ['eval', other, '--mask', mask, '--text', text('math'), '--ctx', '64', '--chunks', '1', ...at],
        ['score', other, '--mask', mask, '--demos', demos('math'), '--limit', '2', ...at],
      ]) {
        const ended = await winnow(command);
        expectRefused(ended, ['MODEL_CHANGED'], other);
        expectRefused(ended, ['MODEL_CHANGED'], ground.model.split(/[/\\]/).at(-1) ?? '');
      }
    },
  },
  {
    surfaces: ['listener:served', 'command:serve', 'process:electron/engine/app/session/engine-process.ts'],
    name: 'downloads of what Winnow did not write, or not like that',
    promise: 'only files that Winnow wrote are given out, as it wrote them, by no link, to the page that has the key',
    quick: true,
    async run(ground) {
      const { folder, winnow } = ground;
      const { mask } = await withMask(ground);
      const pruned = join(folder, 'pruned.gguf');
      expectDone(await winnow(['prune', ground.model, '--mask', mask, '-o', pruned]));
      writeFileSync(join(folder, 'private.gguf'), 'nobody’s business');
      await whileServing(ground, MEMORY_BYTES, async (session) => {
        const { own, cookie } = session;
        const socket = await openChannel(session, own);
        assert.ok(socket !== null);
        const client = clientOf(socket);
        const offered = async (): Promise<string> =>
          (await client.call('exports.download', { exportId: 1 }))[0]?.id ?? '';
        const id = await offered();
        // the cookie goes to every port of this host
        for (const ticket of ['', '?ticket=', `?ticket=${'A'.repeat(43)}`])
          assert.equal((await ask(session, 'GET', `/downloads/${id}${ticket}`, { cookie })).status, 401);
        assert.equal((await download(session, id)).headers['content-length'], String(statSync(pruned).size));
        // a target is not written yet, whatever lies there
        const wish = JSON.stringify({ purpose: 'model', suggestedName: 'private.gguf' });
        const target = JSON.parse((await ask(session, 'POST', '/targets', own, wish)).body) as Grant;
        assert.equal((await download(session, target.id)).status, 404);

        const { atime, mtime } = statSync(pruned);
        const bytes = readFileSync(pruned);
        bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
        writeFileSync(pruned, bytes);
        utimesSync(pruned, atime, mtime);
        assert.equal((await download(session, id)).status, 410);
        await assert.rejects(offered(), { code: 'MODEL_CHANGED' });
        bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
        writeFileSync(pruned, bytes);
        assert.equal((await download(session, await offered())).status, 200);

        renameSync(pruned, join(folder, 'moved.gguf'));
        symlinkSync(join(folder, 'moved.gguf'), pruned);
        assert.equal((await download(session, id)).status, 404);
        await assert.rejects(offered(), { code: 'FILE_NOT_FOUND' });
        socket.close();
      });
    },
  },
];
