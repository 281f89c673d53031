// The table of attacks, by number.
import { NOT_TRIED, type Target, type Verdict } from '../target.ts';
import { ATTACKS } from './attacks.ts';
import { onGround } from './ground.ts';

/** @returns the numbers of the attacks whose name or surfaces hold one of the words; of all without words */
export function attacksOf(words: readonly string[], quick: boolean): number[] {
  return ATTACKS.flatMap((attack, index) => {
    const texts = [attack.name, ...attack.surfaces];
    const isMeant = words.length === 0 || words.some((word) => texts.some((text) => text.includes(word)));
    return isMeant && (attack.quick || !quick) ? [index] : [];
  });
}

async function tryAttack(index: number): Promise<Verdict> {
  const { name, promise, missing, run } = ATTACKS[index]!;
  const why = missing?.() ?? null;
  if (why !== null) return verdict(NOT_TRIED, `missing ${name}: ${why}`);
  try {
    await onGround(run);
    return verdict('held', `held    ${name}: ${promise}`);
  } catch (error) {
    const [where] = /\S*rows\/\S+:\d+/.exec(error instanceof Error ? (error.stack ?? '') : '') ?? [''];
    const finding = `${name}: ${error instanceof Error ? error.message : String(error)} ${where}`;
    return { ...verdict('broken', `broken  ${finding}`), finding };
  }
}

const verdict = (end: string, note: string): Verdict => ({ kind: 'attacks', end, finding: null, note });

export const attacksTarget: Target = {
  open: () =>
    Promise.resolve({
      tryInput: (_random, index) => tryAttack(index),
      close: () => Promise.resolve([]),
    }),
};
