// The numbers along the colour bar.
import type { LevelScale } from './magnitude.ts';
import type { ShareFormat } from './share-format.ts';

export type ScaleLabel = {
  /** Along the bar, 0 to 1. */
  readonly position: number;
  readonly text: string;
};

/** Width of a character with the bar as 1, and the room that labels keep between them. */
const CHARACTER = 0.042;
const SPACE = 0.03;

/** The ends, which stand within the bar, and between them what does not run into another label. */
export function scaleLabels(scale: LevelScale, format: ShareFormat): ScaleLabel[] {
  const [low, high] = scale.ends;
  const textOf = formatter(scale.unit, format);
  const first = { position: 0, text: `${scale.clipped[0] ? '≤ ' : ''}${textOf(low)}` };
  const last = { position: 1, text: `${scale.clipped[1] ? '≥ ' : ''}${textOf(high)}` };
  const between: ScaleLabel[] = [];
  let free = first.text.length * CHARACTER + SPACE;
  const end = 1 - last.text.length * CHARACTER - SPACE;
  for (const tick of scale.ticks) {
    const label = { position: scale.position(tick), text: textOf(tick) };
    const half = (label.text.length * CHARACTER) / 2;
    if (label.position - half < free || label.position + half > end) continue;
    between.push(label);
    free = label.position + half + SPACE;
  }
  return [first, ...between, last];
}

function formatter(unit: LevelScale['unit'], format: ShareFormat): (value: number) => string {
  switch (unit) {
    case 'share':
      return format.tick;
    case 'share-difference':
      return format.difference;
    case 'factor':
      return format.factor;
    case 'rank-difference':
      return format.signed;
    case 'rank':
      return String;
  }
}
