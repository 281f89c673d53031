// The end of the journey: a pruned file goes to the person's own chat program, and to others.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { WORK_HOME } from '../work-home.ts';
import { expect, test } from './test.ts';

const NAME = 'Winnow-Sample-21M-python-16e-Q8_0';
const MODELS = join(WORK_HOME, 'Models');
const file = join(MODELS, `${NAME}.gguf`);
const companions = (): string[] =>
  readdirSync(MODELS).filter((name) => /\.(README\.md|choice\.json|Modelfile)$/.test(name));

// they write beside one file
test.describe.configure({ mode: 'default' });
test.afterEach(() => companions().forEach((name) => rmSync(join(MODELS, name))));

test('a written file opens in LM Studio and llama.cpp, and Ollama', async ({ openWork, home }) => {
  const lmStudio = join(home, '.lmstudio', 'models');
  mkdirSync(lmStudio, { recursive: true });
  const { frame } = await openWork();
  await frame.go('export');
  const open = frame.stage.getByRole('region', { name: 'Open in…' });

  // it asks for a folder until it is known that the program is here
  await open.getByRole('button', { name: 'LM Studio', exact: true }).click();
  await expect(open.getByRole('status')).toContainText('Linked, so it takes no extra disk space');
  const linked = join(lmStudio, 'winnow', NAME, `${NAME}.gguf`);
  expect(statSync(linked).ino).toBe(statSync(file).ino);

  await open.getByRole('button', { name: 'llama.cpp' }).click();
  await expect(open.getByText(/^llama-cli -m .*\.gguf'? -c 1024$/)).toBeVisible();
  await expect(open.getByText(/^llama-server -m /)).toBeVisible();

  await open.getByRole('button', { name: 'Ollama' }).click();
  await expect(open.getByText(/^ollama create /)).toBeVisible();
  expect(readFileSync(join(MODELS, `${NAME}.Modelfile`), 'utf8')).toContain(`FROM ./${NAME}.gguf`);

  await open.getByRole('button', { name: 'LM Studio', exact: true }).click();
  await expect(open.getByText('It was there already')).toBeVisible();
});
