// What a choice saves and costs: one sentence, the same wherever it stands; measured by itself once a file is written.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { callFromPage } from '../bench/engine-calls.ts';
import { ChooseScreen } from '../pages/choose-screen.ts';
import { VerdictLine } from '../pages/verdict-line.ts';
import { expect, test, WORK_MS } from './test.ts';

test('says the same on Choose, Export and Prove, and in the report', async ({ openWork, home }) => {
  const { app, frame } = await openWork();
  const verdict = new VerdictLine(app.page);
  const said: string[] = [];
  for (const screen of ['choose', 'export', 'prove'] as const) {
    await frame.go(screen);
    await expect(verdict.sentence).toContainText('instead of');
    said.push(await verdict.sentence.innerText());
  }
  expect(new Set(said).size).toBe(1);
  expect(said[0]).toMatch(
    /python.* 12\.6 MB instead of 22\.8 MB\. Perplexity on python: .+\. Answers to 6 prompts: .+\.$/,
  );
  const path = join(home, 'report.html');
  await app.answerDialog({ kind: 'save', path });
  await app.page.getByRole('button', { name: 'Save report' }).click();
  await expect(app.page.getByText('report.html')).toBeVisible();
  expect(readFileSync(path, 'utf8')).toContain(`<strong>${said[0]}</strong>`);
});

test('where nothing of the domain is left, other text is measured by one press, or a text is added', async ({
  openWork,
}) => {
  test.setTimeout(6 * WORK_MS);
  const { app, frame } = await openWork();
  const { page } = app;
  for (const { id } of await callFromPage(page, 'texts.list', {}))
    await callFromPage(page, 'texts.delete', { textId: id });
  // those that were scored, the first ones, are all that there are
  const domainId = (await callFromPage(page, 'domains.list', {})).find(({ name }) => name === 'python')?.id ?? 0;
  const { demos } = await callFromPage(page, 'demos.list', { domainId, offset: 12, limit: 100, search: '' });
  await callFromPage(page, 'demos.delete', { demoIds: demos.map(({ id }) => id) });
  await frame.go('choose');
  await new ChooseScreen(page).keep(20);
  await frame.go('prove');
  await expect(frame.stage).toContainText('No text to measure with');
  await expect(frame.stage).toContainText('There is no held-out text of the domain yet. Outside: ');
  await expect(frame.stage.getByRole('button', { name: 'Add text…' })).toBeVisible();
  await frame.stage.getByRole('button', { name: /^Measure, about/ }).click();
  await expect(new VerdictLine(page).sentence).toContainText(/Perplexity on .+ \(sample\)/, { timeout: 3 * WORK_MS });
  await expect(frame.stage.getByRole('button', { name: 'Add text…' })).toBeVisible();
});
