// Opens Try from the place where a file was written: its models are loaded at once.
import { go } from './navigation.ts';

let isAsked = false;

export function goTry(): void {
  isAsked = true;
  go('try');
}

/** Whether the models should be loaded; true only once per request. */
export function takeTryRequest(): boolean {
  const was = isAsked;
  isAsked = false;
  return was;
}
