// The numbers along the colour bar.
import type { LevelScale } from './magnitude.ts';
import type { ShareFormat } from './share-format.ts';

export type ScaleLabel = {
  /** Position along the bar, 0 to 1. */
  readonly position: number;
  readonly text: string;
};

/** Width of a character as a fraction of the bar, and the room between labels. */
const CHARACTER = 0.042;
const SPACE = 0.03;

/** Returns the labels: the ends, which are inside the bar, and between them those that do not overlap another label. */
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
