// Files of examples: the window asks once where they go, says where they went, and takes them back.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { barriers } from '../pages/barriers.ts';
import { ImportDialog } from '../pages/import-dialog.ts';
import { choiceTextFor } from '../../choice-for.ts';
import { fewDemos, SAMPLE_EXPERTS, SAMPLE_MODEL } from '../sample.ts';
import { expect, test } from './test.ts';

const lines = (...rows: unknown[]): string => rows.map((row) => JSON.stringify(row)).join('\n');

function write(home: string, name: string, content: string): string {
  const path = join(home, name);
  writeFileSync(path, content);
  return path;
}

test('own files beside the sample go into a set of their own, and come out again', async ({ openWork, home }) => {
  const { app, frame } = await openWork();
  const { page } = app;
  await frame.go('demos');
  const sets = frame.stage.getByRole('grid', { name: 'Demo sets' });
  await sets.getByRole('row', { name: 'python' }).click();
  const dialog = new ImportDialog(page);
  const files = ['tickets-1.txt', 'tickets-2.txt'].map((name, i) => write(home, name, `Ticket ${i}`));

  await test.step('the present set is not touched without a word', async () => {
    const drag = await app.dragFiles(files);
    await expect(page.getByText('You choose where its examples go')).toHaveCount(2);
    await drag.drop();
    await expect(dialog.root).toBeVisible();
    await expect(dialog.place('New demo set')).toBeChecked();
    await expect(dialog.name).toHaveValue('tickets');
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await expect(dialog.root).toBeHidden();
    await expect(frame.files).toBeHidden();
    await expect(sets.getByRole('row', { name: 'python' })).toContainText('40 demos');
  });

  await test.step('Enter takes what is likely', async () => {
    await app.dropFiles(files);
    await expect(dialog.place('New demo set')).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(frame.fileResult('tickets-1.txt')).toContainText('1 demo added');
    await expect(frame.files).toContainText('In the new demo set “tickets”');
    await expect(sets.getByRole('row', { name: 'tickets' })).toHaveAttribute('aria-selected', 'true');
  });

  await test.step('a name that is taken is not offered, and not taken', async () => {
    await app.dropFiles([fewDemos('math', 2, join(home, 'python.jsonl'))]);
    await expect(dialog.name).toHaveValue('python 2');
    await dialog.name.fill('french');
    await expect(dialog.root).toContainText('There is a set with this name already.');
    await expect(dialog.add).toBeDisabled();
    await dialog.name.fill('sums');
    await dialog.add.click();
    await expect(frame.files).toContainText('In the new demo set “sums”');
  });

  await test.step('by keyboard into the present set', async () => {
    await app.answerDialog({ kind: 'open', paths: files });
    const addFiles = frame.stage.getByRole('button', { name: 'Add files…' });
    await expect(addFiles).toHaveCount(1); // a set without demos has a second one
    await addFiles.click();
    await expect(dialog.place('New demo set')).toBeFocused();
    await page.keyboard.press('ArrowDown');
    await expect(dialog.place('Demo set “sums”')).toBeChecked();
    await page.keyboard.press('Enter');
    await expect(frame.files).toContainText('In the demo set “sums”');
    await expect(sets.getByRole('row', { name: 'sums' })).toContainText('4 demos');
  });

  await test.step('as a held-out text, by choice or where it is dropped', async () => {
    const texts = frame.stage.getByRole('region', { name: 'Held-out texts' });
    await app.dropFiles([write(home, 'chosen.txt', 'A text to measure on.')]);
    await dialog.place('Held-out texts').check({ force: true });
    await dialog.add.click();
    await expect(texts).toContainText('chosen.txt');
    const drag = await app.dragFiles([write(home, 'dropped.txt', 'Another text.')], '[data-drop="texts"]');
    await expect(page.getByText('Will become a held-out text of “sums”')).toBeVisible();
    await drag.drop();
    await expect(texts).toContainText('dropped.txt');
    await expect(frame.files).toContainText('In the held-out texts of “sums”');
    await expect(texts).toContainText('chosen.txt');
  });
});

test('an empty set takes what is dropped, and a search finds the file', async ({ openWork, home }) => {
  const { app, frame } = await openWork();
  const { page } = app;
  await frame.go('demos');
  await frame.stage.getByRole('button', { name: 'New demo set' }).click();
  await expect(frame.stage.getByRole('textbox', { name: 'New name of New demo set' })).toBeFocused();
  await page.keyboard.type('mails');
  await page.keyboard.press('Enter');
  await app.dropFiles([
    write(home, 'inbox.jsonl', lines({ text: 'one' }, { text: 'two' })),
    write(home, 'sent.txt', 'three'),
  ]);
  const dialog = new ImportDialog(page);
  await expect(dialog.place('Demo set “mails”')).toBeChecked();
  await expect(dialog.root).toContainText('It is still empty.');
  await dialog.add.click();
  await expect(frame.files).toContainText('In the demo set “mails”');
  await frame.stage.getByRole('searchbox', { name: 'Search texts and file names' }).fill('INBOX');
  await expect(frame.stage.getByRole('status').filter({ hasText: '2 found' })).toBeVisible();
});

test('a choice is taken for what it is, not a file of demos', async ({ openWork, home }) => {
  const { app, frame } = await openWork();
  const { page } = app;
  await frame.go('demos');
  const choice = await choiceTextFor(SAMPLE_MODEL, (expert) => expert < 20);
  await app.dropFiles([write(home, 'theirs.json', choice)]);
  const dialog = page.getByRole('dialog', { name: 'Use theirs.json' });
  await expect(dialog).toContainText(`It keeps 20 of ${SAMPLE_EXPERTS} experts in each layer`);
  expect(await barriers(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await frame.expectScreen('export');
  await expect(frame.chip('Selection')).toContainText('theirs');
  await expect(frame.fileResult('theirs.json')).toContainText('Its choice of experts is in use now.');
  await app.dropFiles([write(home, 'broken.json', choice.replace('[0,1,', '[1,'))]);
  await expect(frame.fileResult('broken.json')).toContainText('A GGUF holds one expert count for all layers');
});

test('columns that nobody knows are shown, and hold what the user says', async ({ openWork, home }) => {
  const { app, frame } = await openWork();
  const { page } = app;
  await frame.go('demos');
  const rows = 'nr,frage,antwort\n1,Was ist 2 + 2?,4\n2,Und die Wurzel aus 9?,3\n';
  await app.dropFiles([write(home, 'eins.csv', rows), write(home, 'zwei.csv', rows.replaceAll('2 + 2', '3 + 3'))]);
  const dialog = new ImportDialog(page);
  await expect(dialog.root).toContainText('What do the columns of eins.csv and zwei.csv hold?');
  await expect(dialog.root).toContainText('Und die Wurzel aus 9?');
  await expect(dialog.root).toContainText('No column holds a prompt or a text');
  await expect(dialog.add).toBeDisabled();
  for (const [column, role] of [
    ['frage', 'Prompt'],
    ['antwort', 'Answer'],
  ] as const) {
    await dialog.column(column).click();
    await page.getByRole('option', { name: role, exact: true }).click();
  }
  await expect(dialog.root).not.toContainText('No column holds a prompt');
  expect(await barriers(page)).toEqual([]);
  await dialog.add.click();
  await expect(frame.fileResult('eins.csv')).toContainText('2 demos added');
  await expect(frame.fileResult('zwei.csv')).toContainText('1 demo added · 1 already there');
  await expect(frame.stage.getByRole('grid', { name: /^Demos of/ })).toContainText('chat, 2 turns');
});
