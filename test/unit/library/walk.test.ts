// Looking through folders: every program's layout, and what would lead astray.
import { chmodSync, linkSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { WinnowError } from '../../../electron/contract/errors.ts';
import type { ModelOrigin } from '../../../electron/contract/api/library.ts';
import { inEnglish } from '../../../electron/contract/sentences.ts';
import {
  type FoundFile,
  walkProblem,
  walkFolder,
  type WalkFindings,
} from '../../../electron/engine/models/library/walk.ts';
import { splitPartName } from '../../../electron/engine/models/model-files.ts';
import { temporaryHome } from '../store/support.ts';
import { CAN_JOIN, CAN_LINK } from '../links.ts';
import { asOrdinaryUser } from '../ordinary-user.ts';

let root: string;
beforeEach(() => {
  root = temporaryHome();
});

function put(path: string, bytes: string | Buffer = 'GGUF'): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
  return file;
}

function link(path: string, target: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(target, join(root, path));
}

type Walked = { readonly files: FoundFile[]; readonly problem: string | null };

async function walk(origin: ModelOrigin = 'folder', signal = new AbortController().signal): Promise<Walked> {
  const place = { origin, path: root };
  const findings: WalkFindings = { unreadable: [], isCut: false };
  const files: FoundFile[] = [];
  for await (const file of walkFolder(place, findings, signal)) {
    files.push({ ...file, path: relative(root, file.path).replaceAll('\\', '/') });
  }
  const problem = walkProblem(findings, place);
  return { files: files.sort((a, b) => a.path.localeCompare(b.path)), problem: problem && inEnglish(problem) };
}

const paths = ({ files }: Walked): string[] => files.map(({ path }) => path);

describe('names', () => {
  test('LM Studio: publisher and file; also directly in the folder, where LM Studio itself ignores them', async () => {
    put('unsloth/Qwen3-GGUF/Qwen3-Q4_K_M.gguf');
    put('stray.gguf');
    expect((await walk('lm-studio')).files).toEqual([
      { path: 'stray.gguf', name: 'stray', publisher: null },
      { path: 'unsloth/Qwen3-GGUF/Qwen3-Q4_K_M.gguf', name: 'Qwen3-Q4_K_M', publisher: 'unsloth' },
    ]);
  });

  test('Jan: the folder where the file’s name says nothing', async () => {
    put('janhq/Jan-v1/model.gguf');
    expect((await walk('jan')).files).toEqual([
      { path: 'janhq/Jan-v1/model.gguf', name: 'Jan-v1', publisher: 'janhq' },
    ]);
  });

  test('folders of the user say no publisher', async () => {
    put('work/old/a.GGUF');
    expect((await walk()).files).toEqual([{ path: 'work/old/a.GGUF', name: 'a', publisher: null }]);
  });

  test.skipIf(!CAN_LINK)('Hugging Face: the links, not the blobs behind them; the organisation publishes', async () => {
    const repository = 'models--ggml-org--gpt-oss-20b-GGUF';
    const blob = put(`${repository}/blobs/${'a'.repeat(64)}`, Buffer.alloc(2 << 20, 'GGUF'));
    link(`${repository}/snapshots/rev1/sub/gpt-oss-mxfp4-00001-of-00002.gguf`, blob);
    put(`${repository}/refs/main`, 'rev1');
    expect((await walk('hugging-face')).files).toEqual([
      {
        path: `${repository}/snapshots/rev1/sub/gpt-oss-mxfp4-00001-of-00002.gguf`,
        name: 'gpt-oss-mxfp4',
        publisher: 'ggml-org',
      },
    ]);
  });

  test('Ollama: what the manifests name, wherever the store lies', async () => {
    const manifest = (digest: string): string =>
      JSON.stringify({
        layers: [
          { mediaType: 'application/vnd.ollama.image.template', digest: `sha256:${'f'.repeat(64)}` },
          { mediaType: 'application/vnd.ollama.image.model', digest },
        ],
      });
    const store = 'somewhere/ollama';
    put(`${store}/manifests/registry.ollama.ai/library/qwen3/30b`, manifest(`sha256:${'a'.repeat(64)}`));
    put(`${store}/manifests/hf.co/unsloth/Qwen3-GGUF/Q4_K_M`, manifest(`sha256:${'b'.repeat(64)}`));
    put(`${store}/manifests/registry.ollama.ai/library/evil/latest`, manifest('sha256:../../../etc/passwd'));
    put(`${store}/manifests/registry.ollama.ai/library/broken/latest`, '{"layers":');
    put(`${store}/manifests/registry.ollama.ai/library/vague/latest`, '[1, 2]');
    put(`${store}/blobs/sha256-${'a'.repeat(64)}`);
    put(`${store}/blobs/sha256-${'b'.repeat(64)}`);
    put(`${store}/blobs/sha256-${'f'.repeat(64)}`);
    expect((await walk()).files).toEqual([
      { path: `${store}/blobs/sha256-${'a'.repeat(64)}`, name: 'qwen3:30b', publisher: null },
      { path: `${store}/blobs/sha256-${'b'.repeat(64)}`, name: 'Qwen3-GGUF:Q4_K_M', publisher: 'unsloth' },
    ]);
  });
});

describe('which files', () => {
  test('by the ending, or without one by the first bytes', async () => {
    put('named.gguf', 'no magic');
    put('nameless', Buffer.alloc(2 << 20, 'GGUF'));
    put('old.bin', Buffer.alloc(2 << 20, 'GGUF'));
    put('other', Buffer.alloc(2 << 20, 'PK'));
    put('tiny', 'GGUF');
    put('weights.safetensors', Buffer.alloc(2 << 20, 'GGUF'));
    put('notes.gguf.txt');
    put('._named.gguf');
    const walked = await walk();
    expect(paths(walked)).toEqual(['named.gguf', 'nameless', 'old.bin']);
    expect(walked.files.map(({ name }) => name)).toEqual(['named', null, null]);
  });

  test('not in folders of programs, and not folders that are called like models', async () => {
    put('node_modules/a/a.gguf');
    put('.git/b.gguf');
    put('folder.gguf/inside.gguf');
    expect(paths(await walk())).toEqual(['folder.gguf/inside.gguf']);
  });
});

describe('what would lead astray', () => {
  test.skipIf(!CAN_JOIN)('a junction to a folder beside it, and to the one above: each file once', async () => {
    put('real/sub/model.gguf');
    symlinkSync(join(root, 'real'), join(root, 'joined'), 'junction');
    symlinkSync(root, join(root, 'real', 'up'), 'junction');
    const { files, problem } = await walk();
    expect(problem).toBeNull();
    expect(files.map(({ path }) => basename(path))).toEqual(['model.gguf']);
  });

  test.skipIf(!CAN_LINK)('links in circles, to the folder above, to themselves, to nowhere', async () => {
    put('a/b/model.gguf');
    link('a/b/again', join(root, 'a'));
    link('a/up', root);
    link('self.gguf', 'self.gguf');
    link('self', 'self');
    link('gone.gguf', 'nothing.gguf');
    expect(await walk()).toMatchObject({ files: [{ path: 'a/b/model.gguf' }], problem: null });
  });

  test.skipIf(!CAN_LINK)('a link to a folder elsewhere is followed, once', async () => {
    const elsewhere = temporaryHome();
    writeFileSync(join(elsewhere, 'far.gguf'), 'GGUF');
    link('one', elsewhere);
    link('two', elsewhere);
    const walked = await walk();
    expect(walked.files.map(({ name }) => name)).toEqual(['far']);
  });

  test('folders deeper than anyone sorts', async () => {
    put(`${'d/'.repeat(12)}deep.gguf`);
    put(`${'d/'.repeat(13)}too-deep.gguf`);
    expect((await walk()).files.map(({ name }) => name)).toEqual(['deep']);
  });

  test('more files than anyone has', async () => {
    const one = put('0.gguf');
    for (let i = 1; i <= 5000; i++) linkSync(one, join(root, `${i}.gguf`));
    const walked = await walk();
    expect(walked.files).toHaveLength(5000);
    expect(walked.problem).toMatch(/more than Winnow searches .*Add the folder in it/);
  });

  test('models of a thousand parts are one model each', async () => {
    const one = put('whole.gguf');
    for (const name of 'abcdef') {
      for (let part = 0; part < 1000; part++) linkSync(one, join(root, splitPartName(name, part, 1000)));
    }
    const walked = await walk();
    expect(walked.files).toHaveLength(6001);
    expect(walked.problem).toBeNull();
  });

  test('a folder that is not there', async () => {
    root = join(root, 'missing');
    expect(await walk()).toEqual({ files: [], problem: null });
  });

  test('a file in place of the folder', async () => {
    root = put('file');
    expect(await walk()).toEqual({ files: [], problem: null });
  });

  test.skipIf(process.platform === 'win32')('folders that may not be read', async () => {
    chmodSync(root, 0o755);
    put('open/a.gguf');
    put('shut/b.gguf');
    put('closed/c.gguf');
    for (const name of ['shut', 'closed']) chmodSync(join(root, name), 0o000);
    const walked = await asOrdinaryUser(() => walk());
    expect(paths(walked)).toEqual(['open/a.gguf']);
    expect(walked.problem).toMatch(/^The folder (shut|closed) and 1 more in it cannot be read\.$/);

    chmodSync(root, 0o000);
    expect((await asOrdinaryUser(() => walk())).problem).toMatch(/^Your user may not read it\. /);
    expect((await asOrdinaryUser(() => walk('ollama'))).problem).toMatch(/Ollama runs under its own user/);
    chmodSync(root, 0o755);
    for (const name of ['shut', 'closed']) chmodSync(join(root, name), 0o755);
  });

  test.skipIf(process.platform === 'win32')('a store of Ollama whose manifests may not be read', async () => {
    chmodSync(root, 0o755);
    put('manifests/registry.ollama.ai/library/qwen3/30b');
    put('blobs/sha256-0');
    chmodSync(join(root, 'manifests'), 0o000);
    const walked = await asOrdinaryUser(() => walk('ollama'));
    expect(walked.problem).toMatch(/Ollama runs under its own user/);
    chmodSync(join(root, 'manifests'), 0o755);
  });

  test('a manifest of gigabytes is none', async () => {
    const manifest = put('manifests/registry.ollama.ai/library/huge/latest', '{}');
    truncateSync(manifest, 2 ** 31);
    put('blobs/sha256-0');
    expect(await walk('ollama')).toEqual({ files: [], problem: null });
  });

  test('stops when it is told to', async () => {
    put('a.gguf');
    const stopped = AbortSignal.abort(new WinnowError('CANCELLED', 'Enough.'));
    await expect(walk('folder', stopped)).rejects.toThrow('Enough.');
  });
});
