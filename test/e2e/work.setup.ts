// Finished work for the specs that begin where some work was done.
import { test } from '@playwright/test';
import { makeWorkHome, WORK_HOME } from './work-home.ts';

test('work', () => {
  test.setTimeout(300_000);
  makeWorkHome(WORK_HOME);
});
