// Machines that lend their memory, from the empty list to one that dies and comes back.
import { barriers } from '../pages/barriers.ts';
import { MachinesTab } from '../pages/machines-tab.ts';
import { SettingsScreen } from '../pages/settings-screen.ts';
import { expect, test } from './test.ts';
import { startWorker } from './worker.ts';

test('a worker is added, switched off, lost and found again', async ({ enter, page, home }) => {
  let worker = await startWorker(home, '1GiB');
  const { endpoint, port } = worker;
  try {
    const { frame } = await enter();
    const machines = new MachinesTab(page);
    await frame.go('settings');
    await new SettingsScreen(page).tab('Computing').click();

    await test.step('the empty list says what it is for, and what to type', async () => {
      await expect(page.getByRole('heading', { name: 'No other computer lends its memory' })).toBeVisible();
      await expect(page.getByText('winnow worker', { exact: true })).toBeVisible();
      await expect(page.getByText('ssh -N -L 50052:127.0.0.1:50052 user@HOST')).toBeVisible();
      await expect(page.getByText(/has no password and no encryption/)).toBeVisible();
    });

    await test.step('what is no address is not taken', async () => {
      await machines.address.fill('workstation');
      await page.keyboard.press('Enter');
      await expect(page.getByText(/Enter an address and a port, such as 127\.0\.0\.1:50052/)).toBeVisible();
      await machines.address.fill('workstation:50052');
      await page.keyboard.press('Enter');
      await expect(page.getByText(/the near end of a tunnel to it on this computer/)).toBeVisible();
      await expect(machines.rows).toHaveCount(0);
    });

    await test.step('added by keyboard, it is used at once', async () => {
      await machines.name.fill('Workstation');
      await machines.address.fill(endpoint);
      await page.keyboard.press('Enter');
      await expect(machines.row(endpoint)).toContainText('Ready');
      await expect(machines.row(endpoint)).toContainText('Workstation');
      await expect(machines.row(endpoint)).toContainText('1.1 GB free of 1.1 GB');
      await expect(machines.used(endpoint)).toBeChecked();
      await expect(page.getByText('1 machine is ready, with 1.1 GB free.')).toBeVisible();
      await machines.address.fill(endpoint.toUpperCase());
      await page.keyboard.press('Enter');
      await expect(page.getByText('This machine is already in the list.')).toBeVisible();
      await machines.address.fill('');
    });

    await test.step('nothing that keeps people out', async () => {
      expect(await barriers(page)).toEqual([]);
    });

    await test.step('switched off and on by keyboard', async () => {
      await machines.used(endpoint).focus();
      await page.keyboard.press('Space');
      await expect(page.getByText('None of them is used: models run on this computer only.')).toBeVisible();
      await page.keyboard.press('Space');
      await expect(machines.used(endpoint)).toBeChecked();
    });

    await test.step('one that dies says so, and what to do; one that is back is used again', async () => {
      await worker.kill();
      await machines.checkAll.click();
      await expect(machines.row(endpoint)).toContainText('Unreachable');
      await expect(machines.row(endpoint)).toContainText(`${endpoint} cannot be reached`);
      await expect(page.getByText(/^1 machine is switched on but cannot be used now/)).toBeVisible();
      worker = await startWorker(home, '1GiB', port);
      await machines.checkAll.click();
      await expect(machines.row(endpoint)).toContainText('Ready');
    });

    await test.step('removed, and put back', async () => {
      await machines.remove(endpoint).click();
      await expect(machines.rows).toHaveCount(0);
      await page.getByRole('button', { name: 'Undo' }).click();
      await expect(machines.row(endpoint)).toContainText('Workstation');
      await expect(machines.used(endpoint)).toBeChecked();
    });
  } finally {
    await worker.kill();
  }
});
