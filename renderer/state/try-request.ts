// Going to Try from where a file was written: its models are loaded at once.
import { go } from './navigation.ts';

let isAsked = false;

export function goTry(): void {
  isAsked = true;
  go('try');
}

/** Whether the models are to be loaded; once. */
export function takeTryRequest(): boolean {
  const was = isAsked;
  isAsked = false;
  return was;
}
