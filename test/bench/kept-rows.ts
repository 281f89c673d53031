// What benches have measured, kept beside what they work with, so that one that was stopped goes on.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** As an earlier run measured it, or anew. @param path of its JSON file */
export async function keptRow<T>(path: string, measure: () => Promise<T>): Promise<T> {
  if (!existsSync(path)) writeFileSync(path, JSON.stringify(await measure()));
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
