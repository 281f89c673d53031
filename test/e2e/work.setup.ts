// Finished work for the specs that begin where some work was done.
import { test } from '@playwright/test';
import { makeHomes } from './work-home.ts';

test('work', () => {
  test.setTimeout(300_000);
  makeHomes();
});
